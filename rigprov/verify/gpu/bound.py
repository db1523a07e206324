"""How much of the GPUs' memory bandwidth the decoding reached. Pure."""

from collections.abc import Mapping
from statistics import median

from rigprov.model.proof import Device
from rigprov.verify.enginelog import EngineLog
from rigprov.verify.evidence import Evidence
from rigprov.verify.limit import Limit

# The peak comes from the driver's own clock and bus width and is exact; only an overclocked memory goes beyond it.
_TOO_MUCH = 1.1
# Level-2 caches of GPUs hold up to 128 MB (GB202, NVIDIA 2025): bytes read per token below this need not come from memory.
_CACHED = 512_000_000


def bound(evidence: Evidence, devices: tuple[Device, ...], names: Mapping[int, str], log: EngineLog) -> Limit:
    """Limit of the decode speed: the GPUs read their shares one after the other, with a tensor split all at once."""
    size = evidence.bytes_per_token
    if size is None:
        return Limit(why_not=f"not known: {evidence.bytes_reason or 'nothing was measured'}")
    used = [device for device in devices if takes_part(device, log, names.get(device.index, ""))]
    peaks = [device.bandwidth_gb_s for device in used]
    if not used or None in peaks:
        return Limit(why_not="not known: the driver does not tell the GPU's memory bandwidth")
    raw = _raw(size, used, names, log)
    if size < _CACHED:
        return Limit(why_not="means nothing here: the GPU's cache can hold much of the weights", raw_tokens_per_s=raw)
    if log.offloaded is not None and log.layers is not None and log.offloaded < log.layers:
        return Limit(why_not="means nothing here: a part of the model is on the CPU", raw_tokens_per_s=raw)
    if not evidence.series:
        return Limit(round(raw, 1), raw_tokens_per_s=raw, why_not="not measured: no run")
    share = median(evidence.series[-1]) / raw
    return Limit(round(raw, 1), round(share, 3), raw_tokens_per_s=raw, exceeded=share > _TOO_MUCH)


def takes_part(device: Device, log: EngineLog, name: str) -> bool:
    """Whether a GPU holds a part of the model that is worth the name (more than a context without weights)."""
    if name and (share := log.share(name)) is not None:
        return share > 0.01  # noqa: PLR2004
    return (device.engine_memory_mib or 0) > 600  # noqa: PLR2004 - MiB; a CUDA context alone takes 200 to 500


def _raw(size: int, used: list[Device], names: Mapping[int, str], log: EngineLog) -> float:
    peaks = [(device.bandwidth_gb_s or 0.0) * 1e9 for device in used]
    if log.split in ("tensor", "row"):
        return sum(peaks) / size
    shares = [log.share(names.get(device.index, "")) or 0.0 for device in used]
    if not sum(shares):  # by what each took
        shares = [device.engine_memory_mib or 0.0 for device in used]
    whole = sum(shares)
    return 1 / sum(size * share / whole / peak for share, peak in zip(shares, peaks, strict=True))
