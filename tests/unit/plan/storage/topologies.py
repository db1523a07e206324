"""Random machines by their disks, and what the generator itself knows to be blank: it is asked, not the code under test."""

from dataclasses import dataclass, field

from hypothesis import strategies as st

from tests.unit.plan.storage.topology import GB, Machine, Node, by_id, system

SIGNATURES = (
    "ext4", "xfs", "btrfs", "ntfs", "vfat", "swap", "zfs_member", "crypto_LUKS",
    "LVM2_member", "linux_raid_member", "isw_raid_member", "ddf_raid_member",
    "bcache", "ceph_bluestore", "drbd", "VMFS_volume_member", "mpath_member", "gpt", "dos", "iso9660",
)  # fmt: skip
USES = (
    "signature", "unread", "data",
    "partition", "empty partition", "mounted", "swap", "swap partition", "array", "mdstat only",
    "volume", "pvs only", "crypt", "zpool only", "holder only", "fstab device", "fstab link", "fstab path", "crypttab",
    "read-only", "removable", "usb", "no serial", "twin", "no link", "no size", "not probed",
    "not sampled", "not in time", "multipath",
)  # fmt: skip
ROOTS = ("plain", "lvm", "luks", "raid1", "btrfs", "zfs", "whole disk", "/dev/root", "overlay", "unknown")
UNREAD = ("lsblk", "mdstat", "lvm", "zfs", "fstab", "crypttab", "swaps", "findmnt", "wipefs", "disk-samples", "by-id")


@dataclass
class Made:
    """A machine, its spare disks by whether the generator left them blank, and what the user names."""

    machine: Machine
    blank: list[Node] = field(default_factory=list)
    used: list[Node] = field(default_factory=list)
    closed: bool = False  # nothing may be formatted at all: a container, or something that could not be read
    named: tuple[str, ...] = ()
    raid0: bool = False
    left_out: list[tuple[Node, str]] = field(default_factory=list)  # disks that a command's output says nothing of


@st.composite
def machines(draw):
    """A machine whose disks are each blank or used in some way, whose root lies anywhere, of which something may be unread."""
    base = draw(st.sampled_from(["desktop-3090", "desktop-3090", "aws-g5", "nspawn", "wsl2"]))
    names = draw(st.permutations([f"nvme{number}n1" for number in range(3)] + ["sda", "sdb", "vdc"]))
    root, rest = names[0], names[1:]
    made = Made(Machine([], base=base))
    _root(draw, made, root)
    for name in rest[: draw(st.integers(0, 4))]:
        use = draw(st.sampled_from(["", *USES]) if draw(st.booleans()) else st.just(""))
        node = Node(
            name, size=draw(st.sampled_from([4, 500, 500, 2000])) * GB, tran="nvme" if name.startswith("nvme") else "sata"
        )
        made.machine.disks.append(node)
        (made.used if use else made.blank).append(node)
        if use:
            _use(draw, made, node, use)
    for node, use in made.left_out:  # once all disks are there
        _leave_out(made.machine, node, use)
    if broken := draw(st.sampled_from(["", "", "", *UNREAD])):
        made.machine.sections[broken] = ("", "Permission denied", 1)
    made.closed = bool(broken) or base in ("nspawn", "wsl2") or made.closed
    links = [f"/dev/disk/by-id/{link}" for node in made.machine.nodes() for link in node.links]
    made.named = tuple(draw(st.lists(st.sampled_from([*links, "/dev/disk/by-id/none"]), max_size=3)))
    made.raid0 = draw(st.booleans()) if len(made.named) > 1 else False
    return made


def _root(draw, made, name):
    kind = draw(st.sampled_from(ROOTS))
    machine = made.machine
    disk = system(name)
    part = disk.children[1]
    machine.disks.append(disk)
    made.used.append(disk)
    if kind in ("lvm", "luks", "raid1", "btrfs"):
        part.mounts, part.fstype = (
            (),
            {"lvm": "LVM2_member", "luks": "crypto_LUKS", "raid1": "linux_raid_member"}.get(kind, "btrfs"),
        )
    if kind == "lvm":
        part.children = [Node("dm-0", "lvm", 90 * GB, "ext4", mounts=("/",), path="/dev/mapper/vg-root", model=None)]
        machine.pvs = ((part.dev, "vg", 50 * GB),)
    elif kind == "luks":
        part.children = [Node("dm-0", "crypt", 90 * GB, "ext4", mounts=("/",), path="/dev/mapper/luks-root", model=None)]
    elif kind == "raid1":
        array = Node("md0", "raid1", 90 * GB, "ext4", mounts=("/",), model=None)
        part.children = [array]
        other = Node("sdz", size=512 * GB, children=[Node("sdz1", "part", 90 * GB, "linux_raid_member", children=[array])])
        machine.disks.append(other)
        made.used.append(other)
        machine.mdstat = f"md0 : active raid1 sdz1[1] {part.name}[0]\n"
    elif kind == "btrfs":
        machine.root = (f"{part.dev}[/@]", "btrfs")
    elif kind in ("zfs", "whole disk", "/dev/root", "overlay", "unknown"):
        _odd_root(made, disk, kind)


