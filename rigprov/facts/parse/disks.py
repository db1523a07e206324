"""Block devices and the signatures on them."""

import re
from collections.abc import Iterator, Mapping
from dataclasses import dataclass, field
from typing import Any

from rigprov.facts.parse.fields import ParseError, document, number, parts
from rigprov.model.host import BlockDevice, Missing

# Signatures that are partition tables, not file systems.
_TABLES = frozenset({"gpt", "PMBR", "dos", "mac", "sun", "sgi", "bsd", "atari"})


@dataclass
class _Node:
    """One device while the tree is walked: a RAID shows up under each of its parents."""

    row: Mapping[str, Any]
    parents: dict[str, None] = field(default_factory=dict)
    children: dict[str, None] = field(default_factory=dict)


@dataclass(frozen=True)
class Around:
    """What is known of devices beside `lsblk`: signatures and samples by path, sysfs's holders and slaves, by-id links."""

    signatures: Mapping[str, tuple[str, ...] | Missing] = field(default_factory=dict)
    samples: Mapping[str, str | Missing | None] = field(default_factory=dict)
    links: str | Missing = ""
    by_id: str | Missing = ""


def block_devices(lsblk: str, around: Around) -> tuple[BlockDevice, ...]:
    """`lsblk --json`, and what else is known."""
    tree = document(lsblk)
    rows = tree.get("blockdevices") if isinstance(tree, dict) else None
    if not isinstance(rows, list):
        raise ParseError("it has no blockdevices")
    nodes: dict[str, _Node] = {}
    for row, parent in _walk(rows, None):
        name = _name(row)
        node = nodes.setdefault(name, _Node(row))
        if parent is not None:
            node.parents[parent] = None
            nodes[parent].children[name] = None
    holders, aliases = _links(around.links, "holders"), _aliases(around.by_id)
    return tuple(_device(name, node, around, holders.get(name, ()), aliases.get(name, ())) for name, node in nodes.items())


def _walk(rows: list[Any], parent: str | None) -> Iterator[tuple[Mapping[str, Any], str | None]]:
    for row in rows:
        if not isinstance(row, dict):
            raise ParseError(f"not a device: {row!r}")
        yield row, parent
        yield from _walk(row.get("children") or [], _name(row))


def _name(row: Mapping[str, Any]) -> str:
    name = row.get("kname") or row.get("name")
    if not isinstance(name, str):
        raise ParseError("a device has no name")
    return name


def _device(name: str, node: _Node, around: Around, holders: tuple[str, ...], by_id: tuple[str, ...]) -> BlockDevice:
    row = node.row
    # wipefs names mapped devices by their path, lsblk's own column.
    path = str(row.get("path") or f"/dev/{name}")
    signed = around.signatures.get(path, around.signatures.get(f"/dev/{name}", Missing("wipefs did not get to it in time")))
    return BlockDevice(
        name=name,
        type=str(row.get("type") or ""),
        size_bytes=number(row.get("size") or 0, f"the size of {name}"),
        model=_text(row.get("model")),
        serial=_text(row.get("serial")),
        transport=_text(row.get("tran")),
        rotational=_flag(row.get("rota")),
        removable=_flag(row.get("rm")) or _flag(row.get("hotplug")),
        read_only=_flag(row.get("ro")),
        filesystem=_filesystem(_text(row.get("fstype")), signed),
        signatures=signed,
        mountpoints=_mountpoints(row),
        holders=holders,
        parents=tuple(node.parents),
        children=tuple(node.children),
        by_id=by_id,
        path=path if path != f"/dev/{name}" else "",
        wwn=_text(row.get("wwn")),
        uuid=_text(row.get("uuid")),
        label=_text(row.get("label")),
        sampled=around.samples.get(f"/dev/{name}", Missing("the disk was not read in time")),
    )


def _text(value: object) -> str | None:
    return str(value).strip() or None if value is not None else None


def _flag(value: object) -> bool:
    """util-linux before 2.33 printed "0" and "1"."""
    return value is True or str(value).lower() in {"1", "true"}


def _filesystem(fstype: str | None, signed: tuple[str, ...] | Missing) -> str | Missing | None:
    """lsblk asks udev, which does not run everywhere: its silence is no proof, the signatures are."""
    if fstype is not None:
        return fstype
    if isinstance(signed, Missing):
        return Missing(f"lsblk tells none, and signatures: {signed.reason}")
    return next((kind for kind in signed if kind not in _TABLES), None)


def _mountpoints(row: Mapping[str, Any]) -> tuple[str, ...]:
    """An array from util-linux 2.37 on, one string before."""
    found = row["mountpoints"] if "mountpoints" in row else [row.get("mountpoint")]
    return tuple(dict.fromkeys(str(point) for point in found or () if point))


def _links(text: str | Missing, kind: str) -> dict[str, tuple[str, ...]]:
    found: dict[str, tuple[str, ...]] = {}
    for line in () if isinstance(text, Missing) else text.splitlines():
        words = line.split()
        if len(words) == 3 and words[1] == kind:  # noqa: PLR2004  (device, kind, other device)
            found[words[0]] = (*found.get(words[0], ()), words[2])
    return found


def _aliases(text: str | Missing) -> dict[str, tuple[str, ...]]:
    found: dict[str, list[str]] = {}
    for link in () if isinstance(text, Missing) else re.finditer(r"(\S+) -> \S*?([^/\s]+)$", text, re.MULTILINE):
        found.setdefault(link[2], []).append(f"/dev/disk/by-id/{link[1]}")
    return {name: tuple(sorted(links)) for name, links in found.items()}


def signatures(text: str) -> dict[str, tuple[str, ...] | Missing]:
    """`wipefs --no-act --json` of each device, by path. () means: read, and blank."""
    found: dict[str, tuple[str, ...] | Missing] = {}
    for path, body in parts(text).items():
        output, ended, rc = body.rpartition("--> exit ")
        if not ended:
            found[path] = Missing("wipefs did not get to it in time")
        elif rc.strip() != "0":
            words = output.strip().splitlines()
            found[path] = Missing(words[-1] if words else f"wipefs ended with exit status {rc.strip()}")
        else:
            rows = document(output).get("signatures", []) if output.strip() else []
            found[path] = tuple(str(row.get("type")) for row in rows)
    return found


def samples(text: str) -> dict[str, str | Missing | None]:
    """What was read where a blank disk holds zeros, by path. None: zeros wherever it was read."""
    found: dict[str, str | Missing | None] = {}
    for path, body in parts(text).items():
        said, ended, _ = body.rpartition("--> exit")
        if not ended:
            found[path] = Missing("the disk was not read in time")
        elif "EOF on" in said:  # cmp, when the first file ends: nothing could be read there
            found[path] = Missing(f"it could not be read at {said.partition(':')[0].strip()}")
        else:
            found[path] = said.strip().partition("\n")[0] or None
    return found
