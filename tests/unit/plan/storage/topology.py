"""Machines by their disks, as the commands on them would print it: the texts go through the real parsers."""

import json
from collections.abc import Iterator
from dataclasses import dataclass, field, replace
from functools import cache

from rigprov.facts.build import host_facts
from rigprov.facts.recording import Section
from tests.unit.facts import rigs

GB = 10**9


@dataclass
class Node:
    """A block device. The same object under several parents is an array over them."""

    name: str
    type: str = "disk"
    size: int = 1000 * GB
    fstype: str | None = None
    signatures: tuple[str, ...] | None = None  # None: follows from fstype; what wipefs says
    unread: str = ""  # why wipefs and samples failed
    mounts: tuple[str, ...] = ()
    children: list["Node"] = field(default_factory=list)
    model: str | None = "Example NVMe"
    serial: str | None = ""  # "": follows from the name
    tran: str | None = "nvme"
    wwn: str | None = None
    uuid: str | None = None
    label: str | None = None
    ro: bool = False
    rm: bool = False
    rota: bool = False
    by_id: tuple[str, ...] | None = None  # None: one link of model and serial
    data: bool = False  # data without a signature: a damaged file system
    swap: bool = False
    path: str = ""
    mount_options: str = "rw,relatime"
    free: int | None = None

    @property
    def dev(self):
        return self.path or f"/dev/{self.name}"

    @property
    def number(self):
        return self.serial if self.serial != "" else f"SN{self.name.upper()}"

    @property
    def links(self):
        if self.by_id is not None:
            return self.by_id
        if self.type == "disk" and self.number and self.model:
            return (f"{self.tran or 'scsi'}-{self.model.replace(' ', '_')}_{self.number}",)
        return ()

    def row(self):
        return {
            "name": self.path.rpartition("/")[2] or self.name, "kname": self.name, "path": self.dev, "type": self.type,
            "size": self.size, "fstype": self.fstype, "mountpoints": list(self.mounts) or [None], "model": self.model,
            "serial": self.number if self.type == "disk" else None, "tran": self.tran, "wwn": self.wwn, "uuid": self.uuid,
            "label": self.label, "ro": self.ro, "rm": self.rm, "hotplug": False, "rota": self.rota,
            **({"children": [child.row() for child in self.children]} if self.children else {}),
        }  # fmt: skip


@dataclass
class Machine:
    """Disks and what else tells of them."""

    disks: list[Node]
    root: tuple[str, str] = ("", "")  # source and file system of /, where no device carries it
    mdstat: str = ""
    pvs: tuple[tuple[str, str, int], ...] | None = None  # path, group, free bytes of the group; None: no LVM tools
    zpool: tuple[str, ...] | None = None
    fstab: str = "# empty\n"
    crypttab: str | None = None
    note: str | None = None  # of the role
    models: str = ""
    base: str = "desktop-3090"
    sections: dict[str, tuple[str, str, int]] = field(default_factory=dict)  # more, or instead

    def facts(self):
        """What a probe of this machine would find. The rest of it is the base's."""
        return host_facts(self.recording())

    def recording(self):
        """The base's recording with the sections of these disks."""
        found = _base(self.base)
        sections = {name: Section(name, found.sections[name].command, *text) for name, text in self.texts().items()}
        return replace(found, sections={**found.sections, **sections})

    def nodes(self) -> Iterator[Node]:
        found = {}
        todo = list(self.disks)
        while todo:
            node = todo.pop()
            found[node.name] = node
            todo += node.children
        yield from found.values()

    def texts(self):
        absent = ("", "", 3)
        nodes = list(self.nodes())
        return {
            "lsblk": (json.dumps({"blockdevices": [disk.row() for disk in self.disks]}), "", 0),
            "wipefs": ("".join(_wipefs(node) for node in nodes if node.type not in ("rom", "loop")), "", 0),
            "disk-samples": ("".join(_samples(node) for node in nodes if node.type == "disk" and not node.children), "", 0),
            "by-id": ("total 0\n" + "".join(_links(node) for node in nodes), "", 0),
            "block-links": ("".join(f"{node.name} holders {child.name}\n" for node in nodes for child in node.children
                                    if child.type != "part"), "", 0),
            "findmnt": (self._findmnt(nodes), "", 0),
            "swaps": (_swaps(nodes), "", 0),
            "mdstat": (f"Personalities : [raid0]\n{self.mdstat}unused devices: <none>\n", "", 0),
            "lvm": absent if self.pvs is None else (json.dumps({"report": [{"pv": [
                {"pv_name": path, "vg_name": group, "vg_free": str(free)} for path, group, free in self.pvs]}]}), "", 0),
            "zfs": absent if self.zpool is None else (
                "  pool: tank\n" + "".join(f"\t    {one}  ONLINE 0 0 0\n" for one in self.zpool), "", 0),
            "fstab": (self.fstab, "", 0),
            "crypttab": absent if self.crypttab is None else (self.crypttab, "", 0),
            "model-disk": absent if self.note is None else (self.note, "", 0),
            "model-files": (self.models, "", 0),
            **self.sections,
        }  # fmt: skip

    def _findmnt(self, nodes):
        rows = [
            {"target": target, "source": node.dev, "fstype": node.fstype or "ext4", "options": node.mount_options,
             "size": node.size, "avail": node.size * 9 // 10 if node.free is None else node.free}
            for node in nodes for target in node.mounts if target.startswith("/")
        ]  # fmt: skip
        if self.root[0]:
            rows.append(
                {
                    "target": "/",
                    "source": self.root[0],
                    "fstype": self.root[1],
                    "options": "rw",
                    "size": 900 * GB,
                    "avail": 700 * GB,
                }
            )
        return json.dumps({"filesystems": sorted(rows, key=lambda row: row["target"])})


@cache
def _base(name):
    return rigs.rig(name)


def _wipefs(node):
    if node.unread:
        return f"==> {node.dev}\nwipefs: error: {node.dev}: {node.unread}\n--> exit 1\n"
    kinds = node.signatures if node.signatures is not None else (node.fstype,) if node.fstype else ()
    if node.signatures is None and any(child.type == "part" for child in node.children):
        kinds = ("gpt", "PMBR")
    rows = [{"device": node.name, "offset": "0x0", "type": kind} for kind in kinds]
    return f"==> {node.dev}\n{json.dumps({'signatures': rows})}\n--> exit 0\n"


def _samples(node):
    said = ""
    if node.unread:
        said = "MiB 0: cmp: EOF on - which is empty\n"
    elif node.data or node.fstype or node.signatures:
        said = "MiB 0: - /dev/zero differ: byte 1025, line 1\n"
    return f"==> {node.dev}\n{said}--> exit\n"


def _links(node):
    return "".join(f"lrwxrwxrwx 1 root root 13 Nov 20 08:12 {one} -> ../../{node.name}\n" for one in node.links)


def _swaps(nodes):
    rows = "".join(f"{node.dev} partition 8388604 0 -2\n" for node in nodes if node.swap)
    return f"Filename\t\tType\t\tSize\t\tUsed\t\tPriority\n{rows}"


def system(name="nvme0n1", size=512 * GB, **changes):
    """A disk with an EFI partition and an ext4 root."""
    esp = Node(f"{name}p1", "part", 10**9, "vfat", mounts=("/boot/efi",), model=None, serial=None)
    root = Node(f"{name}p2", "part", size - 10**9, "ext4", mounts=("/",), model=None, serial=None)
    return replace(Node(name, size=size, children=[esp, root]), **changes)


def by_id(node):
    """Its first link."""
    return f"/dev/disk/by-id/{node.links[0]}"
