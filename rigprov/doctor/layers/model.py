"""Whether rigprov's engine serves its model, on the GPU where it is meant to, and was measured since the last start."""

import json
import re
from typing import Any

from rigprov.doctor.layer import broken, does_not_apply, fine, not_known, not_proved
from rigprov.doctor.proofs import stands
from rigprov.doctor.seen import ABSENT, NOT_FOUND, Seen, clipped, whole
from rigprov.model.diagnosis import Finding, Layer

_STOPPED = 3
_ON_CPU = ("0", "")  # values of gpu_layers


def judge(seen: Seen) -> Layer:
    """A service that is up proves nothing yet: where the layers lie, and a proof of this boot, do."""
    rc = seen.rc("engine-status")
    if rc is None:
        return not_known("model", seen.why("engine-status"))
    if rc == NOT_FOUND:
        return does_not_apply("model", "rigprov's engine is not set up here")
    config = _config(seen)
    if config is None:
        return not_known("model", seen.why("engine-config"))
    return _set_up(seen, config) if config.get("model") else does_not_apply("model", "the engine is set up without a model")


def _set_up(seen: Seen, config: dict[str, Any]) -> Layer:
    """The engine has a model to serve."""
    rc = seen.rc("engine-status")
    if rc == _STOPPED or seen.rc("engine-ready") != 0:
        return broken("model", [_not_serving(seen, stopped=rc == _STOPPED)])
    wants_gpu = str(config.get("gpu_layers", "0")) not in _ON_CPU
    if wants_gpu and seen.gpus and (fault := _not_on_gpu(seen)):
        return broken("model", [fault])
    return _proved(seen, config, wants_gpu=wants_gpu)


def _config(seen: Seen) -> dict[str, Any] | None:
    """The engine's settings; None: they make no sense."""
    if seen.rc("engine-config") == ABSENT:
        return {}
    try:
        found = json.loads(seen.text("engine-config"))
    except ValueError:
        return None
    return found if isinstance(found, dict) else None


def _not_serving(seen: Seen, *, stopped: bool) -> Finding:
    unit = seen.quote("engine-unit", "SubState=", "Result=", limit=2)
    if stopped:
        words = (*seen.quote("engine-status", limit=1), *unit, *seen.quote("engine-log", limit=2)[-2:])
        return Finding(
            "engine-stopped", "the engine is stopped", words, "`rigprov-llm start`; `rigprov-llm logs` says why it ended"
        )
    what = "the engine runs, but its model does not answer"
    fix = "a large model takes minutes to load: run doctor again; if it stays so, `rigprov-llm logs` says what it waits for"
    return Finding("engine-does-not-answer", what, (*seen.quote("engine-ready", limit=3), *unit), fix)


def _not_on_gpu(seen: Seen) -> Finding | None:
    """The log says so, or no process of the engine is on a GPU."""
    said = seen.engine
    if said.offloaded == 0 or said.backend == "CPU":
        told = f"offloaded {said.offloaded}/{said.layers} layers" if said.offloaded is not None else "no layer on a GPU"
        words = (clipped(said.trouble),) if said.trouble else seen.quote("engine-log", "offloaded", "buffer size", limit=3)
        return _on_cpu(seen, told, words)
    if said.offloaded is not None or said.backend:
        return None
    pids = set(seen.fields("engine-unit").get("pids", "").split())
    users = {line.split(",")[0].strip() for line in seen.lines("smi-processes")}
    if not pids or seen.rc("smi-processes") != 0 or pids & users or seen.container:
        return None
    evidence = (f"engine's processes: {' '.join(sorted(pids))}", f"processes on GPUs: {' '.join(sorted(users)) or 'none'}")
    return _on_cpu(seen, "none of its processes is on a GPU", evidence)


def _on_cpu(seen: Seen, told: str, evidence: tuple[str, ...]) -> Finding:
    what = f"the model runs on the CPU, though it was set up for the GPU ({told})"
    if early := _began_before_nodes(seen):
        fix = (
            "`rigprov-llm restart`; to have it right at every start: `systemctl enable nvidia-persistenced`, which makes the "
            "nodes at boot, and the service ordered after it"
        )
        return Finding(
            "engine-on-cpu", f"{what}: it was started before the GPU's device nodes were there", (*evidence, early), fix
        )
    return Finding(
        "engine-on-cpu", what, evidence, "`rigprov-llm restart`; if it stays so, `rigprov-llm logs` says what it found"
    )


def _began_before_nodes(seen: Seen) -> str:
    """Both times, where the engine is the older; "" where not, or not known."""
    began = whole(seen.fields("engine-unit").get("ExecMainStartTimestampMonotonic"))
    boot = whole(seen.fields("clock").get("boot"))
    node = re.search(r"^([0-9]{1,12}) \S+ /dev/nvidia0$", seen.text("nodes-after"), re.MULTILINE)
    if began is None or boot is None or node is None:
        return ""
    engine_s, node_s = began / 1e6, int(node[1]) - boot
    if engine_s >= node_s:
        return ""
    return f"the engine was started {engine_s:.0f} s after boot, /dev/nvidia0 made {node_s} s after it"


def _proved(seen: Seen, config: dict[str, Any], *, wants_gpu: bool) -> Layer:
    name = str(config["model"]).rpartition("/")[2]
    notes = [*_partly(seen, wants_gpu=wants_gpu), *_cpu_on_purpose(seen, config, wants_gpu=wants_gpu)]
    where = f", {seen.engine.offloaded}/{seen.engine.layers} layers on the GPU" if wants_gpu and seen.engine.offloaded else ""
    proof, why = stands(seen)
    if proof:
        return fine("model", f"{name} is served{where}; {proof}", notes)
    return not_proved("model", f"{name} is served{where}, but {why}", "`rigprov verify HOST` measures it", notes)


def _partly(seen: Seen, *, wants_gpu: bool) -> list[Finding]:
    said = seen.engine
    if not wants_gpu or said.offloaded is None or said.layers is None or said.offloaded >= said.layers:
        return []
    what = f"{said.layers - said.offloaded} of {said.layers} layers lie in the machine's memory: decoding waits for them"
    fix = "a smaller context (`--set llm_runtime.context=N`), a smaller quantisation, or nothing else on the GPU"
    return [Finding("layers-on-cpu", what, seen.quote("engine-log", "offloaded", limit=1), fix)]


def _cpu_on_purpose(seen: Seen, config: dict[str, Any], *, wants_gpu: bool) -> list[Finding]:
    if wants_gpu or not seen.gpus:
        return []
    what = "there is a GPU, but the engine is set up for the CPU"
    fix = "plan it for the GPU: `rigprov plan --tier TIER HOST` says which tiers do"
    return [Finding("engine-set-up-for-cpu", what, (f"server.json: gpu_layers {config.get('gpu_layers', '0')}",), fix)]
