"""Whether the driver reports every GPU that it holds."""

import re

from rigprov.doctor import xid
from rigprov.doctor.kernel_log import slots
from rigprov.doctor.layer import broken, fine, not_known, not_proved
from rigprov.doctor.layers import fabric, smi
from rigprov.doctor.layers.pci import named, place
from rigprov.doctor.seen import NOT_FOUND, TIMED_OUT, Seen, clipped, listed
from rigprov.model.diagnosis import Finding, Layer
from rigprov.model.host import Missing, NvidiaGpu

_UUID = re.compile(r"(GPU|MIG)-[0-9a-fA-F-]{8,}")
_HELD = "nvidia"


def judge(seen: Seen) -> Layer:
    """`nvidia-smi` must end well and name at least one GPU, and as many as the module holds."""
    rc = seen.rc("nvidia-smi")
    if rc is None:
        return not_known("nvml", seen.why("nvidia-smi"))
    if rc == NOT_FOUND:
        way = "install it in the driver's version (Ubuntu: nvidia-utils-BRANCH, Debian: nvidia-smi)"
        return not_proved("nvml", "nvidia-smi is not installed", way)
    return _answered(seen) if rc == 0 else broken("nvml", [*_graver(seen), _failed(seen)])


def _answered(seen: Seen) -> Layer:
    """It ended well, which proves nothing yet."""
    if isinstance(seen.told, Missing) and not _UUID.search(seen.text("nvidia-smi")):
        silent = "no devices" not in seen.words("nvidia-smi").lower() and seen.text("nvidia-smi").strip()
        return not_known("nvml", seen.told.reason) if silent else _no_gpu(seen)
    count = len(_UUID.findall(seen.text("nvidia-smi")))
    if count == 0:
        return _no_gpu(seen)
    held = [one for one in seen.gpus if one.driver == _HELD]
    if count < len(held) and not (seen.wsl or seen.container):
        return broken("nvml", _fewer(seen, count))
    if wrong := fabric.wrong(seen):
        return broken("nvml", [wrong], _notes(seen))
    return fine("nvml", _said(seen, count), _notes(seen))


def _said(seen: Seen, count: int) -> str:
    told: tuple[NvidiaGpu, ...] = () if isinstance(seen.told, Missing) else seen.told
    gpus = listed([f"GPU {one.index}: {one.name}, {one.memory_mib} MiB" for one in told]) or f"{count} GPUs"
    return f"{gpus}; driver {seen.driver}" if seen.driver else gpus


def _failed(seen: Seen) -> Finding:
    if seen.rc("nvidia-smi") in TIMED_OUT:
        return Finding(
            "nvidia-smi-hangs",
            "nvidia-smi gave no answer in time: the driver waits for a GPU that does not answer",
            seen.quote("nvidia-smi"),
            "reboot; if it comes back, look at the Xid errors in `dmesg` and at the card's power and seat",
        )
    if not smi.has_nodes(seen) and not seen.wsl:
        return _no_nodes(seen)
    return smi.explained(seen)


def _no_nodes(seen: Seen) -> Finding:
    if seen.container:
        fix = "start the container with its GPUs (`--device nvidia.com/gpu=all` or `--gpus all`); the driver is the host's"
    else:
        fix = (
            "`nvidia-modprobe -c0 -u` makes them; to have them at every start: `systemctl enable --now nvidia-persistenced`, "
            "and services that use a GPU ordered after it"
        )
    what = "the device nodes /dev/nvidia* are not there, so no program reaches the driver"
    return Finding("no-device-nodes", what, (clipped(f"nodes: {_nodes(seen)}"), *seen.quote("nvidia-smi", limit=2)), fix)


def _nodes(seen: Seen) -> str:
    return " ".join(line.split()[-1] for line in seen.lines("nodes-after")) or "none"


def _graver(seen: Seen) -> list[Finding]:
    """Errors after which a GPU computes no more: where the driver does not report every GPU, they are the cause."""
    found = sorted((one for one in xid.events(seen.log) if one.grave), key=lambda one: one.number != xid.FALLEN)
    return [_placed(seen, one) for one in found]


def _placed(seen: Seen, event: xid.Event) -> Finding:
    """With the card's name and slot, where the bus knows it."""
    finding = event.finding
    for device in seen.gpus:
        if slots([event.slot]) & slots([device.address]):
            what = f"{named(device)} at {place(seen, device)}: {finding.what.partition(': ')[2]}"
            return Finding(finding.code, what, finding.evidence, finding.fix)
    return finding


def _no_gpu(seen: Seen) -> Layer:
    rest = Finding(
        "no-gpu-reported",
        "nvidia-smi ends well but names no GPU, though the module is loaded",
        seen.quote("nvidia-smi", limit=2),
        "look at `dmesg | grep -iE 'nvrm|nvidia'`: the driver writes there why it did not start the card",
    )
    return broken("nvml", [*_graver(seen), rest])


def _fewer(seen: Seen, count: int) -> list[Finding]:
    known = slots(seen.lines("smi-state"))
    missing = [one for one in seen.gpus if one.driver == _HELD and not slots([one.address]) & known] if known else []
    which = f": it lacks {listed([f'{named(one)} at {place(seen, one)}' for one in missing])}" if missing else ""
    held = sum(one.driver == _HELD for one in seen.gpus)
    rest = Finding(
        "fewer-gpus",
        f"the driver reports {count} of the {held} GPUs that its module holds{which}",
        (*seen.quote("nvidia-smi", limit=8), *[f"pci: {one.address} {one.vendor}:{one.device}" for one in missing]),
        "look at what `dmesg` says of that card; then at its power and seat",
    )
    return [*_graver(seen), rest]


def _notes(seen: Seen) -> list[Finding]:
    return [*_persistence(seen), *_late_nodes(seen), *[_placed(seen, one) for one in xid.events(seen.log)]]


def _persistence(seen: Seen) -> list[Finding]:
    rows = [[word.strip() for word in line.split(",")] for line in seen.lines("smi-state")]
    off = [row[0] for row in rows if len(row) > 2 and row[2] == "Disabled"]  # noqa: PLR2004  (index, bus id, persistence)
    if not off:
        return []
    return [
        Finding(
            "persistence-off",
            f"persistence mode is off on GPU {listed(off)}: the driver is set up anew for each program, which takes seconds",
            seen.quote("smi-state", "Disabled", limit=2),
            "`systemctl enable --now nvidia-persistenced`, started with --persistence-mode (Ubuntu's unit starts it without)",
        )
    ]


def _late_nodes(seen: Seen) -> list[Finding]:
    """Nodes that only doctor's own asking made: at boot nobody does."""
    if seen.container or seen.wsl or not seen.lines("nodes-after") or seen.lines("nodes-before"):
        return []
    return [
        Finding(
            "nodes-made-late",
            "the device nodes were not there until nvidia-smi was asked: a service that starts at boot sees no GPU",
            (clipped(f"nodes before: {seen.text('nodes-before').strip() or 'none'}; after: {_nodes(seen)}"),),
            "`systemctl enable nvidia-persistenced`, and services that use a GPU ordered after it",
        )
    ]
