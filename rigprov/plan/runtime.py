"""The inference engine: where it comes from, and how it is run."""

from rigprov.catalog.engines import XLLAMACPP, EngineWheel
from rigprov.catalog.sources import PYTHON_INDEX
from rigprov.model.host import HostFacts
from rigprov.model.plan import Blocker, Chosen, Decision
from rigprov.plan.benchmark import Choice
from rigprov.plan.case import Case
from rigprov.plan.storage import Place

DEFAULT_CONTEXT = 4096
# Python that each release brings, for hosts on which none is installed yet.
RELEASE_PYTHON = {
    "focal": (3, 8),
    "jammy": (3, 10),
    "noble": (3, 12),
    "bullseye": (3, 9),
    "bookworm": (3, 11),
    "trixie": (3, 13),
}


def decide(case: Case, place: Place, choice: Choice) -> Decision:
    """Values of the role `llm_runtime`."""
    if case.tier.needs.gpus:
        return Decision(not_built="the engine for GPUs is not built yet; the one there is decodes on the CPU")
    values = {
        "llm_runtime_source": Chosen("wheel", _source_reason()),
        "llm_runtime_version": Chosen(XLLAMACPP.version, "the version whose wheels are pinned"),
        "llm_runtime_wheel_sha256": Chosen(sorted(XLLAMACPP.sha256.values()), "pip takes no other file"),
        "llm_runtime_group": Chosen(case.wish("model_storage_group") or "models", "the group that may read the models"),
        "llm_runtime_threads": _threads(case.facts),
        "llm_runtime_context": _context(choice),
        "llm_runtime_supervisor": _supervisor(case),
        "llm_runtime_required_mount": Chosen(place.own_mount, _mount_reason(place)),
    }
    if choice.planned is not None and choice.planned.weights != "synthetic":
        values["llm_runtime_model"] = Chosen(choice.planned.path, "the benchmark's model")
    by = "by systemd" if case.environment.systemd else "by its own control script"
    return Decision(
        values=values,
        blockers=_blockers(case, XLLAMACPP),
        warnings=_warnings(case, choice),
        reason=f"llama.cpp server ({XLLAMACPP.requirement}) on loopback with an API key, run {by}",
    )


def _source_reason() -> str:
    return (
        "one pinned file that runs on every glibc since 2.17 and brings llama.cpp's server; "
        "llama.cpp's own archives, its container and a source build are not offered yet"
    )


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


def _blockers(case: Case, wheel: EngineWheel) -> tuple[Blocker, ...]:
    facts, found = case.facts, []
    machine = facts.kernel.machine
    if machine not in wheel.sha256:
        message = f"there is no build of the engine for {machine}, only for {' and '.join(sorted(wheel.sha256))}"
        found.append(
            Blocker("engine-machine", message, "install a 64-bit system where the hardware has one, or use another machine")
        )
    if lacking := [name for name in wheel.cpu_needs.get(machine, ()) if name not in facts.cpu.vector_extensions]:
        message = f"the engine needs a CPU with {', '.join(lacking).upper()}, and {facts.cpu.model} shows none"
        fix = "in a virtual machine, set the CPU type to `host`; on hardware before 2013 there is no way yet"
        found.append(Blocker("engine-cpu", message, fix))
    python = _python(facts)
    if python is not None and python < wheel.min_python:
        has, need = ".".join(map(str, python)), ".".join(map(str, wheel.min_python))
        fix = "upgrade the system: Ubuntu 22.04 and Debian 12 are the oldest that will do"
        found.append(Blocker("engine-python", f"the engine needs Python {need}, this system has {has}", fix))
    return tuple(found)


def _python(facts: HostFacts) -> tuple[int, int] | None:
    parts = (facts.python or "").split(".")
    if len(parts) > 1 and parts[0].isdigit() and parts[1].isdigit():
        return int(parts[0]), int(parts[1])
    return RELEASE_PYTHON.get(facts.os.codename)


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
    if case.answers(PYTHON_INDEX) is False:
        found.append("the Python package index does not answer from this host; the engine comes from there")
    return tuple(found)
