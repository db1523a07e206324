"""What the script on a host is told (see `rigprov.verify.host.examine`). Pure."""

from collections.abc import Mapping
from dataclasses import asdict

from rigprov.catalog.models import MODELS
from rigprov.model.plan import PlannedBenchmark
from rigprov.verify.asked import Asked, Server

CONFIG = "/etc/rigprov/llm/server.json"
KEY = "/etc/rigprov/llm/api_key"
COMMAND = "/usr/local/bin/rigprov-llm"
LOCK = "/run/rigprov-verify.lock"
_SLOWEST_DISK = 50e6  # bytes/s; an SD card reads this, so a start may take that long
_MEASURE_S = 150.0  # after that no run is repeated
_HARD_S = 900.0  # five runs and their repetitions on a machine of half a token a second
_SERVER_START_S = 300.0  # a server may load the model only when it is asked for the first time
_SERVER_ANSWER_S = 15.0  # for a list of models
_BUFFERS = 512 << 20  # bytes: work buffers of an engine
# Heat shows within a minute on a GPU. A CPU tier's decoding waits for memory and heats little, so there it is left out
# unless it is asked for.
GPU_SOAK_S = 60.0


def soak_s(benchmark: PlannedBenchmark, asked: Asked) -> float:
    """Length of the soak, in seconds: as asked for, else 60 on GPUs and none on a CPU."""
    if asked.soak_s is not None:
        return asked.soak_s
    return GPU_SOAK_S if benchmark.machine_class == "gpu" else 0.0


def synthetic(benchmark: PlannedBenchmark, asked: Asked) -> bool:
    """Whether random weights are measured: the user or the plan wants them."""
    return asked.synthetic or benchmark.weights == "synthetic"


def of_benchmark(
    benchmark: PlannedBenchmark,
    asked: Asked,
    recipe: Mapping[str, object] | None = None,
    golden: Mapping[str, object] | None = None,
) -> dict[str, object]:
    """For the plan's model: with the service, or with an engine of our own where the service does not serve just that.

    Args:
        benchmark: from the plan.
        asked: by the user.
        recipe: of the synthetic weights, where these are to be measured.
        golden: log-probabilities that these must give, where they are known.
    """
    start, gpu = 60 + benchmark.size_bytes / _SLOWEST_DISK, benchmark.machine_class == "gpu"
    model = MODELS.get(benchmark.model)
    need = model.resident_bytes(benchmark.context) if model else benchmark.size_bytes + _BUFFERS
    soak = soak_s(benchmark, asked)
    found: dict[str, object] = {
        "mode": "own" if recipe or asked.named else "service",
        "lock": LOCK,
        "config": CONFIG,
        "key": KEY,
        "command": COMMAND,
        "model": benchmark.path,
        "sha256": benchmark.sha256,
        "size": benchmark.size_bytes,
        "context": benchmark.context,
        "memory_bytes": 0 if gpu else need,
        "gpu": gpu,
        "floor": benchmark.floor,
        "soak_s": soak,
    }
    found |= _limits(start, soak)
    if recipe:
        found |= {"recipe": dict(recipe), "keep_weights": asked.keep_weights}
        found["golden"] = {name: golden[name] for name in ("tokens", "start")} if golden else None
    return found


def _limits(start_s: float, soak_s: float) -> dict[str, float]:
    return {
        "start_limit_s": start_s,
        "measure_limit_s": _MEASURE_S,
        "hard_limit_s": _HARD_S + 2 * soak_s,
        "guard_limit_s": 3 * start_s + _HARD_S + 2 * soak_s,  # written or hashed, loaded, and the service started again
    }


def of_server(server: Server, floor: float, asked: Asked) -> dict[str, object]:
    """For a server that somebody else set up.

    Args:
        server: where it is.
        floor: tokens/s; 0 for none.
        asked: by the user.
    """
    soak = asked.soak_s or 0.0
    return {
        "mode": "server",
        "lock": LOCK,
        "server": asdict(server),
        "floor": floor,
        "soak_s": soak,
        "probe_limit_s": _SERVER_ANSWER_S,
        "start_limit_s": _SERVER_START_S,
        "request_limit_s": _SERVER_START_S,
        "measure_limit_s": _MEASURE_S,
        "hard_limit_s": _HARD_S + soak,
        "guard_limit_s": _HARD_S + soak + _SERVER_START_S,
    }


def time_limit_s(job: Mapping[str, object]) -> float:
    """Longest that one host may take, in seconds: a minute more than the script gives itself."""
    return float(str(job["guard_limit_s"])) + 60
