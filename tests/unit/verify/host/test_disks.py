"""Trees as the kernel shows them, and this machine's own."""

import os
from pathlib import Path
from typing import Any

import pytest

from rigprov.verify.host import disks

NVME = "devices/pci0000:00/0000:00:01.1/0000:01:00.0/nvme/nvme0/nvme0n1"
SATA = "devices/pci0000:00/0000:00:17.0/ata3/host2/target2:0:0/2:0:0:0/block/sda"
USB = "devices/pci0000:00/0000:00:14.0/usb2/2-1/2-1:1.0/host4/target4:0:0/4:0:0:0/block/sdb"
SLOT = {"current_link_speed": "8.0 GT/s PCIe\n", "current_link_width": "2\n", "max_link_speed": "8.0 GT/s PCIe\n"}


class Sys:
    """A part of /sys below a folder."""

    def __init__(self, root: Path) -> None:
        self.root = root

    def put(self, path: str, **files: str | bytes) -> Path:
        """A directory with files; `a__b` is a file in a directory `a`."""
        folder = self.root / path
        folder.mkdir(parents=True, exist_ok=True)
        for name, content in files.items():
            file = folder / name.replace("__", "/")
            file.parent.mkdir(parents=True, exist_ok=True)
            file.write_bytes(content if isinstance(content, bytes) else content.encode())
        return folder

    def block(self, path: str, number: str, **files: str | bytes) -> None:
        """A block device with its links."""
        folder = self.put(path, **files)
        for link in (self.root / "class/block" / folder.name, self.root / "dev/block" / number):
            link.parent.mkdir(parents=True, exist_ok=True)
            link.symlink_to(folder)

    def slave(self, path: str, *names: str) -> None:
        for name in names:
            self.put(f"{path}/slaves")
            (self.root / path / "slaves" / name).symlink_to(self.root / "class/block" / name)

    def nvme(self) -> None:
        self.block(NVME, "259:0", queue__rotational="0\n")
        self.put(f"{NVME}/..", transport="pcie\n", model="Samsung SSD 990 PRO 2TB                 \n")
        (self.root / NVME / "device").symlink_to("..")
        (self.root / NVME / "../device").symlink_to("../..")
        self.put(f"{NVME}/../../..", max_link_width="4\n", **{**SLOT, "max_link_speed": "16.0 GT/s PCIe\n"})
        self.put(f"{NVME}/../../../..", max_link_width="2\n", **SLOT)

    def sata(self) -> None:
        self.block(SATA, "8:0", queue__rotational="1\n")
        page = bytes([0, 0xB1, 0, 60]) + (7200).to_bytes(2, "big") + bytes(58)
        self.put(f"{SATA}/../..", vendor="ATA     \n", model="ST4000DM004-2CV1\n", vpd_pgb1=page)
        (self.root / SATA / "device").symlink_to("../..")
        self.put("class/ata_link/link3", sata_spd="6.0 Gbps\n", sata_spd_limit="<unknown>\n", hw_sata_spd_limit="6.0 Gbps\n")


@pytest.fixture
def sys(tmp_path: Path) -> Sys:
    return Sys(tmp_path / "sys")


