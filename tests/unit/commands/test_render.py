"""`rigprov render`. SkyPilot's own parser: tests/cloud/test_skypilot.py."""

import json
import re
import subprocess

import hcl2
import pytest
import yaml

from rigprov.catalog.rentals import CLOUDS
from rigprov.cli import main
from rigprov.errors import Exit

HASH = "0123456789abcdef" * 4
REGISTRY = "docker.daemon_options={token: hf_PlantHub4711abcdefgh}"
TIERS = ("starter", "intermediate", "advanced")
TERRAFORM = [(cloud, tier) for cloud in ("aws", "gcp", "azure") for tier in TIERS]
SKYPILOT = [(cloud, tier) for cloud in CLOUDS for tier in TIERS if tier != "starter" or cloud not in ("runpod", "vast")]


def rendered(capsys, *words):
    code = main(["render", *words, "--sha256", HASH])
    out, err = capsys.readouterr()
    assert (code, err) == (0, "")
    return out


@pytest.mark.parametrize(("cloud", "tier"), TERRAFORM)
def test_the_configuration_is_hcl_and_carries_the_user_data(cloud, tier, capsys):
    text = rendered(capsys, "terraform", "--tier", tier, "--cloud", cloud, "--every", "1h")
    found = hcl2.loads(text)
    assert main(["cloud-init", "--tier", tier, "--sha256", HASH, "--every", "1h"]) == 0
    heredoc = text.partition("<<RIGPROV\n")[2].partition("\nRIGPROV\n")[0]
    assert re.search(r"(?<!\$)\$\{|(?<!%)%\{", heredoc) is None
    assert heredoc.replace("$${", "${").replace("%%{", "%{") == capsys.readouterr().out.rstrip("\n")
    assert {key for key in found if not key.startswith("__")} >= {"terraform", "variable", "locals", "resource", "output"}
    assert not re.search(r"@[A-Z_]+@", text)


@pytest.mark.parametrize(("cloud", "line"), [
    ("aws", 'instance_type = "g6e.4xlarge"'),
    ("gcp", 'machine_type = "a2-highgpu-1g"'),
    ("azure", 'size                  = "Standard_NC24ads_A100_v4"'),
])  # fmt: skip
def test_it_rents_what_fits_and_says_what_is_predicted(cloud, line, capsys):
    text = rendered(capsys, "terraform", "--tier", "intermediate", "--cloud", cloud)
    assert line in text
    assert re.search(r"# Predicted, not measured: [\d.]+ to [\d.]+ tokens/s with qwen3-32b; its floor is 30\.\n", text)
    assert "520" in text


def test_the_tag_is_the_one_that_the_inventory_lists_by(capsys):
    assert 'rigprov_tier = "starter"' in rendered(capsys, "terraform", "--tier", "starter", "--cloud", "aws")


@pytest.mark.parametrize(("cloud", "tier"), SKYPILOT)
def test_the_task_installs_by_hash_and_runs_a_pull(cloud, tier, capsys):
    task = yaml.safe_load(rendered(capsys, "skypilot", "--tier", tier, "--cloud", cloud))
    assert task["resources"]["infra"] == cloud
    assert ("accelerators" in task["resources"]) == (tier != "starter")
    assert f"sha256={HASH}" in task["setup"]
    assert task["run"].endswith(f"/opt/rigprov/current/bin/rigprov pull --tier={tier}\n")
    for part in ("setup", "run"):
        assert subprocess.run(["bash", "-n"], input=task[part], text=True, capture_output=True, check=False).returncode == 0


def test_a_setup_that_fails_fails_the_launch(capsys, tmp_path):
    setup = yaml.safe_load(rendered(capsys, "skypilot", "--tier", "starter", "--cloud", "aws"))["setup"]
    (tmp_path / "sh").write_text("#!/bin/sh\nexit 7\n")
    (tmp_path / "sh").chmod(0o755)
    words = ["/bin/bash", "-c", f"sudo() {{ :; }}; PATH={tmp_path}:$PATH; command() {{ return 1; }}\n{setup}"]
    assert subprocess.run(words, capture_output=True, check=False).returncode == 7


