"""Who says that a disk is theirs: RAID, LVM, ZFS, the tables of mounts and encrypted disks, and rigprov itself."""

import re

from rigprov.facts.parse.fields import ParseError, document, number, unescape
from rigprov.model.host import FstabEntry, PhysicalVolume, PreparedDisk

_MEMBER = re.compile(r"^(\S+?)\[\d+\](?:\([A-Z]\))*$")


def raid(text: str) -> tuple[str, ...]:
    """Kernel names of the members in `/proc/mdstat`: `md0 : active raid1 sdb1[1] sda1[0](F)`."""
    found = []
    for line in text.splitlines():
        name, colon, rest = line.partition(" : ")
        if colon and name.startswith("md"):
            found += [match[1] for word in rest.split() if (match := _MEMBER.match(word))]
    return tuple(sorted(set(found)))


def lvm(text: str) -> tuple[PhysicalVolume, ...]:
    """`pvs --reportformat json --units b --nosuffix`."""
    reports = document(text).get("report")
    if not isinstance(reports, list):
        raise ParseError("it has no report")
    return tuple(
        PhysicalVolume(
            path=str(row["pv_name"]),
            group=str(row.get("vg_name") or ""),
            group_free_bytes=number(row.get("vg_free") or 0, f"the free space of {row.get('vg_name')}"),
        )
        for report in reports
        for row in report.get("pv", [])
    )


def zfs(text: str) -> tuple[str, ...]:
    """Paths of devices in `zpool status -P`."""
    return tuple(sorted({words[0] for line in text.splitlines() if (words := line.split()) and words[0].startswith("/")}))


def fstab(text: str) -> tuple[FstabEntry, ...]:
    """Lines of `/etc/fstab`. One with too few fields is an error of its owner's, and counts as far as it goes."""
    found = []
    for line in text.splitlines():
        words = line.split()
        if not words or words[0].startswith("#"):
            continue
        source, target, kind, options = (unescape(word) for word in (*words, "", "", "")[:4])
        found.append(FstabEntry(source, target, kind, tuple(options.split(",")) if options else ()))
    return tuple(found)


def crypttab(text: str) -> tuple[str, ...]:
    """Sources in `/etc/crypttab`: the second field."""
    lines = [line.split() for line in text.splitlines() if not line.lstrip().startswith("#")]
    return tuple(words[1] for words in lines if len(words) > 1)


def prepared(text: str) -> PreparedDisk:
    """The note of the role `model_storage`: `KEY=VALUE` lines, of which `disk` may come several times."""
    rows = [(key.strip(), value.strip()) for key, found, value in (line.partition("=") for line in text.splitlines()) if found]
    fields = dict(rows)
    if fields.get("state") not in ("formatting", "done"):
        raise ParseError(f"its state is {fields.get('state')!r}, neither formatting nor done")
    disks = []
    for key, value in rows:
        if key != "disk":
            continue
        words = re.fullmatch(r"(\S+) (.+) (\d+)", value)  # a serial number may hold blanks
        if words is None:
            raise ParseError(f"not a disk with serial and size: {value!r}")
        disks.append((words[1], words[2], int(words[3])))
    if not disks or not fields.get("uuid"):
        raise ParseError("it names no disk or no UUID")
    return PreparedDisk(
        done=fields["state"] == "done",
        disks=tuple(disks),
        filesystem=fields.get("filesystem", ""),
        uuid=fields["uuid"],
        array_uuid=fields.get("array_uuid", ""),
        mount=fields.get("mount", ""),
    )
