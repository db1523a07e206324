"""What `verify` measured."""

from collections.abc import Mapping
from dataclasses import dataclass, field
from typing import Literal

from rigprov.model.disk import DiskRead

Verdict = Literal["pass", "slow", "unstable", "wrong", "not measured"]
Weights = Literal["real", "synthetic", "unknown"]


@dataclass(frozen=True)
class Cause:
    """Something that the evidence shows to make decoding slow, and what to do about it."""

    code: str  # stable, kebab-case: "power-cap"
    what: str  # one sentence, no full stop
    fix: str


@dataclass(frozen=True)
class Band:
    """Decode tokens/s that healthy machines of this kind reach with this model."""

    low: float
    high: float
    limit: float  # the physical limit: bandwidth / bytes read per token
    source: str  # where bandwidth and shares come from, in words


@dataclass(frozen=True)
class Soak:
    """A longer run, for what shows only when the machine is warm."""

    seconds: float
    first: float  # median decode tokens/s of the first fifth
    last: float  # likewise of the last fifth
    runs: int

    @property
    def fall(self) -> float:
        """Share of the speed that was lost: 0.05 is 5 %; negative where it became faster."""
        return 1 - self.last / self.first


@dataclass(frozen=True)
class Samples:
    """One GPU over the time of the measurement. A list is empty where the driver does not tell; None: one reading failed."""

    t_s: tuple[float, ...] = ()  # since the beginning of the measurement
    sm_mhz: tuple[float | None, ...] = ()
    memory_mhz: tuple[float | None, ...] = ()
    power_w: tuple[float | None, ...] = ()
    temperature_c: tuple[float | None, ...] = ()
    used_mib: tuple[float | None, ...] = ()


@dataclass(frozen=True)
class Device:
    """One GPU as it was during the measurement. None: the driver does not tell."""

    index: int
    name: str
    memory_total_mib: float | None = None
    engine_memory_mib: float | None = None  # what the engine took
    layers: int | None = None  # of the model, on this GPU
    pcie_generation: int | None = None  # under load
    pcie_width: int | None = None  # under load
    power_limit_w: float | None = None
    power_default_w: float | None = None
    bandwidth_gb_s: float | None = None  # peak, from bus width and memory clock; decimal GB
    samples: Samples = field(default_factory=Samples)


@dataclass(frozen=True)
class Link:
    """Between two GPUs."""

    first: int
    second: int
    kind: str  # "NVLink x4", "P2P over PCIe", "through host memory", "unknown"
    reason: str = ""


@dataclass(frozen=True)
class Correctness:
    """Log-probabilities of the loaded model against those computed on a CPU."""

    positions: int
    mean_kld: float | None  # None: not finite
    max_kld: float | None
    same_top: float  # share of positions with the same most probable token
    repeated: bool | None  # whether a second pass gave the same numbers to the bit; None: not repeated
    passed: bool
    why: str = ""


@dataclass(frozen=True)
class Since:
    """Against the last proof of the same host, model, weights and kind of engine."""

    taken: str  # when that one was measured: ISO 8601 with zone
    median: float  # its decode tokens/s
    change: float  # of this median against it: -0.15 is 15 % slower
    within_scatter: bool  # the runs of both overlap: the change says nothing
    changes: tuple[str, ...] = ()  # what differs on the machine: "driver 580.95 -> 590.48"


@dataclass(frozen=True)
class Proof:
    """Result of one measurement. A figure that was not measured is None, and `reason` says why."""

    host: str
    verdict: Verdict
    reason: str
    fix: str
    model: str
    model_sha256: str  # of the file that was loaded, as hashed on the host
    engine: str  # name and version
    floor: float  # decode tokens/s
    runs: tuple[float, ...] = ()  # decode tokens/s of each run, in order
    median: float | None = None
    minimum: float | None = None
    maximum: float | None = None
    spread: float | None = None  # (max - min) / median
    prompt_tokens_per_s: float | None = None
    time_to_first_token_s: float | None = None
    load_s: float | None = None
    bytes_per_token: int | None = None  # weights read for one token
    bandwidth_gb_s: float | None = None  # measured on the host, decimal GB
    bandwidth_share: float | None = None  # median x bytes_per_token / bandwidth; None where it means nothing
    limit_tokens_per_s: float | None = None  # bandwidth / bytes_per_token
    threads: int | None = None
    context: int | None = None
    notes: tuple[str, ...] = ()
    raw: Mapping[str, object] = field(default_factory=dict)
    taken: str = ""  # when, on the controller: ISO 8601 with zone
    weights: Weights = "unknown"
    backend: str = ""  # "CPU", "CUDA", ...; "": not known
    layers_total: int | None = None
    layers_offloaded: int | None = None
    causes: tuple[Cause, ...] = ()
    band: Band | None = None
    soak: Soak | None = None
    devices: tuple[Device, ...] = ()
    links: tuple[Link, ...] = ()
    correctness: Correctness | None = None
    since: Since | None = None  # None: the first of its kind
    disk: DiskRead | None = None  # None: the model's file is not seen, or the host did not get that far
    warnings: tuple[Cause, ...] = ()  # what does not slow decoding down, but every load of the model
