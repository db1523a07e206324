"""All that is known about one measurement when causes are looked for. Pure."""

from collections.abc import Mapping
from dataclasses import dataclass, field
from functools import cached_property

from rigprov.model.disk import DiskRead
from rigprov.model.plan import PlannedBenchmark
from rigprov.model.proof import Device, Soak
from rigprov.verify import disk, enginelog
from rigprov.verify.elsewhere import elsewhere
from rigprov.verify.enginelog import EngineLog
from rigprov.verify.evidence import Evidence
from rigprov.verify.gpu import devices as gpu_devices
from rigprov.verify.gpu.seen import Gpus, read


@dataclass(frozen=True)
class Situation:
    """Evidence with what it says about GPUs and the engine's start."""

    benchmark: PlannedBenchmark
    evidence: Evidence
    gpus: Gpus = field(default_factory=Gpus)
    log: EngineLog = field(default_factory=EngineLog)
    soak: Soak | None = None

    @cached_property
    def names(self) -> Mapping[int, str]:
        """The engine's name of each GPU, by the driver's number."""
        return gpu_devices.engine_names(self.gpus, self.log)

    @cached_property
    def devices(self) -> tuple[Device, ...]:
        """GPUs as the proof shows them."""
        return gpu_devices.devices(self.gpus, self.log)

    @cached_property
    def disk(self) -> DiskRead | None:
        """The disk under the model's file; None where the host did not look."""
        return disk.read(self.evidence.raw.get("disk"))

    @property
    def wants_gpu(self) -> bool:
        """Whether the model was planned to run on GPUs."""
        return self.benchmark.machine_class == "gpu"

    @cached_property
    def backend(self) -> str:
        """What computed: the engine's own word; else "CPU" where no GPU could, "GPU" where one took the weights; "" unknown."""
        if self.log.backend or self.elsewhere:
            return self.log.backend
        if not self.gpus.cards:
            return "CPU" if self.gpus.code != "not-watched" or not self.wants_gpu else ""
        taken = [device.engine_memory_mib for device in self.devices]
        if all(size is None for size in taken):
            return "" if self.wants_gpu else "CPU"
        return "GPU" if sum(size or 0 for size in taken) * 2**20 >= 0.5 * self.benchmark.size_bytes else "CPU"

    @cached_property
    def elsewhere(self) -> bool:
        """Whether the engine may be on another machine, of which nothing was seen."""
        return elsewhere(self.evidence)

    @property
    def on_cpu_too(self) -> bool:
        """Whether some layers are on the CPU although a GPU computes."""
        told = self.log.offloaded is not None and self.log.layers is not None
        return told and self.backend != "CPU" and (self.log.offloaded or 0) < (self.log.layers or 0)


def situation(benchmark: PlannedBenchmark, evidence: Evidence, soak: Soak | None = None) -> Situation:
    """From the host's document."""
    log = enginelog.parse(evidence.raw.get("engine_log") or ())
    gpus = Gpus() if elsewhere(evidence) else read(evidence.raw.get("gpu"))
    return Situation(benchmark, evidence, gpus, log, soak)
