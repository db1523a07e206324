"""Whether the engine that is a Python package runs on a host."""

from rigprov.catalog.engines import XLLAMACPP
from rigprov.model.plan import Blocker
from rigprov.plan.case import Case

# Python that each release brings, for hosts on which none is installed yet.
RELEASE_PYTHON = {
    "focal": (3, 8),
    "jammy": (3, 10),
    "noble": (3, 12),
    "bullseye": (3, 9),
    "bookworm": (3, 11),
    "trixie": (3, 13),
}


def blockers(case: Case) -> tuple[Blocker, ...]:
    """All that keeps it from running."""
    return (*machine(case), *_cpu(case), *_python_too_old(case))


def lacking(case: Case) -> str:
    """Vector extensions that the wheel uses and the CPU does not show."""
    needs = XLLAMACPP.cpu_needs.get(case.facts.kernel.machine, ())
    return ", ".join(name for name in needs if name not in case.facts.cpu.vector_extensions).upper()


def machine(case: Case) -> tuple[Blocker, ...]:
    """A machine that no engine of ours runs on, however it is had."""
    name = case.facts.kernel.machine
    if name in XLLAMACPP.sha256:
        return ()
    message = f"there is no build of the engine for {name}, only for {' and '.join(sorted(XLLAMACPP.sha256))}"
    fix = "install a 64-bit system where the hardware has one, or use another machine"
    return (Blocker("engine-machine", message, fix),)


def _cpu(case: Case) -> tuple[Blocker, ...]:
    """Only where the user insists on the wheel."""
    if not (names := lacking(case)):
        return ()
    message = f"the wheel needs a CPU with {names}, and {case.facts.cpu.model} shows none"
    fix = "leave llm_runtime.source out: it is built then; in a virtual machine, set the CPU type to `host`"
    return (Blocker("engine-cpu", message, fix),)


def _python_too_old(case: Case) -> tuple[Blocker, ...]:
    python = _python(case)
    if python is None or python >= XLLAMACPP.min_python:
        return ()
    has, need = ".".join(map(str, python)), ".".join(map(str, XLLAMACPP.min_python))
    fix = "upgrade the system: Ubuntu 22.04 and Debian 12 are the oldest that will do"
    return (Blocker("engine-python", f"the engine needs Python {need}, this system has {has}", fix),)


def _python(case: Case) -> tuple[int, int] | None:
    parts = (case.facts.python or "").split(".")
    if len(parts) > 1 and parts[0].isdigit() and parts[1].isdigit():
        return int(parts[0]), int(parts[1])
    return RELEASE_PYTHON.get(case.facts.os.codename)
