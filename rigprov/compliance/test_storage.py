"""Disks: models where they were promised, room left, healthy, and there again after a boot."""

import re

from rigprov.compliance.control import control, expect
from rigprov.compliance.machine import Machine, skip

ROLE = "model_storage"
GIB = 1024 * 1024  # in KiB
_LEAST_ROOT_KIB, _LEAST_MODELS_KIB = 2 * GIB, 1 * GIB
_LEAST_SHARE = 5  # percent
_BOOT_KIB = 150 * 1024  # an initramfs with NVIDIA's modules


def _there(machine: Machine) -> str:
    path = machine.promises.models_path
    machine.needs_role(ROLE, f"[ -d '{path}' ]")
    if not machine.ok(f"[ -d '{path}' ]"):
        skip(f"there is no {path} (RIG-STO-001)")
    return path


def _mount(machine: Machine) -> str:
    """Mount point under the models; skip where it is the root file system and was meant to be."""
    path = machine.promises.models_path
    machine.needs_role(ROLE, f"[ -d '{path}' ]")
    mount = machine.promises.models_mount or machine.out(f"findmnt -n -o TARGET -T '{path}' 2>/dev/null")
    if mount in ("/", ""):
        skip("the models lie on the root file system, as planned")
    return mount


def _room(machine: Machine, path: str) -> tuple[int, int, str]:
    """Free KiB, and how much that is in percent."""
    asked = machine.run(f"df -Pk '{path}'")
    words = asked.lines[-1].split() if len(asked.lines) > 1 else []
    if len(words) < 6:
        skip(f"`df` does not tell the room of {path}")
    size, free = int(words[1]), int(words[3])
    return free, round(100 * free / max(size, 1)), asked.out


@control(
    "RIG-STO-001", severity="critical", role=ROLE,
    reason="without their directory no model is found",
    fix="`rigprov apply` makes it; where it lay on a disk of its own, see that the disk is mounted",
)  # fmt: skip
def test_models_have_a_directory(machine: Machine) -> None:
    """The models' directory is there."""
    path = machine.promises.models_path
    machine.needs_role(ROLE, f"[ -e '{path}' ]")
    asked = machine.run(f"stat -L '{path}'")
    expect(machine.ok(f"[ -d '{path}' ]"), found="no directory", expected=path, output=asked.both)


@control(
    "RIG-STO-002", severity="medium", role=ROLE,
    reason="a shared directory works for all its users only if new files go to the group",
    fix="`chgrp GROUP DIRECTORY; chmod 2775 DIRECTORY`, or `rigprov apply`",
)  # fmt: skip
def test_directory_is_shared(machine: Machine) -> None:
    """The models' directory belongs to the group that shares it, and so do new files in it."""
    path, group = _there(machine), machine.promises.models_group
    found = machine.out(f"stat -Lc '%G %a' '{path}'")
    owner, bits = found.split()
    holds = owner == group and int(bits, 8) & 0o2070 == 0o2070
    expect(holds, found=f"group {owner}, mode {bits}", expected=f"group {group}, mode 2775")


@control(
    "RIG-STO-003", severity="critical", role=ROLE,
    reason="with the disk away, models are fetched again onto the root disk until that is full",
    fix="`mount -a`; `journalctl -b` says why it was not mounted",
)  # fmt: skip
def test_models_disk_is_mounted(machine: Machine) -> None:
    """The models' own disk is mounted."""
    mount = _mount(machine)
    asked = machine.run(f"findmnt -n -o SOURCE,FSTYPE,OPTIONS -M '{mount}'")
    expect(
        asked.rc == 0, found="nothing is mounted there", expected=f"a file system on {mount}", output=machine.out("findmnt -l")
    )


@control(
    "RIG-STO-004", severity="high", role=ROLE,
    reason="kernel names of disks change between boots, and without nofail a missing disk keeps the machine from booting",
    fix="in /etc/fstab name the file system by UUID= and add nofail; `rigprov apply` does",
)  # fmt: skip
def test_models_mount_is_by_uuid_and_may_fail(machine: Machine) -> None:
    """The models' file system is in /etc/fstab by UUID and with nofail."""
    mount = _mount(machine)
    machine.not_in_container("the outer machine mounts the disks")
    lines = [line.split() for line in machine.run("cat /etc/fstab").lines if not line.lstrip().startswith("#")]
    row = next((words for words in lines if len(words) > 3 and words[1] == mount), None)
    unit = machine.out(f"systemctl list-unit-files --no-legend \"$(systemd-escape -p --suffix=mount '{mount}')\" 2>/dev/null")
    if row is None and unit:
        skip(f"a mount unit of its own mounts {mount}")
    holds = row is not None and row[0].startswith(("UUID=", "/dev/disk/by-uuid/")) and "nofail" in row[3].split(",")
    expect(holds, found=" ".join(row) if row else "no line", expected=f"UUID=... {mount} ... nofail")


@control(
    "RIG-STO-005", severity="high", role="host",
    reason="a full root disk stops logins, logs, updates and databases",
    fix="`du -xh --max-depth=2 / | sort -h | tail` shows what takes the room; `journalctl --vacuum-size=500M`, `apt-get clean`",
)  # fmt: skip
def test_root_has_room(machine: Machine) -> None:
    """The root file system has room."""
    free, percent, output = _room(machine, "/")
    holds = free >= _LEAST_ROOT_KIB or percent >= 2 * _LEAST_SHARE
    expect(holds and percent >= _LEAST_SHARE, found=f"{free // 1024} MiB, {percent} %", expected="2 GiB and 5 %", output=output)


