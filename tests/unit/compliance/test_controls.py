"""Controls on a pretended machine: those that no throw-away machine can break (GPUs, disks, swap, the kernel)."""

from types import SimpleNamespace

import pytest

from rigprov.compliance.control import DeviationError
from rigprov.compliance.machine import Machine
from rigprov.compliance.promises import Promises
from tests.unit.compliance.fake import Answer, Answers, FakeHost, functions, machine
from tests.unit.compliance.world import BROKEN, HEALTHY, PROMISED

TESTS = functions()


def first(answers: Answers) -> Answers:
    """The healthy machine, but for these: patterns are tried in their order."""
    return {**answers, **HEALTHY, **answers}


@pytest.mark.parametrize("ident", BROKEN)
def test_it_passes_on_a_healthy_machine_and_fails_on_a_broken_one(ident) -> None:
    TESTS[ident](machine(HEALTHY, **PROMISED))
    with pytest.raises(DeviationError) as caught:
        TESTS[ident](machine(first(BROKEN[ident]), **PROMISED))
    assert caught.value.found
    assert caught.value.expected


@pytest.mark.parametrize("ident", [ident for ident in TESTS if ident.startswith(("RIG-DRV", "RIG-CTK-005", "RIG-LOG-001"))])
def test_without_a_gpu_it_is_skipped_with_the_reason(ident) -> None:
    none: dict[str, Answer] = {r"/sys/bus/pci/devices": "", r"^\[ -e /dev/nvidiactl \]": (1, "")}
    with pytest.raises(pytest.skip.Exception, match="GPU"):
        TESTS[ident](machine(first(none), **PROMISED))


@pytest.mark.parametrize(
    "ident", [ident for ident in TESTS if ident.startswith(("RIG-SWP", "RIG-LOG-002", "RIG-SYS-005", "RIG-STO-009"))]
)
def test_in_a_container_the_kernel_s_matters_are_skipped(ident) -> None:
    inside: dict[str, Answer] = {r"detect-virt --container": "docker\n"}
    with pytest.raises(pytest.skip.Exception, match="outer machine"):
        TESTS[ident](machine(first(inside), **PROMISED))


def test_what_the_plan_does_not_want_is_looked_at_where_it_is_there_all_the_same() -> None:
    """A plan without a role is no reason to look away."""
    wanted = {**PROMISED, "roles": ("base",)}
    with pytest.raises(DeviationError):
        TESTS["RIG-DKR-001"](machine(HEALTHY, **wanted))
    absent: dict[str, Answer] = {r"command -v dockerd": (1, "")}
    with pytest.raises(pytest.skip.Exception, match="the plan does not run role docker here"):
        TESTS["RIG-DKR-001"](machine(first(absent), **wanted))


def test_a_command_is_run_once() -> None:
    host = FakeHost(HEALTHY)
    known = Machine(host, Promises())
    assert [known.out("id -u"), known.out("id -u")] == ["0", "0"]
    assert host.asked == ["id -u"]


def test_braces_reach_the_host_through_ansible() -> None:
    sent: list[str] = []

    class Spy(FakeHost):
        def run(self, command: str) -> SimpleNamespace:
            sent.append(command)
            return super().run(command)

    assert Machine(Spy(HEALTHY), Promises()).out("docker info -f '{{.CgroupDriver}}'") == "systemd"
    assert "{{" not in sent[0]
