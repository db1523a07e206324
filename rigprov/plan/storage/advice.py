"""What the owner of the machine could do about room, and rigprov does not do by itself."""

from rigprov.disks.graph import Graph
from rigprov.model.host import HostFacts, PhysicalVolume
from rigprov.model.missing import Missing
from rigprov.plan.case import GIB, gib

_WORTH_BYTES = 10 * GIB  # less than that makes no difference to models


def unused_room(facts: HostFacts) -> str | None:
    """Room in the root's volume group that no volume takes: Ubuntu Server's installer gives the root half of the disk."""
    if isinstance(facts.mounts, Missing) or isinstance(facts.disks, Missing) or isinstance(facts.claims.lvm, Missing):
        return None
    root = next((mount for mount in facts.mounts if mount.target == "/"), None)
    graph = Graph(facts.disks)
    volume = graph.named(root.source) if root else None
    if root is None or volume is None or volume.type != "lvm":
        return None
    group = next((one for one in facts.claims.lvm if _under(graph, volume.name, one)), None)
    if group is None or group.group_free_bytes < _WORTH_BYTES:
        return None
    if any((below := graph.by_name.get(name)) is not None and below.type == "lvm" for name in volume.parents):
        # Of a thin volume more would be promised than its pool holds, which loses data when the pool is full.
        how = "the root's volume lies on other volumes (a thin pool, a cache), which are enlarged first: see lvmthin(7)"
        return f"{gib(group.group_free_bytes)} lie unused in volume group {group.group}: {how}"
    grow = f"`lvextend --resizefs --extents +100%FREE {volume.path or root.source}` gives it to the root file system"
    return f"{gib(group.group_free_bytes)} lie unused in volume group {group.group}: {grow}"


def _under(graph: Graph, volume: str, member: PhysicalVolume) -> bool:
    device = graph.named(member.path)
    return device is not None and volume in {one.name for one in graph.family(device.name)}
