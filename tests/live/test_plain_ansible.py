"""The playbook from plain `ansible-playbook`: it plans by itself, with the values of the user's inventory."""

import os
import subprocess
import sys
from collections.abc import Callable
from pathlib import Path

import pytest

from rigprov import __version__
from tests.targets import Target

pytestmark = pytest.mark.live

Rigprov = Callable[..., subprocess.CompletedProcess[str]]
CHECKOUT = Path(__file__).parents[2]
TIER = """
from dataclasses import replace
from rigprov.tiers import STARTER
TIER = replace(STARTER, name="small", roles=("base", "model_storage"))
"""


def converge(target: Target, log: Path, *words: str) -> tuple[int, str]:
    """Exit code and output. To a file, since ssh's shared connection outlives Ansible and would hold a pipe open."""
    ansible = str(Path(sys.executable).with_name("ansible-playbook"))
    command = [ansible, "playbooks/site.yml", "-i", str(target.inventory), "-l", target.name, *words]
    with log.open("w", encoding="utf-8") as sink:
        done = subprocess.run(command, cwd=CHECKOUT, check=False, stdout=sink, stderr=sink, stdin=subprocess.DEVNULL, timeout=300)
    return done.returncode, log.read_text(encoding="utf-8")


def test_the_playbook_plans_and_takes_the_inventorys_values(target: Target, tmp_path: Path) -> None:
    tier = tmp_path / "small.py"
    tier.write_text(TIER, encoding="utf-8")
    words = ("-e", f"rigprov_tier={tier}", "-e", "model_storage_path=/srv/elsewhere")
    code, said = converge(target, tmp_path / "log", *words)
    assert code == 0, said
    assert target.run("stat -c '%G %a' /srv/elsewhere").stdout == "models 2775\n"
    assert target.run("test -e /srv/models").returncode == 1
    code, said = converge(target, tmp_path / "log", *words)
    assert "changed=0" in said, said


def test_a_blocked_plan_stops_before_anything_is_changed(target: Target, tmp_path: Path) -> None:
    code, said = converge(target, tmp_path / "log", "-e", "rigprov_tier=intermediate")
    assert code != 0
    assert "needs 1 GPU with 24 GiB of VRAM, has none" in said, said
    assert target.run("test -e /etc/rigprov").returncode == 1


def installed(folder: Path) -> Path:
    """The collection as `ansible-galaxy` builds and installs it: a collections path."""
    galaxy = str(Path(sys.executable).with_name("ansible-galaxy"))
    path = folder / "collections"
    built = folder / f"rigprov-workstation-{__version__}.tar.gz"
    env = os.environ | {"ANSIBLE_CONFIG": str(folder / "none.cfg")}  # not the checkout's
    for words in (("build", CHECKOUT, "--output-path", folder), ("install", built, "-p", path)):
        line = [galaxy, "collection", *map(str, words)]
        done = subprocess.run(line, cwd=folder, env=env, check=False, capture_output=True, text=True)
        assert done.returncode == 0, done.stdout + done.stderr
    return path


def test_the_installed_collection_plays_by_its_name_and_rigprov_believes_it(
    target: Target, rigprov: Rigprov, tmp_path: Path
) -> None:
    """As an execution environment has it: nothing of the checkout is near, but for the Python package."""
    tier = tmp_path / "small.py"
    tier.write_text(TIER, encoding="utf-8")
    env = os.environ | {
        "ANSIBLE_COLLECTIONS_PATH": str(installed(tmp_path)),
        "ANSIBLE_CALLBACKS_ENABLED": "rigprov.workstation.ledger",
        "ANSIBLE_PIPELINING": "True",
    }
    ansible = str(Path(sys.executable).with_name("ansible-playbook"))
    words = [ansible, "rigprov.workstation.site", "-i", str(target.inventory), "-l", target.name, "-e", f"rigprov_tier={tier}"]
    with (tmp_path / "log").open("w", encoding="utf-8") as sink:
        done = subprocess.run(
            words, cwd=tmp_path, env=env, check=False, stdout=sink, stderr=sink, stdin=subprocess.DEVNULL, timeout=300
        )
    assert done.returncode == 0, (tmp_path / "log").read_text(encoding="utf-8")
    assert target.run("stat -c %G /srv/models").stdout == "models\n"
    held = rigprov("apply", "--tier", tier, "--detect", "-F", target.ssh_config, target.name)
    assert held.returncode == 0, held.stdout + held.stderr
    assert f"{target.name}: no drift: 2 roles are as the last run left them" in held.stdout
