"""What the script printed on one host, as typed values."""

import json
from collections.abc import Mapping
from dataclasses import dataclass, field, replace
from typing import Any

from rigprov.model.proof import Weights
from rigprov.verify.host.examine import BEGIN, END


@dataclass(frozen=True)
class Attempt:
    """One run of the decode measurement, kept or repeated."""

    series: int
    run: int
    tok_s: float
    disturbed: bool  # others took CPU time that the engine's threads needed
    kept: bool
    foreign_cores: float
    stolen_cores: float  # by the hypervisor
    throttled_s: float  # held back by the container's CPU quota
    engine_cores: float | None = None  # CPU time that the engine itself used, in cores
    others: tuple[tuple[str, float], ...] = ()  # foreign processes that used most: name and cores


@dataclass(frozen=True)
class SoakRun:
    """One run of the soak."""

    at_s: float  # when it ended, since the soak began
    tok_s: float
    disturbed: bool


@dataclass(frozen=True)
class Broken:
    """The layer that kept the host from being measured."""

    layer: str  # see `rigprov.verify.host.failure`
    message: str
    log: tuple[str, ...] = ()
    fix: str = ""  # where this failure has a way out of its own


@dataclass(frozen=True)
class Evidence:
    """Figures of one host. None: not measured; the matching `*_reason` says why where the host could tell."""

    raw: Mapping[str, Any] = field(default_factory=dict)
    broken: Broken | None = None
    threads: int | None = None
    context: int | None = None
    gpu_layers: str = ""  # that the engine was told to put on GPUs: a number or "all"; "": not known
    engine: str = ""
    loaded_path: str | None = None
    loaded_file: str | None = None  # "current", "replaced", None: could not be seen
    stale: bool = False  # started with other settings or files than those on disk now
    sha256: str | None = None
    model_reason: str = ""
    was_running: bool = False
    load_s: float | None = None
    sample: str | None = None
    tokens: int = 0
    series: tuple[tuple[float, ...], ...] = ()
    attempts: tuple[Attempt, ...] = ()
    prompt_tok_s: float | None = None
    first_token_s: float | None = None
    web_ui: bool | None = None
    bytes_per_token: int | None = None
    bytes_reason: str = ""
    bandwidth_gb_s: float | None = None
    bandwidth_disturbed: bool = False
    bandwidth_reason: str = ""
    l3_bytes: int | None = None
    cores: int | None = None
    swap_used: int = 0
    available: int | None = None
    governor: str | None = None
    size: int | None = None  # bytes of the model's file
    looks: str = ""  # what the file is, where it is no model
    weights: Weights = "unknown"
    synthetic_path: str = ""
    synthetic_sha256: str = ""
    soak: tuple[SoakRun, ...] = ()
    counted: str = ""  # where token counts come from: "timings", "usage", "eval_count"
    reasoning: bool = False
    prompt_reason: str = ""  # why there is no prompt speed
    engine_cpus: int | None = None  # that the engine may use
    engine_log: tuple[str, ...] = ()  # as far as the service still had it
    gpu: Mapping[str, Any] = field(default_factory=dict)  # what the sampler beside the measurement saw
    server_url: str = ""  # of a server that somebody else set up
    server_model: str = ""
    logits: Mapping[str, Any] = field(default_factory=dict)  # of the synthetic file; `again`: of the second pass
    service_down: str = ""  # why the service could not be started again


class Damaged(ValueError):  # noqa: N818 - what it is about, not that it is an error
    """What came back is not one whole document."""


def read(stdout: str) -> Evidence:
    """Evidence in the output of the measuring script.

    Raises:
        Damaged: there is no whole document in it.
    """
    _, begin, rest = stdout.partition(BEGIN)
    body, end, _ = rest.partition(END)
    if not (begin and end):
        raise Damaged("the measurement ended without a result")
    try:
        return from_document(json.loads(body))
    except (ValueError, KeyError, TypeError, AttributeError) as error:
        raise Damaged(f"the measurement came back damaged: {type(error).__name__}: {error}") from error


