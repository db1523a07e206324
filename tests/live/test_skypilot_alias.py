"""`rigprov` reaches a machine by the ssh alias that SkyPilot writes: a file a cluster, included by a pattern (0.14.1's form)."""

import json
import subprocess
from collections.abc import Callable
from pathlib import Path

import pytest

from tests.targets import Target
from tests.targets.rootfs import key

pytestmark = pytest.mark.live

Rigprov = Callable[..., subprocess.CompletedProcess[str]]


def test_facts_by_the_clusters_name(module_target: Target, rigprov: Rigprov, tmp_path: Path) -> None:
    generated = tmp_path / "sky/generated/ssh"
    generated.mkdir(parents=True)
    lines = (f"HostName {module_target.ip}", "User ops", f"IdentityFile {key()}", "IdentitiesOnly yes")
    unchecked = ("StrictHostKeyChecking no", "UserKnownHostsFile=/dev/null", "GlobalKnownHostsFile=/dev/null", "Port 22")
    text = "".join(f"  {line}\n" for line in (*lines, *unchecked, "SetEnv SKYPILOT_CLUSTER_NAME=rig"))
    (generated / "rigprov-starter").write_text(f"# Added by sky\nHost rigprov-starter\n{text}")
    config = tmp_path / "config"
    config.write_text(f"Include {generated}/*\n\nHost *\n  User nobody\n")

    done = rigprov("facts", "-F", config, "rigprov-starter", "--json")
    assert done.returncode == 0, done.stderr
    (found,) = json.loads(done.stdout)["data"]["hosts"]
    assert (found["host"], found["privilege"]["user"]) == ("rigprov-starter", "ops")
    dry = rigprov("apply", "--tier", "starter", "--model", "smollm2-135m", "--check", "--yes", "-F", config, "rigprov-starter")
    assert dry.returncode == 0, dry.stderr
    assert "rigprov-starter: " in dry.stdout
