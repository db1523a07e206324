"""Block devices and their signatures."""

import json
from collections.abc import Mapping

import pytest

from rigprov.facts.parse import disks
from rigprov.facts.parse.disks import Around
from rigprov.facts.parse.fields import ParseError
from rigprov.model.host import BlockDevice, Missing

NO_UDEV = Missing("no udev here")


def tree(*rows: Mapping[str, object]) -> str:
    return json.dumps({"blockdevices": list(rows)})


def test_disk_with_a_partition_and_everything_that_is_known_of_it() -> None:
    part = {
        "name": "sda1",
        "kname": "sda1",
        "path": "/dev/sda1",
        "type": "part",
        "size": 50,
        "fstype": "ext4",
        "mountpoints": ["/"],
    }
    disk = {
        "name": "sda",
        "kname": "sda",
        "path": "/dev/sda",
        "type": "disk",
        "size": 100,
        "model": "Example  ",
        "serial": " S1 ",
        "wwn": "eui.1",
        "uuid": None,
    }
    disk |= {"tran": "sata", "rota": True, "rm": False, "ro": False, "children": [part]}
    links = "total 0\nlrwxrwxrwx 1 root root 9 Nov 1 10:00 wwn-2 -> ../../sda\n"
    links += "lrwxrwxrwx 1 root root 9 Nov 1 10:00 ata-1 -> ../../sda\n"
    found = disks.block_devices(
        tree(disk),
        Around(
            signatures={"/dev/sda": ("gpt", "PMBR"), "/dev/sda1": ("ext4",)},
            samples={"/dev/sda": "MiB 0: differs"},
            links="sda1 holders dm-0\nsda1 slaves sda\n",
            by_id=links,
        ),
    )
    expected = BlockDevice(
        name="sda",
        type="disk",
        size_bytes=100,
        model="Example",
        serial="S1",
        transport="sata",
        rotational=True,
        removable=False,
        read_only=False,
        filesystem=None,
        signatures=("gpt", "PMBR"),
        mountpoints=(),
        holders=(),
        parents=(),
        children=("sda1",),
        by_id=("/dev/disk/by-id/ata-1", "/dev/disk/by-id/wwn-2"),
        wwn="eui.1",
        sampled="MiB 0: differs",
    )
    assert found[0] == expected
    assert (found[1].parents, found[1].holders, found[1].filesystem, found[1].mountpoints) == (
        ("sda",),
        ("dm-0",),
        "ext4",
        ("/",),
    )


def test_raid_shows_up_once_with_all_its_parents() -> None:
    raid = {"name": "md0", "kname": "md0", "type": "raid0", "size": 20}
    found = disks.block_devices(
        tree(*({"name": name, "type": "disk", "size": 10, "children": [raid]} for name in ("sda", "sdb"))), Around()
    )
    assert [(device.name, device.parents, device.children) for device in found] == [
        ("sda", (), ("md0",)),
        ("md0", ("sda", "sdb"), ()),
        ("sdb", (), ("md0",)),
    ]


def test_mapped_devices_go_by_their_kernel_name() -> None:
    row = {"name": "vg-models", "kname": "dm-0", "path": "/dev/mapper/vg-models", "type": "lvm", "size": 5}
    found = disks.block_devices(tree(row), Around(signatures={"/dev/mapper/vg-models": ("xfs",)}, by_id=NO_UDEV))
    assert (found[0].name, found[0].filesystem, found[0].path) == ("dm-0", "xfs", "/dev/mapper/vg-models")


@pytest.mark.parametrize(
    ("fstype", "signed", "expected"),
    [
        ("ext4", Missing("denied"), "ext4"),
        (None, (), None),  # read, and blank
        (None, ("gpt", "PMBR"), None),  # a partition table is no file system
        (None, ("ext4",), "ext4"),  # udev does not run in containers
        (None, ("dos", "LVM2_member"), "LVM2_member"),
        (None, Missing("denied"), Missing("lsblk tells none, and signatures: denied")),
        ("", (), None),
    ],
)
def test_silence_of_lsblk_is_no_proof_of_emptiness(
    fstype: str | None, signed: tuple[str, ...] | Missing, expected: object
) -> None:
    row = {"name": "sdb", "type": "disk", "size": 5, "fstype": fstype}
    assert disks.block_devices(tree(row), Around(signatures={"/dev/sdb": signed}))[0].filesystem == expected


@pytest.mark.parametrize(
    ("row", "points"),
    [
        ({"mountpoints": [None]}, ()),
        ({"mountpoints": ["/a", None, "/b", "/a"]}, ("/a", "/b")),
        ({"mountpoint": "/old"}, ("/old",)),  # util-linux before 2.37
        ({"mountpoint": None}, ()),
        ({}, ()),
    ],
)
def test_mountpoints_of_all_versions(row: dict[str, object], points: tuple[str, ...]) -> None:
    device = {"name": "sda", "type": "disk", "size": "7", "rota": "1", "rm": "0", "ro": "1", **row}
    found = disks.block_devices(tree(device), Around())[0]
    assert (found.mountpoints, found.size_bytes, found.rotational, found.removable, found.read_only) == (
        points,
        7,
        True,
        False,
        True,
    )


@pytest.mark.parametrize(
    "text", ["", "[]", "{}", '{"blockdevices": [3]}', '{"blockdevices": [{"size": 3}]}', tree({"name": "a", "size": "x"})]
)
def test_tree_that_makes_no_sense(text: str) -> None:
    with pytest.raises(ParseError):
        disks.block_devices(text, Around())


def test_signatures() -> None:
    text = (
        '==> /dev/sda\n{"signatures": [{"device": "sda", "type": "gpt"}, {"device": "sda", "type": "PMBR"}]}\n--> exit 0\n'
        '==> /dev/sdb\n{\n   "signatures": [\n   ]\n}\n--> exit 0\n'
        "==> /dev/sdc\n--> exit 0\n"
        "==> /dev/sdd\nwipefs: error: /dev/sdd: probing initialization failed: Permission denied\n--> exit 1\n"
        "==> /dev/sde\n--> exit 1\n"
        "==> /dev/sdf\n"
    )
    assert disks.signatures(text) == {
        "/dev/sda": ("gpt", "PMBR"),
        "/dev/sdb": (),
        "/dev/sdc": (),
        "/dev/sdd": Missing("wipefs: error: /dev/sdd: probing initialization failed: Permission denied"),
        "/dev/sde": Missing("wipefs ended with exit status 1"),
        "/dev/sdf": Missing("wipefs did not get to it in time"),
    }


@pytest.mark.parametrize(
    ("said", "expected"),
    [
        ("--> exit", None),
        ("MiB 0: - /dev/zero differ: byte 1025, line 1\n--> exit", "MiB 0: - /dev/zero differ: byte 1025, line 1"),
        ("MiB 3: cmp: EOF on - which is empty\n--> exit", Missing("it could not be read at MiB 3")),
        ("", Missing("the disk was not read in time")),
    ],
)
def test_samples_of_a_disk(said: str, expected: object) -> None:
    assert disks.samples(f"==> /dev/sda\n{said}\n") == {"/dev/sda": expected}
