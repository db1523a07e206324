"""What may be swap, who sets it up, and what hibernation needs of it."""

import re

from rigprov.facts.parse.fields import ParseError, number, pairs, parts, unescape
from rigprov.model.swap import Btrfs, Resume, SwapFile, Swappiness

_EPERM, _ENOENT, _ENOSYS = 1, 2, 38
# Directories of sysctl.d from the weightiest on: a file hides those of its name in the later ones.
_SYSCTL = ("/etc/sysctl.d", "/run/sysctl.d", "/usr/local/lib/sysctl.d", "/usr/lib/sysctl.d")
_NOWHERE = ("", "none", "auto", "0:0")  # auto: the initramfs takes the largest partition, never a file


def allowed(text: str) -> bool:
    """Number and words of the error that swapon(2) gives for a path that cannot exist.

    The kernel asks for the capability first, and filters of system calls come before the kernel; only who passes both learns
    that there is no such file.
    """
    code = number(text.strip().partition(" ")[0], "swapon's error")
    if code not in (_EPERM, _ENOENT, _ENOSYS):
        raise ParseError(f"swapon gave an error that says neither yes nor no: {text.strip()!r}")
    return code == _ENOENT


def files(text: str) -> tuple[SwapFile, ...]:
    """Paths as headings, each with kind, and for files size, signature and label."""
    found = []
    for path, body in parts(text).items():
        about = pairs(body)
        size = number(about["bytes"], f"the size of {path}") if "bytes" in about else 0
        found.append(SwapFile(unescape(path), about["kind"], size, about.get("type", ""), about.get("label", "")))
    return tuple(found)


def managers(text: str) -> tuple[str, ...]:
    """One name a line. The generator for zram does nothing before its configuration names a device."""
    lines = dict.fromkeys(line.strip() for line in text.splitlines() if line.strip())
    generator = "systemd-zram-generator" in lines and "zram-generator.conf" in lines
    names = [name for name in lines if name not in ("systemd-zram-generator", "zram-generator.conf")]
    return (*names, *(["zram-generator"] if generator else []))


def resume(text: str) -> Resume:
    """`resume=` and `resume_offset=` of sysfs, the kernel's command line, and what configures the next boot."""
    found = [line.strip().partition("=") for line in text.splitlines()]
    devices = [value.strip().strip("\"'") for key, _, value in found if key == "resume"]
    offsets = [value.strip() for key, _, value in found if key == "resume_offset"]
    named = dict.fromkeys(device for device in devices if device.lower() not in _NOWHERE)
    return Resume(tuple(named), any(offset not in ("", "0") for offset in offsets))


def swappiness(text: str) -> Swappiness:
    """The value now, then `FILE:vm.swappiness = VALUE` lines. Of files with one name only the weightiest is read."""
    first, *lines = text.strip().splitlines() or [""]
    by_name: dict[str, tuple[int, str, int]] = {}
    for line in lines:
        found = re.fullmatch(r"(/[^:]+)/([^/:]+):\s*-?vm[./]swappiness\s*=\s*(\d+)\s*", line)
        if found is None or found[1] not in _SYSCTL:
            raise ParseError(f"not a setting of swappiness: {line!r}")
        rank = _SYSCTL.index(found[1])
        if found[2] not in by_name or rank <= by_name[found[2]][0]:
            by_name[found[2]] = (rank, f"{found[1]}/{found[2]}", int(found[3]))
    return Swappiness(number(first, "swappiness"), tuple(by_name[name][1:] for name in sorted(by_name)))


def btrfs(text: str) -> tuple[Btrfs, ...]:
    """`btrfs filesystem show`, `filesystem df` and `subvolume show` of each mounted one."""
    found = []
    for target, body in parts(text).items():
        devices = re.search(r"Total devices (\d+)", body)
        profiles = re.findall(r"^Data(?:\+Metadata)?, ([A-Za-z0-9]+):", body, re.MULTILINE)
        if devices is None or not profiles:
            raise ParseError(f"nothing about the devices and profiles of {target}")
        _, _, listed = body.partition("Snapshot(s):")
        snapshots = tuple(line.strip() for line in listed.splitlines() if line.strip() and ":" not in line)
        found.append(Btrfs(target, int(devices[1]), tuple(dict.fromkeys(profiles)), snapshots))
    return tuple(found)