@pytest.fixture
def under(sys: Sys, tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Any:
    """What lies under a file on the device of that number."""
    model = tmp_path / "model"
    model.touch()
    real = os.stat

    def call(major: int, minor: int, kind: str = "ext4", source: str = "/dev/x") -> dict[str, Any]:
        monkeypatch.setattr(disks, "mount_of", lambda _: (kind, source))

        def stat(path: Any, **options: Any) -> os.stat_result:
            found = list(real(path, **options))
            found[2] = os.makedev(major, minor)
            return os.stat_result(found)

        monkeypatch.setattr(os, "stat", stat)
        try:
            return disks.under(str(model), str(sys.root))
        finally:
            monkeypatch.setattr(os, "stat", real)

    return call


def test_nvme_with_its_slot(sys: Sys, under: Any) -> None:
    sys.nvme()
    sys.block(f"{NVME}/nvme0n1p2", "259:2", partition="2\n")
    found = under(259, 2)
    (one,) = found["disks"]
    assert (one["name"], one["model"], one["rotational"], one["transport"]) == ("nvme0n1", "Samsung SSD 990 PRO 2TB", "0", "pcie")
    assert [(port["address"], port["max_link_speed"], port["max_link_width"]) for port in one["pci"]] == [
        ("0000:01:00.0", "16.0 GT/s PCIe", "4"),
        ("0000:00:01.1", "8.0 GT/s PCIe", "2"),
    ]
    assert {port["current_link_width"] for port in one["pci"]} == {"2"}
    assert (found["file_system"], found["layers"], "reason" in found) == ("ext4", [], False)


def test_nvme_behind_a_subsystem(sys: Sys, under: Any) -> None:
    """As kernels with multipath show it."""
    controller = "devices/pci0000:00/0000:00:01.1/0000:01:00.0/nvme/nvme0"
    sys.put(controller, transport="pcie\n")
    sys.put(f"{controller}/../..", max_link_width="4\n", **SLOT)
    head = "devices/virtual/nvme-subsystem/nvme-subsys0/nvme0n1"
    sys.block(head, "259:0", queue__rotational="0\n")
    sys.put(f"{head}/..", model="WD_BLACK SN850X\n")
    (sys.root / head / "device").symlink_to("..")
    (sys.root / head / "../nvme0").symlink_to(sys.root / controller)
    (one,) = under(259, 0)["disks"]
    assert (one["model"], one["transport"], one["pci"][0]["address"]) == ("WD_BLACK SN850X", "pcie", "0000:01:00.0")


def test_hard_disk_at_sata(sys: Sys, under: Any) -> None:
    sys.sata()
    (one,) = under(8, 0)["disks"]
    assert (one["model"], one["rotational"], one["rpm"], one["usb_mbit"]) == ("ATA ST4000DM004-2CV1", "1", 7200, "")
    assert one["sata"] == {"sata_spd": "6.0 Gbps", "sata_spd_limit": "<unknown>", "hw_sata_spd_limit": "6.0 Gbps"}


def test_usb(sys: Sys, under: Any) -> None:
    sys.block(USB, "8:16", queue__rotational="1\n")
    sys.put("devices/pci0000:00/0000:00:14.0/usb2", speed="10000\n", bNumInterfaces=" 1\n")  # the hub
    sys.put("devices/pci0000:00/0000:00:14.0/usb2/2-1", speed="480\n", bNumInterfaces=" 1\n")
    (one,) = under(8, 16)["disks"]
    assert (one["usb_mbit"], one["sata"], one["rpm"]) == ("480", {}, None)


def test_encrypted_volume_on_a_raid(sys: Sys, under: Any) -> None:
    sys.nvme()
    sys.sata()
    sys.block("devices/virtual/block/md0", "9:0", md__level="raid0\n")
    sys.slave("devices/virtual/block/md0", "nvme0n1", "sda")
    sys.block("devices/virtual/block/dm-0", "253:0", dm__uuid="CRYPT-LUKS2-0123-luks\n")
    sys.slave("devices/virtual/block/dm-0", "md0")
    sys.block("devices/virtual/block/dm-1", "253:1", dm__uuid="LVM-abcdef\n")
    sys.slave("devices/virtual/block/dm-1", "dm-0")
    found = under(253, 1)
    assert [(one["kind"], one["members"]) for one in found["layers"]] == [("LVM", 1), ("CRYPT", 1), ("raid0", 2)]
    assert [one["name"] for one in found["disks"]] == ["nvme0n1", "sda"]


def test_two_parts_of_one_disk_are_one_disk(sys: Sys, under: Any) -> None:
    sys.sata()
    for number in (1, 2):
        sys.block(f"{SATA}/sda{number}", f"8:{number}", partition=f"{number}\n")
    sys.block("devices/virtual/block/dm-0", "253:0", dm__uuid="LVM-abc\n")
    sys.slave("devices/virtual/block/dm-0", "sda1", "sda2")
    assert [one["name"] for one in under(253, 0)["disks"]] == ["sda"]


@pytest.mark.parametrize(
    ("device", "mount", "said"),
    [
        ((0, 50), ("overlay", "overlay"), "is on overlay (overlay), which shows no disk"),
        ((0, 51), ("nfs4", "nas:/models"), "is on nfs4 (nas:/models), which shows no disk"),
        ((8, 99), ("ext4", "/dev/sdz"), "is on block device 8:99, which {sys} does not show"),
        ((7, 0), ("ext4", "/dev/loop0"), "is on disk image loop0, whose own file is not visible here"),
        ((253, 7), ("ext4", "/dev/dm-7"), "is on dm-7, which shows no disk below it"),
    ],
)
def test_what_cannot_be_seen(sys: Sys, under: Any, device: tuple[int, int], mount: tuple[str, str], said: str) -> None:
    sys.block("devices/virtual/block/loop0", "7:0", loop__backing_file="/none/of/these.img (deleted)\n")
    sys.block("devices/virtual/block/dm-7", "253:7", dm__uuid="LVM-abc\n")
    found = under(*device, *mount)
    assert (found["reason"], found["disks"], found["file_system"]) == (said.format(sys=sys.root), [], mount[0])


@pytest.mark.parametrize(("dio", "backing", "hidden"), [("0", True, "loop0"), ("1", False, "")])
def test_a_disk_image_is_a_second_cache(sys: Sys, under: Any, tmp_path: Path, dio: str, *, backing: bool, hidden: str) -> None:
    """Unless the kernel reads it past its memory."""
    sys.sata()
    image = tmp_path / "image"
    sys.block("devices/virtual/block/loop0", "7:0", loop__backing_file=f"{image}\n", loop__dio=f"{dio}\n")
    assert under(7, 0)["hidden"] == hidden
    image.touch()
    assert under(7, 0)["backing"] == ([str(image)] * 9 if backing else [])  # the stand-in says that the image lies on itself


def test_a_circle_ends(sys: Sys, under: Any) -> None:
    sys.block("devices/virtual/block/dm-0", "253:0", dm__uuid="LVM-abc\n")
    sys.slave("devices/virtual/block/dm-0", "dm-0")
    assert under(253, 0)["reason"] == "is on devices that lie on each other"


def test_this_machine(on_disk: Path) -> None:
    """Compared with what the kernel says in another place."""
    (on_disk / "model").touch()
    found = disks.under(str(on_disk / "model"))
    kind, source = disks.mount_of(str(on_disk / "model"))
    assert found["file_system"] == kind
    if source.startswith("/dev/") and "reason" not in found:
        assert found["disks"]
        assert all(Path("/sys/block", one["name"]).exists() for one in found["disks"])
        known = {line.split()[3] for line in Path("/proc/partitions").read_text().splitlines()[2:]}
        assert {one["name"] for one in found["disks"]} <= known