def from_document(found: Mapping[str, Any]) -> Evidence:
    """Evidence from the parsed document."""
    config, model, loaded = found.get("config") or {}, found.get("model") or {}, found.get("loaded") or {}
    bandwidth, memory, warm_up = found.get("bandwidth") or {}, found.get("memory") or {}, found.get("warm_up") or {}
    base = Evidence(
        raw=found,
        broken=_broken(found.get("failure")),
        threads=config.get("threads"),
        context=config.get("context"),
        gpu_layers=config.get("gpu_layers", ""),
        engine=found.get("engine", ""),
        loaded_path=loaded.get("path"),
        loaded_file=loaded.get("file"),
        stale=found.get("stale", False),
        sha256=model.get("sha256"),
        model_reason=model.get("reason", ""),
        was_running=found.get("was_running", False),
        load_s=found.get("load_s"),
        sample=warm_up.get("text"),
        tokens=warm_up.get("tokens", 0),
        series=tuple(tuple(float(run) for run in runs) for runs in found.get("series", ())),
        attempts=tuple(_attempt(entry) for entry in found.get("attempts", ())),
        prompt_tok_s=(found.get("prompt") or {}).get("tok_s"),
        first_token_s=found.get("first_token_s"),
        web_ui=(found.get("web_ui") or {}).get("answers"),
        bytes_per_token=found.get("bytes_per_token"),
        bytes_reason=found.get("bytes_reason", ""),
        bandwidth_gb_s=bandwidth.get("gb_s"),
        bandwidth_disturbed=bandwidth.get("disturbed", False),
        bandwidth_reason=bandwidth.get("reason", ""),
        l3_bytes=found.get("l3_bytes"),
        cores=found.get("cores"),
        swap_used=memory.get("swap_used", 0),
        available=memory.get("available"),
        governor=found.get("governor"),
    )
    return replace(base, **_more(found))


def _more(found: Mapping[str, Any]) -> dict[str, Any]:
    """What the document's optional parts hold."""
    model, server, synthetic = found.get("model") or {}, found.get("server") or {}, found.get("synthetic") or {}
    return {
        "size": model.get("size"),
        "looks": model.get("looks", ""),
        "weights": found.get("weights", "unknown" if server else "real"),
        "synthetic_path": synthetic.get("path", ""),
        "synthetic_sha256": synthetic.get("sha256", ""),
        "soak": tuple(SoakRun(run["at"], run["tok_s"], run["disturbed"]) for run in found.get("soak", ())),
        "counted": (found.get("warm_up") or {}).get("counted", ""),
        "reasoning": (found.get("warm_up") or {}).get("reasoning", False),
        "prompt_reason": (found.get("prompt") or {}).get("reason", ""),
        "engine_cpus": found.get("engine_cpus"),
        "engine_log": tuple(found.get("engine_log", ())),
        "gpu": found.get("gpu") or {},
        "logits": _logits(found),
        "server_url": server.get("url", ""),
        "server_model": server.get("model", ""),
        "service_down": found.get("service_down", ""),
    }


def _logits(found: Mapping[str, Any]) -> dict[str, Any]:
    first, again = found.get("logits") or {}, found.get("logits_again") or {}
    return {**first, **({"again": again["top"]} if again else {})}


def _broken(failure: Mapping[str, Any] | None) -> Broken | None:
    if not failure:
        return None
    return Broken(failure["layer"], failure["message"], tuple(failure.get("log", ())), failure.get("fix", ""))


def _attempt(entry: Mapping[str, Any]) -> Attempt:
    watch = entry["watch"]
    used = {key: watch[key] for key in ("foreign_cores", "stolen_cores", "throttled_s")}
    others = tuple((str(one["name"]), float(one["cores"])) for one in watch.get("others", ()))
    said = {key: entry[key] for key in ("series", "run", "tok_s", "disturbed", "kept")}
    return Attempt(**said, **used, engine_cores=watch.get("wanted_cores"), others=others)
