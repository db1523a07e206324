"""`rigprov apply` for a machine with a card, through its reboot. Machine, card and driver are stand-ins, and prove no GPU."""

import subprocess
import time
from collections.abc import Callable
from pathlib import Path

import pytest

from rigprov.errors import Exit
from tests.live.play import out
from tests.live.test_fleet import started
from tests.live.ubuntu_shaped import boot_id, installed, reboot, ubuntu_shaped
from tests.targets import Target

pytestmark = pytest.mark.live

Rigprov = Callable[..., subprocess.CompletedProcess[str]]
TIER = """
from dataclasses import replace
from rigprov.tiers import INTERMEDIATE
needs = replace(INTERMEDIATE.needs, ram_gib=1, disk_gib=1)
TIER = replace(INTERMEDIATE, name="small", roles=("base", "nvidia_driver", "model_storage"), needs=needs, benchmarks=())
"""
LIMIT_S = 60


def words(target: Target, folder: Path, *more: str) -> list[str]:
    (folder / "small.py").write_text(TIER)
    return ["apply", "--tier", str(folder / "small.py"), "-F", str(target.ssh_config), target.name, *more]


def with_a_card(target: Target) -> str:
    """Put an RTX 3090 in, and start the machine with it; that boot's id."""
    out(target, "sudo mkdir -p /etc/stand-in; echo 0x2204 | sudo tee /etc/stand-in/card")
    reboot(target)
    assert out(target, "ls /sys/bus/pci/drivers") == "nouveau"
    return boot_id(target)


def test_it_goes_on_after_the_reboot_and_the_second_run_changes_nothing(rigprov: Rigprov, tmp_path: Path) -> None:
    with ubuntu_shaped("jammy") as target:
        booted = with_a_card(target)
        refused = rigprov(*words(target, tmp_path, "--yes", "--no-verify"))
        assert (refused.returncode, boot_id(target), installed(target, "*nvidia*")) == (Exit.BLOCKED, booted, {})
        assert "a reboot is needed (nouveau holds the GPU, and lets go only at a boot without it)" in refused.stderr

        done = rigprov(*words(target, tmp_path, "--yes", "--reboot", "yes", "--no-verify"))
        assert done.returncode == 0, done.stderr
        assert boot_id(target) not in {"", booted}
        assert out(target, "ls /sys/bus/pci/drivers; ls -d /srv/models") == "nvidia\n/srv/models", "the role after it ran as well"

        again = rigprov(*words(target, tmp_path, "--yes", "--no-verify"))
        assert "nothing changed; it already was as planned (3 roles, checked by the ledger)" in again.stdout, again.stderr
        whole = rigprov(*words(target, tmp_path, "--yes", "--no-verify", "--full"))
        assert "nothing changed; it already was as planned" in whole.stdout, whole.stdout
        assert "driver 580.159.04 is here already, from an earlier run" in " ".join(whole.stderr.split())


@pytest.mark.nightly
def test_a_controller_that_is_killed_while_the_host_reboots(rigprov: Rigprov, tmp_path: Path) -> None:
    with ubuntu_shaped("noble") as target:
        booted = with_a_card(target)
        with started(words(target, tmp_path, "--yes", "--reboot", "yes", "--no-verify"), tmp_path / "cut", "nvidia_driver"):
            end = time.monotonic() + LIMIT_S
            while boot_id(target) == booted:
                assert time.monotonic() < end, "it has not been rebooted"
                time.sleep(0.2)
        end = time.monotonic() + LIMIT_S
        while not (after := boot_id(target)):
            assert time.monotonic() < end, "it does not come back"
            time.sleep(0.5)

        done = rigprov(*words(target, tmp_path, "--yes", "--reboot", "yes", "--no-verify"))
        assert (done.returncode, boot_id(target)) == (0, after), done.stderr
        assert out(target, "ls /sys/bus/pci/drivers; ls -d /srv/models") == "nvidia\n/srv/models"
        again = rigprov(*words(target, tmp_path, "--yes", "--no-verify"))
        assert "nothing changed; it already was as planned (3 roles, checked by the ledger)" in again.stdout, again.stderr
