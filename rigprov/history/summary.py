"""A host's facts and plan in short, for the record of a proof. Pure."""

import json
from collections.abc import Mapping

from rigprov.catalog.roles import options
from rigprov.model.host import Docker, HostFacts, Missing, Nvidia, PciDevice, Virtualisation
from rigprov.model.plan import Plan, Source, Step
from rigprov.model.proof import Proof
from rigprov.model.record import ChangedTask, Machine, PlannedRole, PlannedValue, PlanSummary
from rigprov.model.run import HostRun

SECRET = "(secret)"  # noqa: S105 - what is kept in place of one
_MAKERS = {"10de": "NVIDIA", "1002": "AMD", "8086": "Intel"}
_DISPLAY = "03"  # PCI base class: display controllers
_SERVER_GRAPHICS = frozenset({"1a03", "102b", "1234", "1b36", "1af4", "15ad"})  # ASPEED, Matrox, QEMU, Red Hat, VMware


def machine(facts: HostFacts) -> Machine:
    """The host in a few lines."""
    return Machine(
        os=facts.os.pretty,
        kernel=facts.kernel.release,
        architecture=facts.kernel.machine,
        kind=_kind(facts.virtualisation),
        cpu=facts.cpu.model,
        cores=facts.cpu.physical_cores,
        ram_mib=facts.memory.total_mib,
        gpus=_gpus(facts),
        driver=_driver(facts.nvidia),
        docker=_docker(facts.docker),
    )


def plan_summary(plan: Plan | None) -> PlanSummary:
    """Roles with their state, and the values that are not the roles' own defaults. None: there is no plan."""
    if plan is None:
        return PlanSummary(tier="", machine_class="", roles=(), values=())
    return PlanSummary(
        tier=plan.tier,
        machine_class=plan.benchmark.machine_class if plan.benchmark else "",
        roles=tuple(PlannedRole(step.role, step.state, step.reason) for step in plan.steps),
        values=tuple(value for step in plan.steps if step.state == "run" for value in _values(step)),
        warnings=plan.warnings,
    )


def changed_tasks(run: HostRun) -> tuple[ChangedTask, ...]:
    """In order; a task that ran several times (a loop, a handler) is named once."""
    found = [ChangedTask(task.role, task.task) for task in run.tasks if task.outcome == "changed"]
    return tuple(dict.fromkeys(found))


def no_samples(proof: Proof) -> str:
    """Why nothing was sampled beside the measurement; "" where something was, or where the host does not say."""
    if any(device.samples.t_s for device in proof.devices):
        return ""
    gpu = proof.raw.get("gpu")
    said = gpu.get("reason") if isinstance(gpu, Mapping) else None
    return said if isinstance(said, str) else ""


def _values(step: Step) -> list[PlannedValue]:
    secret = {name for name, option in options(step.role).items() if option.secret}
    return [
        PlannedValue(name, SECRET if name in secret else _text(value.value), value.source.name.lower(), value.reason)
        for name, value in step.values.items()
        if value.source is not Source.DEFAULT
    ]


def _text(value: object) -> str:
    if isinstance(value, str):
        return value
    if isinstance(value, list) and value and all(isinstance(item, Mapping) for item in value):
        return ", ".join(str(item.get("name") or item.get("file") or json.dumps(item, default=str)) for item in value)
    return json.dumps(value, ensure_ascii=False, default=str)


def _driver(found: Nvidia | Missing | None) -> str | None:
    if found is None:
        return None
    return f"not known: {found.reason}" if isinstance(found, Missing) else found.driver_version or found.module_version


def _docker(found: Docker | Missing | None) -> str | None:
    if found is None:
        return None
    return f"not known: {found.reason}" if isinstance(found, Missing) else found.version


def _kind(found: Virtualisation) -> str:
    if found.wsl:
        return "WSL2"
    kind = f"container ({found.container})" if found.container else None
    kind = kind or (f"virtual machine ({found.hypervisor})" if found.hypervisor else "physical machine")
    return f"{kind} at {found.provider}" if found.provider else kind


def _gpus(facts: HostFacts) -> tuple[str, ...]:
    """As the driver names them; without a driver, those on the bus."""
    nvidia = facts.nvidia
    if nvidia and not isinstance(nvidia, Missing) and not isinstance(nvidia.gpus, Missing) and nvidia.gpus:
        return tuple(f"{gpu.name}, {gpu.memory_mib / 1024:.0f} GiB" for gpu in nvidia.gpus)
    if isinstance(facts.pci, Missing):
        return (f"not known: {facts.pci.reason}",)
    return tuple(_on_bus(device) for device in facts.pci if _is_gpu(device))


def _is_gpu(device: PciDevice) -> bool:
    """Boards with nothing but a screen for the console are no GPUs to a reader."""
    return device.class_id.startswith(_DISPLAY) and device.vendor not in _SERVER_GRAPHICS


def _on_bus(device: PciDevice) -> str:
    maker = _MAKERS.get(device.vendor, "GPU")
    return f"{maker} {device.vendor}:{device.device}, {f'driver {device.driver}' if device.driver else 'no driver'}"
