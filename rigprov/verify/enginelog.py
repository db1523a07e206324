"""What llama.cpp says while it starts: which devices it took, and what of the model lies where. Pure.

The lines are those of llama.cpp's `load_tensors`, `llama_kv_cache` and `ggml_cuda_init` from 2024 to 2026. None is promised by
anybody, so everything is optional. Builds from 2026 on print most of them only with a verbosity of 4 (`-lv 4`), and which layer
went where only with 5.
"""

import re
from collections.abc import Iterable, Mapping
from dataclasses import dataclass, field

_LOADING = "llama_model_loader: loaded meta data"
_OFFLOADED = re.compile(r"offloaded (\d+)/(\d+) layers to GPU")
_BUFFER = re.compile(r"(?:load_tensors|print_backend_buffers_info):\s+(\S+)\s+(?:model )?buffer size\s*=\s*([\d.]+) MiB")
_KV = re.compile(r"(\S+) KV buffer size\s*=\s*([\d.]+) MiB")
_COMPUTE = re.compile(r"(\S+)\s+compute buffer size\s*=\s*([\d.]+) MiB")
_USING = re.compile(r"using device (\S+) \((.*)\) - (\d+) MiB free")
_FOUND = re.compile(r"Device (\d+): (.+?), compute capability (\d+\.\d+)")
_ASSIGNED = re.compile(r"layer\s+(\d+) assigned to device (\w+)")
_BUS = re.compile(r"[0-9a-fA-F]{4,8}:[0-9a-fA-F]{2}:[0-9a-fA-F]{2}\.[0-9a-fA-F]")
_ARCHS = re.compile(r"CUDA : ARCHS = ([\d,]+)")
_DEBUG = re.compile(r"build(?:_info)?[: ].*\(debug\)")
_META = re.compile(r"Meta\((.*)\)")
_NUMBERED = re.compile(r"([A-Za-z]+)(\d+)")

# Words of a line -> what is wrong. The first that occurs counts.
_TROUBLE = {
    "provided PTX was compiled with an unsupported toolchain": "driver-too-old",
    "CUDA driver version is insufficient": "driver-too-old",
    "unsupported display driver / cuda driver combination": "driver-mismatch",
    "forward compatibility was attempted on non supported HW": "driver-mismatch",
    "no kernel image is available": "not-compiled-for-gpu",
    "has no device code compatible with CUDA arch": "not-compiled-for-gpu",
    "no usable GPU found": "no-gpu-seen",
    "no CUDA devices found": "no-gpu-seen",
    "ggml_vulkan: No devices found": "no-gpu-seen",
    "failed to initialize CUDA": "cuda-failed",
    "cudaMalloc failed: out of memory": "out-of-memory",
}


@dataclass(frozen=True)
class LogDevice:
    """A device as the engine names it."""

    name: str  # "CUDA0"
    title: str = ""  # "NVIDIA GeForce RTX 3090"
    bus: str = ""  # "0000:01:00.0"; "": an older engine
    compute_capability: str = ""


@dataclass(frozen=True)
class EngineLog:
    """What the log tells. Sizes in MiB by device name; None or empty: not told."""

    offloaded: int | None = None
    layers: int | None = None  # as the engine counts: the output layer is one of them
    devices: tuple[LogDevice, ...] = ()
    model: Mapping[str, float] = field(default_factory=dict)
    kv: Mapping[str, float] = field(default_factory=dict)
    compute: Mapping[str, float] = field(default_factory=dict)
    layers_on: Mapping[str, int] = field(default_factory=dict)
    archs: tuple[int, ...] = ()  # CUDA architectures that were compiled in: 860 is 8.6
    debug: bool = False
    trouble: str = ""  # a value of `_TROUBLE`
    words: str = ""  # the line of the trouble

    @property
    def backend(self) -> str:
        """What computes the layers: "CUDA", "Vulkan", "ROCm", ..., "CPU"; "" where the log does not tell."""
        used = sorted(((size, name) for name, size in self.model.items() if not in_ram(name)), reverse=True)
        if used and self.offloaded != 0:
            return family(used[0][1])
        if self.model or self.offloaded == 0 or (self.trouble and self.trouble != "out-of-memory"):
            return "CPU"
        return ""

    @property
    def split(self) -> str:
        """How several GPUs share the work: "tensor", "row", "layer"; "" for one GPU or unknown."""
        if any(_META.match(name) for name in self.model):
            return "tensor"
        if any("_Split" in name for name in self.model):
            return "row"
        return "layer" if sum(not in_ram(name) for name in self.model) > 1 else ""

    def share(self, name: str) -> float | None:
        """Share of the model's bytes on one device; None: not told."""
        total = sum(self.model.values())
        if not total or self.backend in ("", "CPU"):
            return None
        for buffer, size in self.model.items():
            if (parts := _META.match(buffer)) and name in (members := parts[1].split(",")):
                return size / len(members) / total
        return sum(size for buffer, size in self.model.items() if buffer.removesuffix("_Split") == name) / total


