"""The playbook from plain `ansible-playbook`: it plans by itself, with the values of the user's inventory."""

import subprocess
import sys
from pathlib import Path

import pytest

from tests.targets import Target

pytestmark = pytest.mark.live

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
