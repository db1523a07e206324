"""States that differ, in words."""

import pytest

from rigprov.ledger.declared import KINDS
from rigprov.ledger.difference import drift_of
from rigprov.report.ledger import drift_line

ROOT = {"owner": "root", "group": "root", "mode": "0644"}
FILE = {"is": "file", "sha256": "a" * 64, **ROOT}
BIG = {"is": "file", "bytes": 5, "changed_ns": 1795708407265993677, **ROOT}
USER = {"uid": 999, "group": "llm", "groups": ["models"], "home": "/nonexistent", "shell": "/usr/sbin/nologin"}
MOUNT = {"mounted": True, "fstab": "UUID=1 /m xfs noatime", "fstype": "xfs", "options": "rw,noatime", "uuid": "1"}
UNIT = {"enabled": "enabled", "active": "active"}

TABLE = [
    ("path", FILE, {**FILE, "sha256": "b" * 64}, ["file x: content: expected sha256 aaaaaaaaaaaa, found sha256 bbbbbbbbbbbb"]),
    ("path", FILE, {**FILE, "group": "games"}, ["file x: group: expected root, found games"]),
    ("path", FILE, {"is": "absent"}, ["file x: expected file, found absent"]),
    ("path", {"is": "absent"}, FILE, ["file x: expected absent, found file"]),
    ("path", {"is": "directory", **ROOT}, {"is": "link", "to": "/"}, ["directory x: expected directory, found link"]),
    ("path", {"is": "link", "to": "/a"}, {"is": "link", "to": "/b"}, ["link x: target: expected /a, found /b"]),
    ("path", {"is": "absent"}, {"is": "absent"}, []),
    (
        "big",
        BIG,
        {**BIG, "changed_ns": 1795708500000000000},
        ["file x: last change: expected 2026-11-26T15:53:27.265+00:00, found 2026-11-26T15:55:00.000+00:00"],
    ),
    ("big", BIG, {**BIG, "bytes": 6}, ["file x: size: expected 5, found 6"]),
    ("tree", {"is": "tree", "entries": 3}, {"is": "tree", "entries": 4}, ["files below x: entries: expected 3, found 4"]),
    ("block", {"is": "block", "sha256": "a" * 64}, {"is": "absent"}, ["rigprov's lines in x: expected block, found absent"]),
    (
        "package",
        {"version": "1", "hold": False},
        {"version": "2", "hold": True},
        ["package x: version: expected 1, found 2", "package x: hold: expected no, found yes"],
    ),
    ("unit", UNIT, {**UNIT, "enabled": "masked"}, ["unit x: enabled: expected enabled, found masked"]),
    ("unit", UNIT, {**UNIT, "active": "failed"}, ["unit x: active: expected active, found failed"]),
    ("lock", {"running": True}, {"running": False}, ["program that locks x: running: expected yes, found no"]),
    ("sysctl", {"value": "10"}, {"value": "60"}, ["kernel setting x: value: expected 10, found 60"]),
    ("mount", MOUNT, {"mounted": False, "fstab": ""}, [
        "mount x: mounted: expected yes, found no",
        "mount x: fstab: expected UUID=1 /m xfs noatime, found none",
        "mount x: fstype: expected xfs, found none",
        "mount x: options: expected rw,noatime, found none",
        "mount x: uuid: expected 1, found none",
    ]),
    ("swap", {"active": True, "kib": 8, "fstab": "f"}, {"active": False, "fstab": "f"}, [
        "swap x: active: expected yes, found no",
        "swap x: size: expected 8, found none",
    ]),
    ("user", USER, {**USER, "groups": [], "shell": "/bin/sh"}, [
        "user x: groups: expected models, found none",
        "user x: shell: expected /usr/sbin/nologin, found /bin/sh",
    ]),
    ("user", USER, {"is": "absent"}, ["user x: expected present, found absent"]),
    ("group", {"gid": 1}, {"gid": 2}, ["group x: number: expected 1, found 2"]),
    ("member", {"member": True}, {"member": False}, ["member x: member: expected yes, found no"]),
    ("unit", UNIT, {"unknown": "no systemctl"}, ["unit x: expected as noted, found cannot be read: no systemctl"]),
]  # fmt: skip


@pytest.mark.parametrize(("kind", "was", "now", "lines"), TABLE)
def test_each_kind_of_change_is_told(kind, was, now, lines):
    assert [drift_line(each) for each in drift_of({"kind": kind, "name": "x", "state": was}, now)] == lines


def test_every_kind_is_in_the_table():
    assert {kind for kind, *_ in TABLE} == set(KINDS.values())