def in_ram(buffer: str) -> bool:
    """Whether a buffer lies in the machine's RAM: "CPU", "CPU_Mapped", "CPU_REPACK", and pinned memory, "CUDA_Host"."""
    return buffer.startswith("CPU") or buffer.endswith("_Host")


def family(name: str) -> str:
    """ "CUDA" for "CUDA0", "CUDA0_Split" and "Meta(CUDA0,CUDA1)"."""
    inner = _META.match(name)
    return re.split(r"[\d_,\[]", inner[1] if inner else name)[0]


def parse(lines: Iterable[str]) -> EngineLog:
    """What the lines tell of the last start in them."""
    everything = list(lines)
    starts = [index for index, line in enumerate(everything) if _LOADING in line]
    loading = everything[starts[-1] :] if starts else everything
    trouble, words = _trouble(everything)
    offloaded = next((found for line in reversed(loading) if (found := _OFFLOADED.search(line))), None)
    return EngineLog(
        offloaded=int(offloaded[1]) if offloaded else None,
        layers=int(offloaded[2]) if offloaded else None,
        devices=_devices(everything),
        model=_sizes(_BUFFER, loading),
        kv=_sizes(_KV, loading),
        compute=_sizes(_COMPUTE, loading),
        layers_on=_layers(loading),
        archs=tuple(int(arch) for line in everything if (found := _ARCHS.search(line)) for arch in found[1].split(",") if arch),
        debug=any(_DEBUG.search(line) for line in everything),
        trouble=trouble,
        words=words,
    )


def _sizes(pattern: re.Pattern[str], lines: list[str]) -> dict[str, float]:
    """Sums by device. A buffer may be told in parts (one for each file of a split model)."""
    found: dict[str, float] = {}
    for line in lines:
        if match := pattern.search(line):
            found[match[1]] = round(found.get(match[1], 0.0) + float(match[2]), 2)
    return found


def _layers(lines: list[str]) -> dict[str, int]:
    where = {int(match[1]): match[2] for line in lines if (match := _ASSIGNED.search(line))}
    return {name: sum(device == name for device in where.values()) for name in sorted(set(where.values()))}


def _devices(lines: list[str]) -> tuple[LogDevice, ...]:
    capability = {f"CUDA{match[1]}": (match[2], match[3]) for line in lines if (match := _FOUND.search(line))}
    found = {name: LogDevice(name, title, compute_capability=version) for name, (title, version) in capability.items()}
    for line in lines:
        if match := _USING.search(line):
            bus = _BUS.search(match[2])
            title = re.sub(r"\) \(.*", "", match[2])
            version = found[match[1]].compute_capability if match[1] in found else ""
            found[match[1]] = LogDevice(match[1], title, bus[0].lower() if bus else "", version)
    return tuple(sorted(found.values(), key=_order))


def _order(device: LogDevice) -> tuple[str, int]:
    match = _NUMBERED.fullmatch(device.name)
    return (match[1], int(match[2])) if match else (device.name, 0)


def _trouble(lines: list[str]) -> tuple[str, str]:
    """The first trouble after the last time that CUDA was found to work."""
    for line in _after_last(lines, "ggml_cuda_init: found"):
        for words, code in _TROUBLE.items():
            if words in line:
                return code, line.strip()
    return "", ""


def _after_last(lines: list[str], words: str) -> list[str]:
    last = max((index for index, line in enumerate(lines) if words in line), default=-1)
    return lines[last + 1 :]
