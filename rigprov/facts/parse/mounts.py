"""Mounted file systems that hold data."""

from collections.abc import Mapping
from typing import Any

from rigprov.facts.parse.fields import ParseError, document, number, unescape
from rigprov.model.host import Mount

# File systems that hold no data of their own, or (squashfs) none that anybody could write.
_PSEUDO = frozenset({
    "autofs", "binfmt_misc", "bpf", "cgroup", "cgroup2", "configfs", "debugfs", "devpts", "devtmpfs", "efivarfs",
    "fusectl", "hugetlbfs", "mqueue", "nsfs", "proc", "pstore", "ramfs", "rpc_pipefs", "securityfs", "selinuxfs",
    "squashfs", "sysfs", "tmpfs", "tracefs", "fuse.lxcfs", "fuse.portal", "fuse.gvfsd-fuse", "fuse.snapfuse",
})  # fmt: skip
# Container engines mount single files over these.
_ENGINE_FILES = frozenset({"/etc/hosts", "/etc/hostname", "/etc/resolv.conf"})


def mounts(text: str) -> tuple[Mount, ...]:
    """`findmnt --json --bytes --list`."""
    tree = document(text)
    rows = tree.get("filesystems") if isinstance(tree, dict) else None
    if not isinstance(rows, list):
        raise ParseError("it has no filesystems")
    # A later mount on the same place hides an earlier one.
    return tuple({row["target"]: _mount(row) for row in rows if _holds_data(row)}.values())


def _holds_data(row: Mapping[str, Any]) -> bool:
    return row.get("target") == "/" or (row.get("fstype") not in _PSEUDO and row.get("target") not in _ENGINE_FILES)


def _mount(row: Mapping[str, Any]) -> Mount:
    return Mount(
        target=unescape(str(row.get("target"))),
        source=str(row.get("source") or ""),
        filesystem=str(row.get("fstype") or ""),
        options=tuple(str(row.get("options") or "").split(",")),
        size_bytes=number(row.get("size") or 0, f"the size of {row.get('target')}"),
        free_bytes=number(row.get("avail") or 0, f"the free space of {row.get('target')}"),
    )
