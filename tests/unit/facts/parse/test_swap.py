"""What may be swap, who sets it up, and what hibernation needs of it. Texts are from real machines where not said otherwise."""

import pytest

from rigprov.facts.parse import swap
from rigprov.facts.parse.fields import ParseError
from rigprov.model.host import Missing
from rigprov.model.swap import Btrfs, Resume, SwapFile, Swappiness, Swapping
from tests.unit.facts.rigs import facts

BTRFS = """==> /
Label: none  uuid: d071b845-83bd-4b54-87d5-f82162e12e61
\tTotal devices 1 FS bytes used 144.00KiB
\tdevid    1 size 300.00MiB used 88.00MiB path /dev/loop0

Data, single: total=8.00MiB, used=0.00B
System, DUP: total=8.00MiB, used=16.00KiB
Metadata, DUP: total=32.00MiB, used=128.00KiB
GlobalReserve, single: total=5.50MiB, used=0.00B
a
\tName: \t\t\ta
\tUUID: \t\t\t3902ea1e-39ea-474e-829c-b99e28fe4393
\tFlags: \t\t\t-
\tSnapshot(s):
\t\t\t\tsnap1
\tQuota group:\t\tn/a
"""


@pytest.mark.parametrize(
    ("text", "expected"),
    [("2 No such file or directory", True), ("1 Operation not permitted", False), ("38 Function not implemented", False)],
)
def test_swapon_permitted(text: str, expected: bool) -> None:
    assert swap.allowed(text) is expected


@pytest.mark.parametrize("text", ["", "0 ", "22 Invalid argument", "rubbish"])
def test_an_answer_of_another_kind_is_none(text: str) -> None:
    with pytest.raises(ParseError):
        swap.allowed(text)


def test_files() -> None:
    text = (
        "==> /swapfile\nkind=file\nbytes=67108864\ntype=swap\nlabel=rigprov\n"
        "==> /swapfile.rigprov-new\nkind=file\nbytes=10\ntype=\nlabel=\n"
        "==> /dev/dm-1\nkind=block\ntype=swap\nlabel=rigprov\n==> /swap.img\nkind=other"
    )
    found = swap.files(text)
    assert found == (
        SwapFile("/swapfile", "file", 67108864, "swap", "rigprov"),
        SwapFile("/swapfile.rigprov-new", "file", 10),
        SwapFile("/dev/dm-1", "block", 0, "swap", "rigprov"),
        SwapFile("/swap.img", "other"),
    )
    assert [file.ours for file in found] == [True, False, False, False]


@pytest.mark.parametrize(
    ("text", "expected"),
    [
        ("", ()),
        ("dphys-swapfile\nzswap\n", ("dphys-swapfile", "zswap")),
        ("systemd-zram-generator\n", ()),  # without a configuration it makes no device
        ("systemd-zram-generator\nzram-generator.conf\nwaagent\n", ("waagent", "zram-generator")),
    ],
)
def test_managers(text: str, expected: tuple[str, ...]) -> None:
    assert swap.managers(text) == expected


@pytest.mark.parametrize(
    ("text", "expected"),
    [
        ("", Resume()),
        ("resume=0:0\nresume_offset=0\nresume=none\nresume=auto\n", Resume()),
        ("resume=259:2\nresume=UUID=12-34\nresume=UUID=12-34\n", Resume(("259:2", "UUID=12-34"))),
        ("resume=259:2\nresume_offset=34816\n", Resume(("259:2",), offset=True)),
        ('resume="/dev/sda3"\n', Resume(("/dev/sda3",))),
    ],
)
def test_resume(text: str, expected: Resume) -> None:
    assert swap.resume(text) == expected
    assert expected.used == bool(expected.devices)


def test_swappiness_in_the_order_of_the_files_names() -> None:
    text = (
        "10\n/etc/sysctl.d/60-rigprov-swap.conf:vm.swappiness = 10\n/etc/sysctl.d/99-sysctl.conf:vm.swappiness=1\n"
        "/usr/lib/sysctl.d/50-default.conf:-vm/swappiness = 40\n/usr/lib/sysctl.d/99-sysctl.conf:vm.swappiness=70\n"
    )
    expected = (
        ("/usr/lib/sysctl.d/50-default.conf", 40),
        ("/etc/sysctl.d/60-rigprov-swap.conf", 10),
        ("/etc/sysctl.d/99-sysctl.conf", 1),
    )
    assert swap.swappiness(text) == Swappiness(10, expected)


@pytest.mark.parametrize("text", ["", "many", "60\nrubbish"])
def test_swappiness_that_makes_no_sense(text: str) -> None:
    with pytest.raises(ParseError):
        swap.swappiness(text)


def test_btrfs() -> None:
    assert swap.btrfs("") == ()
    assert swap.btrfs(BTRFS) == (Btrfs("/", 1, ("single",), ("snap1",)),)
    two = (
        BTRFS.replace("devices 1", "devices 2")
        .replace("Data, single: total", "Data, RAID1: total")
        .replace("\t\t\t\tsnap1\n", "")
    )
    assert swap.btrfs(two) == (Btrfs("/", 2, ("RAID1",), ()),)
    with pytest.raises(ParseError, match="nothing about the devices and profiles of /"):
        swap.btrfs("==> /\nERROR: not a btrfs filesystem: /")


def test_recordings() -> None:
    pi = facts("raspberry-pi-5").swapping
    assert (pi.allowed, pi.managers, pi.files) == (True, ("dphys-swapfile",), (SwapFile("/var/swap", "file", 536870912, "swap"),))
    assert facts("runpod").swapping.allowed is False


def test_what_could_not_be_read() -> None:
    denied = ("", "swap files: Permission denied", 1)
    found = facts("desktop-3090", privilege=("user=ops\nhow=none", "", 0), swap_files=denied, swapon_allowed=("", "", 3)).swapping
    assert found.files == Missing("needs root: `swap-files`: swap files: Permission denied")
    assert found.allowed == Missing("there is no perl to ask with")
    assert Swapping().files == Missing("not asked")
