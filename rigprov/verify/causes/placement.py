"""Causes in where the engine put the model. Pure: each takes a situation and gives a cause or None."""

from rigprov.model.proof import Cause
from rigprov.verify.causes.situation import Situation
from rigprov.verify.enginelog import in_ram

_LEFT_BEHIND = 0.4  # share of the weights in RAM; the token embeddings, which may stay there, are up to a fourth in small models
_VRAM_USABLE = 0.95  # the rest is the driver's and the CUDA context's

# What the engine complained about -> what to do.
_FIXES = {
    "driver-too-old": "update the NVIDIA driver, or take an engine built for an older CUDA",
    "driver-mismatch": "reboot, so that kernel module and libraries of the driver are of one version",
    "not-compiled-for-gpu": "take an engine that is built for this GPU's compute capability",
    "no-gpu-seen": "take an engine built with CUDA, and in a container start it with the GPU (--gpus all)",
    "cuda-failed": "check `nvidia-smi`; in a container start it with the GPU (--gpus all)",
}
_DRIVER_FIXES = {
    "no-driver": "install the NVIDIA driver: `rigprov apply` with a tier for GPUs does it",
    "not-loaded": "load it (`modprobe nvidia`), and see `dmesg` for why it is not (Secure Boot, a kernel without module)",
    "mismatch": "reboot",
}


def no_gpu_backend(now: Situation) -> Cause | None:
    """The tier is for GPUs, but the CPU computed."""
    if not now.wants_gpu or now.backend != "CPU":
        return None
    if now.log.trouble in _FIXES:
        return Cause("no-gpu-backend", f"the engine fell back to the CPU: {now.log.words}", _FIXES[now.log.trouble])
    if now.gpus.reason and now.gpus.code != "not-watched":
        fix = _DRIVER_FIXES.get(now.gpus.code, "check `nvidia-smi`")
        return Cause("no-gpu-backend", f"the engine ran on the CPU: {now.gpus.reason}", fix)
    if now.log.offloaded == 0 and now.log.devices:
        said = "the engine saw a GPU but put no layer on it"
        return Cause("no-gpu-backend", said, "let it offload all layers (`--n-gpu-layers 999`)")
    return Cause("no-gpu-backend", "the engine ran on the CPU although there is a GPU", _FIXES["no-gpu-seen"])


def layers_on_cpu(now: Situation) -> Cause | None:
    """A part of the model lies in RAM, which is ten times slower than a GPU's memory."""
    log = now.log
    if log.backend in ("", "CPU"):
        return None
    fix = "free memory of the GPU, take a smaller context or a smaller quantisation"
    if now.on_cpu_too:
        said = f"{(log.layers or 0) - (log.offloaded or 0)} of {log.layers} layers are on the CPU"
        if str(log.offloaded) == now.evidence.gpu_layers:
            said += f", since the engine is told to put {log.offloaded} on GPUs (`gpu_layers` of its settings)"
            return Cause("layers-on-cpu", said, "`rigprov apply` asks for all layers, unless it is given another number")
        return Cause("layers-on-cpu", said, f"{fix}, and let the engine offload all layers")
    left, whole = sum(size for name, size in log.model.items() if in_ram(name)), sum(log.model.values())
    if whole and left > _LEFT_BEHIND * whole:
        said = f"{left:.0f} of {whole:.0f} MiB of weights are in RAM, although all layers count as offloaded (experts?)"
        return Cause("layers-on-cpu", said, fix)
    return None


def context_too_large(now: Situation) -> Cause | None:
    """The KV cache does not fit beside the weights."""
    log = now.log
    if log.backend in ("", "CPU") or not log.kv:
        return None
    cache, weights = sum(log.kv.values()), sum(log.model.values())
    spilled = sum(size for name, size in log.kv.items() if in_ram(name))
    room = sum(device.memory_total_mib or 0 for device in now.devices) * _VRAM_USABLE
    all_layers = log.offloaded == log.layers
    crowded_out = not all_layers and room and weights < room < weights + cache
    if not crowded_out and not (all_layers and spilled):
        return None
    where = f"{spilled:.0f} MiB of it lie in RAM" if spilled else "there is no room for all layers beside it"
    context = f" for a context of {now.evidence.context}" if now.evidence.context else ""
    return Cause("context-too-large", f"the KV cache takes {cache:.0f} MiB{context}; {where}", "take a smaller context")


def gpu_idle(now: Situation) -> Cause | None:
    """One of several GPUs has no part of the model."""
    if len(now.devices) < 2 or now.backend in ("", "CPU"):  # noqa: PLR2004
        return None
    idle = [one for one in now.devices if one.layers == 0]
    if not idle or len(idle) == len(now.devices):
        return None
    said = ", ".join(f"GPU {one.index} ({one.name})" for one in idle)
    fix = "let the engine see all GPUs (CUDA_VISIBLE_DEVICES, --gpus all) and split the model over them"
    return Cause("gpu-idle", f"{said} took no part: no layers, no weights", fix)


def engine_build(now: Situation) -> Cause | None:
    """The engine was not built for this machine, or for finding bugs."""
    if now.log.debug:
        return Cause("engine-build", "the engine is a debug build", "take a release build")
    for device in now.log.devices:
        if device.compute_capability and now.log.archs and not _native(device.compute_capability, now.log.archs):
            archs = ", ".join(f"{arch // 100}.{arch % 100 // 10}" for arch in now.log.archs)
            said = f"the engine holds code for {archs}, not for {device.title} ({device.compute_capability})"
            return Cause("engine-build", said, _FIXES["not-compiled-for-gpu"])
    return None


def _native(capability: str, archs: tuple[int, ...]) -> bool:
    """Code for one capability also runs on later ones of the same generation (CUDA C++ Programming Guide, 2024)."""
    major, minor = (int(part) for part in capability.split("."))
    return any(arch // 100 == major and arch % 100 // 10 <= minor for arch in archs)
