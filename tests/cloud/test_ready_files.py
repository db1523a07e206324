"""The ready inventories of AWS, GCP and Azure with the collections that they name; AWS against a stand-in of its API (moto).

The collections come with the package `ansible`, in an environment of its own: they are no dependency of rigprov.
"""

import json
import os
import socket
import subprocess
import sys
import time
from collections.abc import Iterator
from pathlib import Path

import pytest
import yaml

from tests.meta.checkout import ROOT

pytestmark = [pytest.mark.live, pytest.mark.nightly]

PACKAGES = ("ansible>=12,<13", "moto[server]>=5.2,<6", "boto3>=1.34")
PLUGINS = {
    "aws_ec2": "amazon.aws.aws_ec2",
    "gcp_compute": "google.cloud.gcp_compute",
    "azure_rm": "azure.azcollection.azure_rm",
}
# Region, type, tags, stopped.
MACHINES = (
    ("eu-central-1", "g6.xlarge", {"Name": "chat", "rigprov_tier": "intermediate"}, False),
    ("eu-central-1", "g6.xlarge", {"Name": "chat", "rigprov_tier": "intermediate", "rigprov_user": "admin"}, False),
    ("eu-central-1", "m5.large", {"Name": "database"}, False),
    ("eu-central-1", "g5.xlarge", {"Name": "asleep", "rigprov_tier": "starter"}, True),
    ("us-east-1", "p4d.24xlarge", {"rigprov_tier": "advanced"}, False),
    ("us-east-1", "t3.large", {"Name": "odd", "rigprov_tier": "{{ 7*7 }}"}, False),
)
MAKE = """
import boto3, json, sys
for region, kind, tags, stopped in json.load(sys.stdin):
    ec2 = boto3.client("ec2", region_name=region)
    image = ec2.describe_images()["Images"][0]["ImageId"]
    named = [{"ResourceType": "instance", "Tags": [{"Key": key, "Value": value} for key, value in tags.items()]}]
    made = ec2.run_instances(ImageId=image, InstanceType=kind, MinCount=1, MaxCount=1, TagSpecifications=named)
    if stopped:
        ec2.stop_instances(InstanceIds=[made["Instances"][0]["InstanceId"]])
"""


def run(*words: str | Path, text: str = "", **variables: str) -> subprocess.CompletedProcess[str]:
    env = {name: value for name, value in os.environ.items() if not name.startswith(("PYTHON", "ANSIBLE", "AWS", "VIRTUAL_ENV"))}
    return subprocess.run(
        [str(word) for word in words], env={**env, **variables}, input=text, capture_output=True, text=True, check=False
    )


@pytest.fixture(scope="module")
def tools(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """Folder `bin` of an environment with the collections, the stand-in and rigprov."""
    home = tmp_path_factory.mktemp("venv")
    assert run(sys.executable, "-m", "venv", home).returncode == 0
    filled = run(home / "bin/pip", "install", "--quiet", *PACKAGES, ROOT)
    assert filled.returncode == 0, filled.stderr
    return home / "bin"


@pytest.fixture(scope="module")
def aws(tools: Path) -> Iterator[dict[str, str]]:
    """The environment that leads to the stand-in, which has `MACHINES`."""
    with socket.socket() as free:
        free.bind(("127.0.0.1", 0))
        port = free.getsockname()[1]
    url = f"http://127.0.0.1:{port}"
    variables = {"AWS_ACCESS_KEY_ID": "a", "AWS_SECRET_ACCESS_KEY": "b", "AWS_ENDPOINT_URL": url, "AWS_URL": url}
    with subprocess.Popen(
        [tools / "moto_server", "-p", str(port)], stdout=subprocess.DEVNULL, stderr=subprocess.DEVNULL
    ) as server:
        try:
            for _ in range(100):
                made = run(tools / "python", "-c", MAKE, text=json.dumps(MACHINES), **variables)
                if "Could not connect" not in made.stderr:
                    break
                time.sleep(0.2)
            assert made.returncode == 0, made.stderr
            yield variables
        finally:
            server.terminate()


def test_aws_lists_what_runs_and_is_meant_for_rigprov(tools: Path, aws: dict[str, str]) -> None:
    done = run(tools / "ansible-inventory", "-i", ROOT / "inventory/aws_ec2.yml", "--list", **aws)
    assert done.returncode == 0, done.stderr
    listed = json.loads(done.stdout, object_hook=lambda node: node.get("__ansible_unsafe", node))
    groups = {
        name: sorted(host.rpartition("i-")[0] for host in content["hosts"])
        for name, content in listed.items()
        if "_" in name and name != "_meta"
    }
    hosts = {host.rpartition("i-")[0]: variables for host, variables in listed["_meta"]["hostvars"].items()}
    assert len(listed["_meta"]["hostvars"]) == 4
    assert sorted(hosts) == ["", "chat-", "odd-"]
    assert groups == {
        "aws_ec2": ["", "chat-", "chat-", "odd-"],
        "gpu_a100": [""],
        "gpu_l4": ["chat-", "chat-"],
        "gpu_none": ["odd-"],
        "region_eu_central_1": ["chat-", "chat-"],
        "region_us_east_1": ["", "odd-"],
        "tier_advanced": [""],
        "tier_intermediate": ["chat-", "chat-"],
        "tier_none": ["odd-"],
    }
    users = [variables["ansible_user"] for variables in listed["_meta"]["hostvars"].values()]
    assert sorted(users) == ["admin", "ubuntu", "ubuntu", "ubuntu"]
    assert hosts["odd-"]["rigprov_tier"] is None


def test_rigprov_reads_aws(tools: Path, aws: dict[str, str]) -> None:
    """Up to the names: the stand-in's addresses are somebody's."""
    done = run(tools / "rigprov", "facts", "-i", ROOT / "inventory/aws_ec2.yml", "tier_starter", **aws)
    first, hint = done.stderr.splitlines()
    assert (done.returncode, first.partition(" in ")[0]) == (2, "error: there is no host or group `tier_starter`")
    assert hint == "hint: did you mean `tier_none`"


@pytest.mark.parametrize("file", PLUGINS)
def test_every_option_is_one_of_the_plugin_s(tools: Path, file: str) -> None:
    done = run(tools / "ansible-doc", "-t", "inventory", PLUGINS[file], "--json")
    assert done.returncode == 0, done.stderr
    known = set(json.loads(done.stdout)[PLUGINS[file]]["doc"]["options"])
    written = yaml.safe_load((ROOT / f"inventory/{file}.yml").read_text())
    assert written.pop("plugin") == PLUGINS[file]
    assert set(written) - known == set()
