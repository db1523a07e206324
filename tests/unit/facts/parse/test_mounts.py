"""Mounts that hold data."""

import json

import pytest

from rigprov.facts.parse import mounts
from rigprov.facts.parse.fields import ParseError
from rigprov.model.host import Mount


def mount(target: str, fstype: str, **more: object) -> dict[str, object]:
    return {"target": target, "source": "/dev/sda1", "fstype": fstype, "options": "rw,noatime", "size": 10, "avail": 5, **more}


def test_mounts_that_hold_data() -> None:
    rows = [
        mount("/proc", "proc"),
        mount("/", "overlay"),
        mount("/run", "tmpfs"),
        mount("/snap/x/1", "squashfs"),
        mount("/etc/hosts", "ext4"),
    ]
    rows += [mount("/data", "ext4"), mount("/data", "xfs", avail=3), mount(r"/my\040disk", "ext4", size=None, avail=None)]
    assert mounts.mounts(json.dumps({"filesystems": rows})) == (
        Mount("/", "/dev/sda1", "overlay", ("rw", "noatime"), 10, 5),
        Mount("/data", "/dev/sda1", "xfs", ("rw", "noatime"), 10, 3),  # the later mount hides the earlier
        Mount("/my disk", "/dev/sda1", "ext4", ("rw", "noatime"), 0, 0),
    )


def test_root_in_memory_is_still_the_root() -> None:
    assert [found.target for found in mounts.mounts(json.dumps({"filesystems": [mount("/", "tmpfs")]}))] == ["/"]


@pytest.mark.parametrize("text", ["x", "{}", '{"filesystems": [{"target": "/", "fstype": "ext4", "size": "big"}]}'])
def test_mounts_that_make_no_sense(text: str) -> None:
    with pytest.raises(ParseError):
        mounts.mounts(text)
