"""Causes in how a GPU hangs on the machine and who else uses it. Pure: each takes a situation and gives a cause or None."""

from rigprov.model.proof import Cause
from rigprov.verify.causes.situation import Situation
from rigprov.verify.gpu.devices import others
from rigprov.verify.gpu.links import links
from rigprov.verify.gpu.seen import Card

_NARROW = 8  # lanes; below, loading takes long and a model split over GPUs suffers
_OLD = 2  # PCIe generation
_OTHERS_MIB = 300  # an idle desktop's own share is below
_BEFORE_MIB = 700  # used before the engine came, with what the driver keeps for itself (up to 600 on 24 GB)
_HBM_BITS = 1024  # bus width from which on it is HBM, whose error correction costs nothing
_SMALL_BAR_MIB = 256


def pcie_width(now: Situation) -> Cause | None:
    """Too few lanes, seen under load."""
    for card in now.gpus.cards:
        seen = max(card.busy("pcie_width"), default=None)
        most = card.facts.get("pcie_width_max")
        if seen is None or (seen >= _NARROW and (most is None or seen >= most)):
            continue
        of = f" of x{most}" if most and most > seen else ""
        said = f"GPU {card.index} has PCIe x{seen}{of} under load; this costs loading time, and speed where a model is split"
        return Cause("pcie-width", said, "put the card into a x16 slot, reseat it, check the riser cable")
    return None


def pcie_generation(now: Situation) -> Cause | None:
    """A slow bus, seen under load: at idle every card saves power at generation 1."""
    for card in now.gpus.cards:
        seen = max(card.busy("pcie_generation"), default=None)
        most = card.facts.get("pcie_generation_max")
        if seen is None or (seen > _OLD and (most is None or seen >= most)):
            continue
        possible = f"generation {most} is possible" if most and most > seen else "the slot has no more"
        said = f"GPU {card.index} ran with PCIe generation {seen} under load; {possible}"
        return Cause("pcie-generation", said, "set the slot to automatic in the firmware's setup; check the riser cable")
    return None


def slow_link(now: Situation) -> Cause | None:
    """A model that is split within its layers sends results between the GPUs several times a layer."""
    if now.log.split not in ("tensor", "row"):
        return None
    for link in links(now.gpus):
        if link.kind == "through host memory":
            said = (
                f"GPUs {link.first} and {link.second} share every layer, but reach each other only through the machine's memory"
            )
            return Cause("slow-link", said, "fit an NVLink bridge, or split the model by layers (`--split-mode layer`)")
    return None


def other_process(now: Situation) -> Cause | None:
    """Somebody else holds memory of the GPU, and may compute on it."""
    for card in now.gpus.cards:
        found = others(card, now.gpus)
        held = sum(one.used_mib or 0 for one in found or ())
        if found and held >= _OTHERS_MIB:
            names = ", ".join(dict.fromkeys(one.name or f"process {one.pid}" for one in found))
            kind = "compute on" if any(one.kind == "compute" for one in found) else "draw with"
            said = f"others {kind} GPU {card.index} and hold {held:.0f} MiB of its memory: {names}"
            return Cause("other-process", said, _fix(kind))
        before = _before(now, card)
        if found is None and before and before >= _BEFORE_MIB:
            said = f"{before:.0f} MiB of the memory of GPU {card.index} were in use before the engine came"
            return Cause("other-process", said, _fix(""))
    return None


def _fix(kind: str) -> str:
    if kind == "draw with":
        return "let the desktop draw with the CPU's graphics, or stop it (`systemctl isolate multi-user.target`)"
    return "end the other programs (`nvidia-smi` names them) and run `rigprov verify` again"


def _before(now: Situation, card: Card) -> float | None:
    """Memory used before the engine; None where the engine was there already."""
    device = now.devices[card.index]
    before = card.before.get("used_mib")
    if before is None or card.memory.get("shared_with_cpu") or not device.engine_memory_mib:
        return None
    used = [value for value in card.column("used_mib") if value is not None]
    return float(before) if used and max(used) - before >= 0.8 * device.engine_memory_mib else None


def mig_slice(now: Situation) -> Cause | None:
    """The engine has a part of the card."""
    for card in now.gpus.cards:
        if card.slice is not None:
            share = f"{card.slice_share * 8:.0f}/8"
            said = f"GPU {card.index} is cut up (MIG): the engine has {share} of its memory and bandwidth"
            return Cause("mig-slice", said, "the figures are those of the slice; for the whole card turn MIG off")
    return None


def error_correction(now: Situation) -> Cause | None:
    """ECC on GDDR memory takes a part of the bandwidth; on HBM it costs nothing."""
    for card in now.gpus.cards:
        width = card.facts.get("bus_width_bits")
        if card.facts.get("ecc") and width and width < _HBM_BITS:
            said = f"error correction (ECC) is on at GPU {card.index}, which costs GDDR memory some of its bandwidth"
            return Cause("ecc-gddr", said, f"if speed counts for more: `nvidia-smi -i {card.index} -e 0`, and reboot")
    return None


def small_bar(now: Situation) -> Cause | None:
    """Resizable BAR is off: costs nothing while decoding, a little while loading."""
    for card in now.gpus.cards:
        if card.facts.get("bar1_mib") == _SMALL_BAR_MIB:
            said = f"resizable BAR is off for GPU {card.index}"
            return Cause("small-bar", said, "turn on Above 4G Decoding and Resizable BAR in the firmware's setup")
    return None
