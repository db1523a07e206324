"""The kernel's log since the machine was started."""

from rigprov.compliance.control import control, expect
from rigprov.compliance.machine import Machine, skip

_LOG = "{ journalctl -k -b -q -o cat --no-pager 2>/dev/null || true; dmesg 2>/dev/null; }"


def _log(machine: Machine, pattern: str, but: str = "^$") -> list[str]:
    """Lines of this boot that fit."""
    machine.own_kernel()
    if not machine.ok(f"{_LOG} | grep -q ."):
        skip("the kernel's log cannot be read")
    return machine.run(f"{_LOG} | grep -E '{pattern}' | grep -vE '{but}' | sed 's/^\\[ *[0-9.]*\\] //' | awk '!seen[$0]++'").lines


@control(
    "RIG-LOG-001", severity="critical", role="nvidia_driver",
    reason="an Xid is the driver's report of a fault: 79 a card that fell off the bus, 48 and 63 memory, 31 a program",
    fix="`rigprov doctor HOST` says what the number means; power, riser and cooling first",
)  # fmt: skip
def test_no_xid(machine: Machine) -> None:
    """The driver reports no Xid."""
    machine.needs_gpu()
    lines = _log(machine, r"NVRM: Xid")
    expect(not lines, found=f"{len(lines)} Xid lines", expected="none", output=lines)


@control(
    "RIG-LOG-002", severity="high", role="host",
    reason="the kernel ended a program for want of memory: most often the largest, the model",
    fix="a smaller model or context, or swap; `journalctl -k | grep -i oom` says what ran",
)  # fmt: skip
def test_nothing_was_ended_for_memory(machine: Machine) -> None:
    """The kernel ended no program for want of memory."""
    lines = _log(machine, r"Out of memory: Killed|oom-kill:|Memory cgroup out of memory")
    expect(not lines, found=f"{len(lines)} lines", expected="none", output=lines)


@control(
    "RIG-LOG-003", severity="high", role="host",
    reason="a disk that could not be read or written once will do so again",
    fix="`smartctl -a DEVICE`; check the cable, save the data, replace the disk",
)  # fmt: skip
def test_no_disk_errors(machine: Machine) -> None:
    """The kernel reports no errors of disks or file systems."""
    pattern = (
        r"I/O error|critical medium error|EXT4-fs error|XFS .*(Corruption|metadata I/O error)|BTRFS.*(error|corrupt)"
        r"|ata[0-9.]+: failed command"
    )
    lines = _log(machine, pattern, but=r"dev (fd|sr|loop)[0-9]")
    expect(not lines, found=f"{len(lines)} lines", expected="none", output=lines)


@control(
    "RIG-LOG-004", severity="high", role="host",
    reason="hardware that reports its own errors (memory, CPU, PCIe) gives wrong results before it stops",
    fix="test the memory (memtest86+), check cooling and firmware; `journalctl -k | grep -iE 'mce|edac'`",
)  # fmt: skip
def test_no_hardware_errors(machine: Machine) -> None:
    """The kernel reports no uncorrected hardware errors."""
    lines = _log(
        machine, r"\[Hardware Error\].*(Uncorrected|Fatal|UE)|EDAC .* UE |AER: .*(Uncorrected|Fatal)|mce: .*Machine check"
    )
    expect(not lines, found=f"{len(lines)} lines", expected="none", output=lines)