def test_options_go_along_quoted(capsys):
    words = ("--set", "base.packages=[tree, jq]", "--no-verify", "--model", "smollm2-135m")
    task = yaml.safe_load(rendered(capsys, "skypilot", "--tier", "starter", "--cloud", "gcp", *words))
    assert task["run"].endswith("pull --tier=starter --model=smollm2-135m '--set=base.packages=[tree, jq]' --no-verify\n")


def test_a_tier_of_ones_own_is_copied_there(capsys, tmp_path):
    own = tmp_path / "mine.py"
    own.write_text(
        "from dataclasses import replace\nfrom rigprov.tiers.starter import STARTER\nTIER = replace(STARTER, name='mine')\n"
    )
    text = rendered(capsys, "skypilot", "--tier", str(own), "--cloud", "aws")
    assert f"# rigprov verify --tier {own} rigprov-mine " in text
    task = yaml.safe_load(text)
    ((there, here),) = task["file_mounts"].items()
    assert (here, task["run"].endswith(f"pull --tier={there}\n")) == (str(own), True)


@pytest.mark.parametrize(
    ("words", "message"),
    [
        (["terraform", "--cloud", "vast"], "machines of vast are containers, which run no cloud-init"),
        (["skypilot", "--cloud", "runpod"], "no machine of runpod is known for tier `starter`"),
        (["skypilot", "--cloud", "aws", "--every", "1h"], "a SkyPilot task runs once"),
        (["skypilot", "--cloud", "oci"], "--cloud"),
        (["pulumi", "--cloud", "aws"], "engine"),
        (["skypilot", "--cloud", "aws", "--set", "docker.x=1"], "role docker has no key `x`"),
        (["skypilot", "--cloud", "aws", "--set", REGISTRY], "the task would hold what looks like a secret"),
        (["terraform", "--cloud", "aws", "--set", REGISTRY], "the user data would hold what looks like a secret"),
    ],
)
def test_bad_input(words, message, capsys):
    assert main(["render", *words, "--tier", "starter", "--sha256", HASH]) == Exit.USAGE
    out, err = capsys.readouterr()
    assert (out, message in err, "hf_Plant" in err) == ("", True, False)


@pytest.mark.parametrize("cloud", ["gcp", "azure"])
def test_a_machine_s_name_is_one_that_the_cloud_takes(cloud, capsys, tmp_path):
    own = tmp_path / "mine.py"
    own.write_text(
        "from dataclasses import replace\nfrom rigprov.tiers.starter import STARTER\nTIER = replace(STARTER, name='my_own_')\n"
    )
    text = rendered(capsys, "terraform", "--tier", str(own), "--cloud", cloud)
    assert ('rigprov_tier = "my_own_"' in text, set(re.findall(r'name +=\s"(rigprov\S+)"', text))) == (True, {"rigprov-my-own"})


@pytest.mark.parametrize("cloud", ["aws", "gcp", "azure"])
def test_no_line_of_a_tier_file_ends_the_user_data(cloud, capsys, tmp_path):
    own = tmp_path / "mine.py"
    own.write_text('"""Mine.\n\n    RIGPROV\nRIGPROV_\n"""\nfrom rigprov.tiers.starter import STARTER\nTIER = STARTER\n')
    text = rendered(capsys, "terraform", "--tier", str(own), "--cloud", cloud)
    assert "TIER = STARTER" in text.partition("<<RIGPROV__\n")[2].partition("\nRIGPROV__\n")[0]
    assert hcl2.loads(text)["output"]


def test_files_and_json(capsys, tmp_path):
    path = tmp_path / "main.tf"
    words = ["render", "terraform", "--tier", "advanced", "--cloud", "aws", "--sha256", HASH, "-o", str(path), "--json"]
    assert main(words) == 0
    data = json.loads(capsys.readouterr().out)["data"]
    assert (data["instance"], data["gpus"], data["text"]) == ("p5.4xlarge", 1, path.read_text())
    assert main(words) == Exit.USAGE
