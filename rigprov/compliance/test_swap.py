"""Swap: as large as promised, there after a boot, readable by root only, and used late."""

import re

from rigprov.compliance.control import control, expect
from rigprov.compliance.machine import Machine, figure, skip

ROLE = "swap"
_ANY = '[ "$(wc -l < /proc/swaps)" -gt 1 ]'
_LARGE_KIB = 64 * 1024 * 1024
_MOST_SWAPPINESS = 60  # the kernel's default


def _active(machine: Machine) -> list[list[str]]:
    machine.own_kernel()
    return [line.split() for line in machine.run("cat /proc/swaps").lines[1:]]


def _needs_swap(machine: Machine) -> list[list[str]]:
    found = _active(machine)
    if not found:
        skip("there is no swap (RIG-SWP-001)")
    return found


@control(
    "RIG-SWP-001", severity="medium", role=ROLE,
    reason="without swap the kernel ends the largest program, the model, at the first shortage of memory",
    fix="`rigprov apply` makes the swap file",
)  # fmt: skip
def test_there_is_swap(machine: Machine) -> None:
    """Swap is on, and as large as promised."""
    found = _active(machine)
    wanted = machine.promises.swap_mib
    if not wanted and machine.promised(ROLE) is not None:
        skip("the plan wants no swap here")
    total = sum(int(row[2]) for row in found) // 1024
    if not wanted and (figure(machine.out("grep MemTotal /proc/meminfo")) or 0) > _LARGE_KIB:
        skip("nothing is promised, and the machine has more than 64 GiB of RAM")
    least = (wanted or 1) * 99 // 100  # the header takes a page
    expect(
        total >= max(least, 1), found=f"{total} MiB", expected=f"{wanted or 'some'} MiB", output=machine.out("cat /proc/swaps")
    )


@control(
    "RIG-SWP-002", severity="medium", role=ROLE,
    reason="swap that nobody switches on at boot is gone after the next one",
    fix="add it to /etc/fstab; `rigprov apply` does",
)  # fmt: skip
def test_swap_files_come_back(machine: Machine) -> None:
    """Every swap file is switched on at boot."""
    files = [row[0] for row in _needs_swap(machine) if row[1] == "file"]
    if not files:
        skip("swap is not in files")
    known = machine.out("grep -v '^ *#' /etc/fstab; systemctl show --value -p What '*.swap' 2>/dev/null")
    lost = [file for file in files if not re.search(rf"^\s*{re.escape(file)}\s+\S+\s+swap\b", known, re.MULTILINE)]
    expect(not lost, found=f"{len(lost)} without a line in /etc/fstab", expected="a line each", output=lost)


@control(
    "RIG-SWP-003", severity="high", role=ROLE,
    reason="a swap file holds what was in memory, keys and prompts too",
    fix="`chown root:root FILE; chmod 600 FILE`",
)  # fmt: skip
def test_swap_files_are_root_s(machine: Machine) -> None:
    """Only root can read swap files."""
    files = [row[0] for row in _needs_swap(machine) if row[1] == "file"]
    if not files:
        skip("swap is not in files")
    modes = [machine.out(f"stat -Lc '%U %a %n' '{file}'") for file in files]
    bad = [line for line in modes if not re.match(r"root [0246]00 ", line)]
    expect(not bad, found=f"{len(bad)} open", expected="root 600", output=bad)


@control(
    "RIG-SWP-004", severity="low", role=ROLE,
    reason="a kernel that swaps early pushes a loaded model out of memory, and the next answer waits for the disk",
    fix="`sysctl -w vm.swappiness=10`",
)  # fmt: skip
def test_swappiness(machine: Machine) -> None:
    """The kernel swaps as late as promised."""
    machine.own_kernel()
    machine.needs_role(ROLE, _ANY)
    wanted = machine.promises.swappiness
    found = int(figure(machine.out("cat /proc/sys/vm/swappiness")) or 0)
    holds = found == wanted if wanted is not None else found <= _MOST_SWAPPINESS
    expect(holds, found=str(found), expected=str(wanted) if wanted is not None else "at most 60")


@control(
    "RIG-SWP-005", severity="low", role=ROLE,
    reason="a setting that no file holds is the kernel's own again after the next boot",
    fix="`rigprov apply` writes /etc/sysctl.d/60-rigprov-swap.conf; a later file may say otherwise",
)  # fmt: skip
def test_swappiness_comes_back(machine: Machine) -> None:
    """The files for the next boot set the same swappiness."""
    machine.own_kernel()
    machine.needs_role(ROLE, _ANY)
    wanted = machine.promises.swappiness
    if wanted is None:
        skip("no swappiness is promised")
    # The last word wins: files by their names, wherever they lie, then /etc/sysctl.conf.
    files = "ls /usr/lib/sysctl.d/*.conf /run/sysctl.d/*.conf /etc/sysctl.d/*.conf 2>/dev/null | awk -F/ '{print $NF, $0}' | sort"
    asked = machine.run(
        f"{files} | cut -d' ' -f2 | xargs grep -hE '^ *-?vm[./]swappiness' /dev/null;"
        "grep -hE '^ *vm[./]swappiness' /etc/sysctl.conf"
    )
    last = figure(asked.lines[-1].split("=")[-1]) if asked.lines else None
    expect(last == wanted, found=f"{last if last is not None else 'nothing'}", expected=str(wanted), output=asked.out)