@control(
    "RIG-STO-006", severity="medium", role=ROLE,
    reason="a download that finds no room leaves half a model",
    fix="remove models that nobody uses, or move the directory to a larger disk",
)  # fmt: skip
def test_models_have_room(machine: Machine) -> None:
    """The models' file system has room."""
    free, percent, output = _room(machine, _there(machine))
    expect(free >= _LEAST_MODELS_KIB, found=f"{free // 1024} MiB, {percent} %", expected="1 GiB", output=output)


@control(
    "RIG-STO-007", severity="medium", role="host",
    reason="without inodes no file can be made, whatever room there is",
    fix="`find / -xdev -type d -size +1M` names directories of very many files",
)  # fmt: skip
def test_root_has_inodes(machine: Machine) -> None:
    """The root file system has inodes left."""
    asked = machine.run("df -Pi /")
    said = re.search(r"(\d+)%", asked.lines[-1] if asked.lines else "")
    if not said:
        skip("this file system counts no inodes")
    expect(int(said[1]) <= 100 - _LEAST_SHARE, found=f"{said[1]} % used", expected="at most 95 %", output=asked.out)


@control(
    "RIG-STO-008", severity="critical", role="host",
    reason="a file system that the kernel set read-only has seen errors: nothing is saved any more",
    fix="`dmesg` names the error; save what you need, check the disk, then run fsck",
)  # fmt: skip
def test_nothing_fell_read_only(machine: Machine) -> None:
    """Neither the root nor the models' file system has become read-only."""
    paths = ["/", *([machine.promises.models_path] if machine.ok(f"[ -d '{machine.promises.models_path}' ]") else [])]
    seen = [f"{path}: {machine.out(f'''findmnt -n -o OPTIONS -T '{path}' ''')}" for path in paths]
    bad = [line for line in seen if re.search(r": ro(,|$)", line)]
    expect(not bad, found="mounted read-only", expected="rw", output=bad)


@control(
    "RIG-STO-009", severity="high", role="host",
    reason="a disk that reports its own failing is about to lose what is on it",
    fix="save the data, replace the disk",
)  # fmt: skip
def test_disks_are_healthy(machine: Machine) -> None:
    """Every disk says of itself that it is healthy (SMART)."""
    machine.not_in_container("the disks are the outer machine's")
    machine.needs("smartctl")
    disks = machine.run("smartctl --scan | cut -d' ' -f1").lines
    if not disks:
        skip("no disk here tells its health, as in most virtual machines")
    said = {disk: machine.run(f"smartctl -H {disk}") for disk in disks}
    bad = [f"{disk}: {answer.lines[-1] if answer.lines else ''}" for disk, answer in said.items() if answer.rc & 0b1000]
    expect(not bad, found=f"{len(bad)} failing", expected="none", output=bad)


@control(
    "RIG-STO-010", severity="high", role="host",
    reason="an array without one of its disks loses all with the next (RAID0: is lost)",
    fix="`mdadm --detail /dev/mdN`; replace the disk and add it",
)  # fmt: skip
def test_arrays_are_complete(machine: Machine) -> None:
    """No software RAID lacks a disk."""
    machine.own_kernel()
    asked = machine.run("cat /proc/mdstat")
    if not re.search(r"^md", asked.out, re.MULTILINE):
        skip("there is no software RAID")
    bad = re.search(r"\[[U_]*_[U_]*\]|inactive|\(F\)", asked.out)
    expect(not bad, found=f"{bad[0] if bad else ''}", expected="every disk up (U)", output=asked.out)


@control(
    "RIG-STO-011", severity="high", role="host",
    reason="a line in /etc/fstab that cannot be carried out stops the next boot in an emergency shell",
    fix="`findmnt --verify` names the line; mend it or add nofail",
)  # fmt: skip
def test_fstab_is_sound(machine: Machine) -> None:
    """/etc/fstab can be carried out."""
    machine.not_in_container("the outer machine mounts the disks")
    asked = machine.run("findmnt --verify")
    expect(asked.rc == 0, found=f"findmnt --verify ends with {asked.rc}", expected="no error", output=asked.both)


@control(
    "RIG-STO-012", severity="high", role="host",
    reason="a kernel update with no room in /boot leaves half an initramfs, and the next boot fails",
    fix="`apt-get autoremove --purge` takes out old kernels",
)  # fmt: skip
def test_boot_has_room(machine: Machine) -> None:
    """/boot has room for one more initramfs."""
    machine.own_kernel()
    if machine.out("findmnt -n -o TARGET -T /boot") == "/":
        skip("/boot lies on the root file system")
    free, percent, output = _room(machine, "/boot")
    expect(free >= _BOOT_KIB, found=f"{free // 1024} MiB, {percent} %", expected="150 MiB", output=output)


@control(
    "RIG-STO-013", severity="low", role=ROLE,
    reason="programs that do not know the shared directory fetch every model once more into each home",
    fix="`rigprov apply` writes /etc/profile.d/rigprov-models.sh",
)  # fmt: skip
def test_logins_are_pointed_to_the_models(machine: Machine) -> None:
    """Login shells that may write to the models' directory point Hugging Face's library there."""
    path = _there(machine)
    said = machine.out("env -i HOME=/root sh -lc 'echo \"$HF_HUB_CACHE\"'")
    expect(said.startswith(f"{path}/"), found=f"HF_HUB_CACHE={said}", expected=f"a directory in {path}")
