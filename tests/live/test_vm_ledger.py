"""Swap and kernel settings in the ledger, on a virtual machine: a container may have none of its own."""

import os
import subprocess
from collections.abc import Callable, Iterator
from pathlib import Path

import pytest

from rigprov.errors import Exit
from tests.targets.vm import Vm

pytestmark = [pytest.mark.live, pytest.mark.nightly]

Rigprov = Callable[..., subprocess.CompletedProcess[str]]

# Nothing that is fetched or measured: an emulated processor would take an hour.
TIER = """\
from dataclasses import replace
from rigprov.model.tier import Needs
from rigprov.tiers.starter import STARTER

roles = ("base", "swap")
TIER = replace(STARTER, name="small", roles=roles, needs=replace(STARTER.needs, ram_gib=1, disk_gib=3), benchmarks=())
"""
# Each with what is said of it.
BY_HAND = {
    "swapoff /swapfile": "swap /swapfile: active: expected yes, found no",
    "sed -i /^.swapfile/d /etc/fstab": "swap /swapfile: fstab: expected /swapfile none swap sw, found none",
    "chmod 0644 /swapfile": "file /swapfile: mode: expected 0600, found 0644",
    "sysctl -q -w vm.swappiness=61": "kernel setting vm.swappiness: value: expected 10, found 61",
}


@pytest.fixture(scope="module")
def vm() -> Iterator[Vm]:
    with Vm(f"live-{os.getpid()}-ledger", memory_mib=2048) as machine:
        yield machine


def out(vm: Vm, command: str) -> str:
    done = vm.run(f"sudo sh -c '{command}'")
    assert done.returncode == 0, (command, done.stdout, done.stderr)
    return done.stdout.strip()


def test_what_is_changed_by_hand_is_found_and_put_back(vm: Vm, rigprov: Rigprov, tmp_path: Path) -> None:
    tier = tmp_path / "small.py"
    tier.write_text(TIER)
    way = ["apply", "--tier", str(tier), "-F", str(vm.ssh_config), vm.name]
    first = rigprov(*way, "--yes", "--no-verify")
    assert first.returncode == 0, first.stdout + first.stderr
    calm = rigprov(*way, "--detect")
    assert calm.returncode == 0, calm.stdout

    for command in BY_HAND:
        out(vm, command)
    found = rigprov(*way, "--detect")
    assert found.returncode == Exit.BELOW_FLOOR
    assert [said for said in BY_HAND.values() if said not in found.stdout] == [], found.stdout

    done = rigprov(*way, "--yes", "--no-verify")
    assert done.returncode == 0, done.stdout + done.stderr
    assert out(vm, "swapon --show=NAME --noheadings; sysctl -n vm.swappiness; stat -c %a /swapfile") == "/swapfile\n10\n600"
    assert out(vm, "grep -c ^.swapfile /etc/fstab") == "1"
    last = rigprov(*way, "--detect")
    assert last.returncode == 0, last.stdout
