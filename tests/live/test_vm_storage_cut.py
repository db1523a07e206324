"""Power cuts while a disk for models is set up: the next run converges, and nothing is lost."""

import time
from collections.abc import Iterator
from typing import Any

import pytest

from tests.live.play import cut, out, start
from tests.live.storage import MOUNT, ROLE, contents, converge, machine, mounted_serial, nvme, record, settled, values
from tests.targets.vm import Vm

pytestmark = [pytest.mark.live, pytest.mark.nightly]
OLD = "/srv/models"
KEPT = "/srv/models.before-rigprov"


@pytest.fixture
def vm() -> Iterator[Vm]:
    with machine("cut", nvme("RPCUT", size_gib=4)) as made:
        yield made


def power_cut(vm: Vm, wanted: dict[str, Any], moment: str, wait_s: float = 0) -> None:
    """Begin the role, wait until a shell condition holds on the machine, and cut the power."""
    process = start(vm, ROLE, **wanted)
    out(vm, f"for i in $(seq 1200); do {moment} && exit 0; sleep 0.1; done; exit 1")
    time.sleep(wait_s)
    vm.kill()
    cut(process)
    vm.start()


@pytest.mark.parametrize("filesystem", ["xfs", "ext4"])
def test_during_mkfs(vm: Vm, filesystem: str) -> None:
    wanted = values("RPCUT", size_gib=4, model_storage_filesystem=filesystem)
    power_cut(vm, wanted, "sudo grep -qs state=formatting /var/lib/rigprov/model_storage/disk")
    begun = record(vm)
    assert (begun["state"], mounted_serial(vm)) == ("formatting", "")
    refused = converge(vm, {**wanted, "model_storage_format": False})
    assert refused.verdict == (2, 0), refused.text

    settled(vm, wanted)
    assert (record(vm)["uuid"], mounted_serial(vm)) == (begun["uuid"], "RPCUT")


def test_during_a_move(vm: Vm) -> None:
    one = "head -c 150M /dev/urandom > blobs/$i; ln -s blobs/$i $i"
    files = f"mkdir -p {OLD}/hub/blobs; cd {OLD}/hub; for i in 1 2 3; do {one}; done"
    out(vm, f"sudo sh -c '{files}; chown -R ops: {OLD}; sync'")
    before = contents(vm, OLD)
    wanted = values("RPCUT", size_gib=4, model_storage_move_from=OLD)

    power_cut(vm, wanted, "sudo grep -qs state=copying /var/lib/rigprov/model_storage/move", wait_s=4)
    assert (mounted_serial(vm), contents(vm, OLD)) == ("", before)

    power_cut(vm, wanted, f"test -d {KEPT}")
    assert contents(vm, KEPT if vm.run(f"test -d {KEPT}").returncode == 0 else OLD) == before

    settled(vm, wanted)
    assert (mounted_serial(vm), contents(vm, KEPT)) == ("RPCUT", before)
    moved = contents(vm, f"{MOUNT}/hub")
    assert moved == contents(vm, f"{KEPT}/hub")

    settled(vm, {**wanted, "model_storage_remove_old": True})
    assert out(vm, f"ls -d {KEPT} 2>/dev/null; true") == ""
    assert contents(vm, f"{MOUNT}/hub") == moved
