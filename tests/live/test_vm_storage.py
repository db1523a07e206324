"""A disk for models on a virtual machine: formatted once, and found again whatever the kernel calls it."""

from collections.abc import Iterator

import pytest

from tests.live.play import out, rollback
from tests.live.storage import (
    MOUNT,
    OPTIONS,
    RECORD,
    ROLE,
    converge,
    machine,
    mounted_serial,
    nvme,
    record,
    settled,
    values,
    wait_for_mount,
)
from tests.targets.vm import Vm

pytestmark = [pytest.mark.live, pytest.mark.nightly]  # minutes, where the processor is emulated
OURS, OTHER = "RPMODELS", "RPOTHER"
# A service as Docker's: it is not to start without the models.
UNIT = (
    f"[Unit]\\nRequiresMountsFor={MOUNT}\\n[Service]\\nExecStart=/bin/sleep infinity\\n[Install]\\nWantedBy=multi-user.target\\n"
)
WAITING = f"printf '{UNIT}' | sudo tee /etc/systemd/system/waiting.service >/dev/null && sudo systemctl enable --now waiting"


@pytest.fixture(scope="module")
def vm() -> Iterator[Vm]:
    with machine("storage", nvme(OURS), nvme(OTHER)) as made:
        yield made


def test_a_fresh_disk_is_formatted_and_mounted(vm: Vm) -> None:
    before = out(vm, "cat /etc/fstab")
    predicted = converge(vm, values(OURS), check=True)
    assert predicted.rc == 0, predicted.text
    assert f"nvme-QEMU_NVMe_Ctrl_{OURS} would be formatted with xfs (proved blank just now)" in predicted.words
    assert out(vm, f"cat /etc/fstab; ls -d {MOUNT} {RECORD} /etc/systemd/system/*model* 2>/dev/null; true") == before

    settled(vm, values(OURS))
    assert mounted_serial(vm) == OURS
    assert record(vm)["state"] == "done"
    found = out(vm, f"findmnt -no FSTYPE,LABEL,UUID {MOUNT}").split()
    assert found == ["xfs", "rp-models", record(vm)["uuid"]]
    line = f"UUID={record(vm)['uuid']} {MOUNT} xfs {OPTIONS} 0 2"
    assert line in out(vm, "cat /etc/fstab").splitlines()
    assert out(vm, f"stat -c '%a %U %G' {MOUNT} {MOUNT}/ollama") == "2775 root models\n2775 root models"
    assert out(vm, "systemctl is-enabled fstrim.timer") == "enabled"
    out(vm, f"echo precious | sudo tee {MOUNT}/model.gguf; sync -f {MOUNT}; {WAITING}")


def test_f42_after_a_power_cut_with_the_disks_swapped_it_is_the_same_disk(vm: Vm) -> None:
    before = out(vm, f"findmnt -no SOURCE {MOUNT}")
    vm.kill()
    vm.start(order=(1, 0))
    wait_for_mount(vm)

    assert mounted_serial(vm) == OURS
    assert out(vm, f"findmnt -no SOURCE {MOUNT}") != before, "the names were not swapped, so this shows nothing"
    assert out(vm, f"cat {MOUNT}/model.gguf; systemctl is-active waiting") == "precious\nactive"
    assert converge(vm, values(OURS)).verdict == (0, 0)


def test_f43_without_the_disk_it_boots_and_nothing_is_written_beside_it(vm: Vm) -> None:
    vm.shut_down()
    vm.start(order=(1,))

    assert mounted_serial(vm) == ""
    assert vm.run(f"sudo touch {MOUNT}/astray").returncode != 0
    assert out(vm, f"ls -A {MOUNT}; sudo lsattr -d {MOUNT} | cut -c5") == "i"
    out(
        vm,
        "for i in $(seq 600); do sudo journalctl -b -u waiting | grep -q 'Dependency failed' && exit 0; sleep 0.5; done; exit 1",
    )
    assert out(vm, "systemctl is-active waiting; true") == "inactive"
    refused = converge(vm, values(OURS))
    assert (refused.verdict, "is not there. Is the disk connected?" in refused.words) == ((2, 0), True), refused.text
    vm.shut_down()
    vm.start()
    wait_for_mount(vm)


def test_rollback_keeps_what_is_on_the_disk_and_the_next_run_takes_it_over(vm: Vm) -> None:
    uuid = record(vm)["uuid"]
    out(vm, f"sudo systemctl stop waiting; sudo systemd-run --unit=reader --working-directory={MOUNT} sleep 6000")
    busy = rollback(vm, ROLE)
    assert (busy.rc, "is in use by sleep" in busy.words) == (2, True), busy.text
    out(vm, "sudo systemctl stop reader")

    assert rollback(vm, ROLE).rc == 0
    left = out(
        vm, f"ls -d {MOUNT} /var/lib/rigprov/model_storage 2>/dev/null; cat /etc/fstab; findmnt --verify >/dev/null && echo valid"
    )
    assert (left.endswith("valid"), MOUNT in left, "rigprov" in left) == (True, False, False)
    assert rollback(vm, ROLE).verdict == (0, 0)

    settled(vm, values(OURS, model_storage_format=False))
    assert record(vm)["uuid"] == uuid
    assert out(vm, f"cat {MOUNT}/model.gguf") == "precious"