def _odd_root(made, disk, kind):
    part = disk.children[1]
    if kind == "whole disk":
        disk.children, disk.fstype, disk.mounts = [], "ext4", ("/",)
    elif kind == "/dev/root":
        made.machine.root = ("/dev/root", "ext4")  # lsblk still shows where it is mounted
    elif kind == "zfs":
        part.mounts, part.fstype = (), "zfs_member"
        made.machine.root, made.machine.zpool = ("rpool/ROOT/ubuntu", "zfs"), (part.dev,)
    else:
        part.mounts, disk.children[0].mounts = (), ()
        made.machine.root = ("overlay", "overlay") if kind == "overlay" else ("/dev/mapper/gone", "ext4")
        made.closed = True


def _use(draw, made, node, use):
    machine = made.machine
    if use in _SIMPLE:
        _SIMPLE[use](node)
    elif use == "signature":
        node.signatures = (draw(st.sampled_from(SIGNATURES)),)
        node.fstype = node.signatures[0] if draw(st.booleans()) else None
    elif use in _CHILDREN:
        node.children = [_CHILDREN[use](node)]
    elif use == "mdstat only":
        machine.mdstat += f"md9 : inactive {node.name}[0](S)\n"
    elif use == "pvs only":
        machine.pvs = (*(machine.pvs or ()), (node.dev, "data", 0))
    elif use == "zpool only":
        machine.zpool = (*(machine.zpool or ()), node.dev if draw(st.booleans()) else by_id(node))
    elif use.startswith("fstab"):
        source = {"device": node.dev, "link": by_id(node), "path": "/dev/disk/by-path/pci-0000:02:00.0"}[use.partition(" ")[2]]
        machine.fstab += f"{source} /old ext4 defaults 0 2\n"
        made.closed = made.closed or use == "fstab path"  # a link by path may mean any disk
    elif use == "crypttab":
        machine.crypttab = f"{machine.crypttab or ''}data {by_id(node)} none luks\n"
    elif use == "twin":
        other = Node(f"{node.name}x".replace("n1x", "n2"), size=node.size, serial=node.number, by_id=())
        machine.disks.append(other)
        made.used.append(other)
    else:
        made.left_out.append((node, use))


def _leave_out(machine, node, use):
    texts = machine.texts()
    if use == "holder only":
        machine.sections["block-links"] = (f"{texts['block-links'][0]}{node.name} holders dm-7\n", "", 0)
        return
    name = "wipefs" if use == "not probed" else "disk-samples"
    text = "".join(part for part in _blocks(texts[name][0]) if not part.startswith(f"==> {node.dev}\n"))
    machine.sections[name] = (text + (f"==> {node.dev}\n" if use == "not in time" else ""), "", 0)


def _blocks(text):
    return [f"==> {part}" for part in text.split("==> ") if part]


_SIMPLE = {
    "unread": lambda node: setattr(node, "unread", "Operation not permitted"),
    "data": lambda node: setattr(node, "data", True),
    "mounted": lambda node: node.__dict__.update(fstype=None, signatures=(), mounts=("/data",)),
    "swap": lambda node: node.__dict__.update(swap=True, signatures=()),
    "read-only": lambda node: setattr(node, "ro", True),
    "removable": lambda node: setattr(node, "rm", True),
    "usb": lambda node: setattr(node, "tran", "usb"),
    "no serial": lambda node: node.__dict__.update(serial=None, by_id=("nvme-nameless",)),
    "no link": lambda node: setattr(node, "by_id", ()),
    "no size": lambda node: setattr(node, "size", 0),
}
_CHILDREN = {
    "partition": lambda node: Node(f"{node.name}p1", "part", 9 * GB, "ext4"),
    "empty partition": lambda node: Node(f"{node.name}p1", "part", 9 * GB),
    "swap partition": lambda node: Node(f"{node.name}p1", "part", 9 * GB, swap=True),
    "array": lambda _: Node("md7", "raid0", 9 * GB),
    "volume": lambda _: Node("dm-5", "lvm", 9 * GB, path="/dev/mapper/data-models"),
    "crypt": lambda _: Node("dm-6", "crypt", 9 * GB, path="/dev/mapper/secret"),
    "multipath": lambda _: Node("dm-8", "mpath", 9 * GB, path="/dev/mapper/mpatha"),
}
