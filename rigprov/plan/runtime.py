"""The inference engine: how it is run. Where it comes from is `rigprov.plan.engine`'s choice."""

from rigprov.model.host import HostFacts
from rigprov.model.plan import Chosen, Decision
from rigprov.plan import engine
from rigprov.plan.benchmark import Choice
from rigprov.plan.case import Case
from rigprov.plan.gpu_stack import Stack
from rigprov.plan.storage import Place

DEFAULT_CONTEXT = 4096


def decide(case: Case, place: Place, choice: Choice, stack: Stack) -> Decision:
    """Values of the role `llm_runtime`.

    Raises:
        UsageError: the user's values for the engine contradict one another.
    """
    source = engine.choose(case, stack)
    if source.unable:
        return Decision(not_built=source.unable)
    values = {
        **source.values,
        "llm_runtime_group": Chosen(case.wish("model_storage_group") or "models", "the group that may read the models"),
        "llm_runtime_threads": _threads(case.facts),
        "llm_runtime_context": _context(choice),
        "llm_runtime_supervisor": _supervisor(case),
        "llm_runtime_required_mount": Chosen(place.own_mount, _mount_reason(place)),
    }
    values["llm_runtime_model"] = _model(choice)
    by = "by systemd" if case.environment.systemd else "by its own control script"
    return Decision(
        values=values,
        blockers=source.blockers,
        warnings=(*_warnings(case, choice), *source.warnings),
        reason=f"llama.cpp server ({source.name}) on loopback with an API key, run {by}",
    )


def _model(choice: Choice) -> Chosen:
    if choice.planned is None:
        return Chosen("", "no benchmark names one, so nothing is served")
    if choice.planned.weights == "synthetic":
        return Chosen("", "synthetic weights are measured with an engine of its own; there is nothing to serve")
    return Chosen(choice.planned.path, "the benchmark's model")


def _threads(facts: HostFacts) -> Chosen:
    cores, usable = facts.cpu.physical_cores, facts.cpu.logical_cpus
    if usable < cores:
        return Chosen(max(usable, 1), f"this machine may use {usable} of {cores} cores")
    return Chosen(
        max(cores, 1), "one thread per physical core: decoding waits for memory, so a second one per core gains nothing"
    )


def _context(choice: Choice) -> Chosen:
    if choice.planned is None:
        return Chosen(DEFAULT_CONTEXT, "no benchmark sets another")
    return Chosen(choice.planned.context, "the context that the benchmark is measured with")


def _supervisor(case: Case) -> Chosen:
    if case.environment.systemd:
        return Chosen("systemd", "systemd runs this machine")
    return Chosen("script", "no systemd here: a control script starts and watches the server")


def _mount_reason(place: Place) -> str:
    return f"the models lie on {place.own_mount}" if place.own_mount else "the models lie on the root file system"


def _warnings(case: Case, choice: Choice) -> tuple[str, ...]:
    found = []
    wish = case.wish("llm_runtime_model")
    if wish is not None and choice.planned is not None and wish != choice.planned.path:
        found.append(f"the server is set to {wish}, while the tier's benchmark measures {choice.planned.path}")
    host = case.wish("llm_runtime_host")
    if host is not None and host not in ("127.0.0.1", "::1", "localhost"):
        found.append(
            f"the server will listen on {host}, reachable from the network and without TLS; the API key is its only guard"
        )
    return tuple(found)
