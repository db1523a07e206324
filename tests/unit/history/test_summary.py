from dataclasses import replace

import pytest

from rigprov.history.summary import SECRET, changed_tasks, machine, no_samples, plan_summary
from rigprov.model.host import Missing, Nvidia, PciDevice
from rigprov.model.plan import Source, Step, Value
from rigprov.model.record import ChangedTask, PlannedRole, PlannedValue
from rigprov.model.run import HostRun, TaskRecord
from rigprov.plan.build import build_plan
from rigprov.plan.wishes import Wishes
from rigprov.tiers import STARTER
from tests.unit.facts.rigs import RIGS, facts
from tests.unit.plan.hosts import RTX_3090, container, docker, driver, rig
from tests.unit.report.cases import RIG
from tests.unit.report.cases import STARTER as DEMO

CONSOLE = PciDevice("0000:02:00.0", "1a03", "2000", "0300", "", "", "ast")


@pytest.mark.parametrize("name", RIGS)
def test_every_recorded_rig_has_a_summary(name):
    known = facts(name)
    short = machine(known)
    assert (short.os, short.kernel, short.cores) == (known.os.pretty, known.kernel.release, known.cpu.physical_cores)


@pytest.mark.parametrize(
    ("host", "gpus", "version"),
    [
        (rig(), (), None),
        (rig(pci=(CONSOLE,)), (), None),  # draws the console of a server, no GPU to a reader
        (rig(pci=(RTX_3090, CONSOLE)), ("NVIDIA 10de:2204, no driver",), None),
        (rig(pci=(replace(RTX_3090, driver="nouveau"),)), ("NVIDIA 10de:2204, driver nouveau",), None),
        (rig(pci=Missing("no sysfs")), ("not known: no sysfs",), None),
        (rig(pci=(RTX_3090,), nvidia=driver(24576)), ("NVIDIA GeForce RTX 3090, 24 GiB",), "580.95.05"),
        (rig(pci=(RTX_3090,), nvidia=Nvidia("580.1", Missing("it failed"), None)), ("NVIDIA 10de:2204, no driver",), "580.1"),
        (rig(nvidia=Missing("no /proc")), (), "not known: no /proc"),
    ],
)
def test_gpus_and_driver(host, gpus, version):
    assert (machine(host).gpus, machine(host).driver) == (gpus, version)


@pytest.mark.parametrize(
    ("host", "kind"),
    [
        (rig(), "physical machine"),
        (container(provider="runpod"), "container (docker) at runpod"),
        (rig(virtualisation=replace(rig().virtualisation, hypervisor="kvm")), "virtual machine (kvm)"),
        (rig(virtualisation=replace(rig().virtualisation, wsl=True, hypervisor="microsoft")), "WSL2"),
    ],
)
def test_kind_of_machine(host, kind):
    assert machine(host).kind == kind


@pytest.mark.parametrize(
    ("found", "said"), [(None, None), (docker(version="29.1"), "29.1"), (Missing("no answer"), "not known: no answer")]
)
def test_docker(found, said):
    assert machine(rig(docker=found)).docker == said


@pytest.mark.usefixtures("starter_roles")
def test_a_plan_keeps_roles_and_the_values_that_are_not_defaults():
    made = build_plan(rig(), STARTER, Wishes({}, {"docker_log_max_size": "20m"}))
    short = plan_summary(made)
    assert [role.role for role in short.roles] == [step.role for step in made.steps]
    assert short.tier == "starter"
    assert short.machine_class == "pc"
    assert PlannedValue("docker_log_max_size", "20m", "flag", "") in short.values
    assert "default" not in {value.source for value in short.values}


@pytest.mark.usefixtures("starter_roles")
def test_secret_values_of_a_plan_are_not_kept():
    made = build_plan(rig(), STARTER, Wishes({}, {}))
    step = Step("models", "run", "", {"models_token": Value("hf_secret", Source.FLAG), "models_path": Value("/x", Source.TIER)})
    short = plan_summary(replace(made, steps=(step,)))
    assert {value.name: value.value for value in short.values} == {"models_token": SECRET, "models_path": "/x"}


@pytest.mark.usefixtures("starter_roles")
def test_a_role_that_is_left_out_has_no_values():
    made = build_plan(rig(), STARTER, Wishes({}, {}))
    step = Step("swap", "skip", "there is enough", {"swap_size_mib": Value(1, Source.PLAN)})
    short = plan_summary(replace(made, steps=(step,)))
    assert (short.roles, short.values) == ((PlannedRole("swap", "skip", "there is enough"),), ())


def test_changed_tasks_are_named_once_each():
    tasks = [("a", "x", "changed"), ("a", "x", "changed"), ("a", "y", "failed"), ("b", "x", "changed")]
    run = HostRun("h", "ok", 3, 3, tuple(TaskRecord(*task) for task in tasks), ())  # type: ignore[arg-type]
    assert changed_tasks(run) == (ChangedTask("a", "x"), ChangedTask("b", "x"))


@pytest.mark.parametrize(
    ("proof", "said"),
    [
        (replace(DEMO.proof, raw={"gpu": {"reason": "no driver"}}), "no driver"),
        (replace(DEMO.proof, raw={"gpu": None}), ""),
        (DEMO.proof, ""),
        (replace(RIG, raw={"gpu": {"reason": "no driver"}}), ""),  # there are samples
    ],
)
def test_why_there_are_no_samples(proof, said):
    assert no_samples(proof) == said
