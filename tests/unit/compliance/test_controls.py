"""Controls on a pretended machine: those that no throw-away machine can break (GPUs, disks, swap, the kernel)."""

import pytest

from rigprov.compliance.control import DeviationError
from tests.unit.compliance.fake import functions, machine
from tests.unit.compliance.world import BROKEN, HEALTHY, PROMISED

TESTS = functions()


@pytest.mark.parametrize("ident", BROKEN)
def test_it_passes_on_a_healthy_machine_and_fails_on_a_broken_one(ident) -> None:
    TESTS[ident](machine(HEALTHY, **PROMISED))
    with pytest.raises(DeviationError) as caught:
        TESTS[ident](machine({**BROKEN[ident], **HEALTHY} | BROKEN[ident], **PROMISED))
    assert caught.value.found
    assert caught.value.expected


@pytest.mark.parametrize("ident", [ident for ident in TESTS if ident.startswith(("RIG-DRV", "RIG-CTK-005", "RIG-LOG-001"))])
def test_without_a_gpu_it_is_skipped_with_the_reason(ident) -> None:
    none = {r"/sys/bus/pci/devices": "", r"^\[ -e /dev/nvidiactl \]": (1, "")}
    with pytest.raises(pytest.skip.Exception, match="GPU"):
        TESTS[ident](machine({**none, **HEALTHY} | none, **PROMISED))


@pytest.mark.parametrize(
    "ident", [ident for ident in TESTS if ident.startswith(("RIG-SWP", "RIG-LOG-002", "RIG-SYS-005", "RIG-STO-009"))]
)
def test_in_a_container_the_kernel_s_matters_are_skipped(ident) -> None:
    inside = {r"detect-virt --container": "docker\n"}
    with pytest.raises(pytest.skip.Exception, match="outer machine"):
        TESTS[ident](machine({**inside, **HEALTHY} | inside, **PROMISED))


def test_what_the_plan_does_not_want_is_looked_at_where_it_is_there_all_the_same() -> None:
    """A plan without a role is no reason to look away."""
    wanted = {**PROMISED, "roles": ("base",)}
    with pytest.raises(DeviationError):
        TESTS["RIG-DKR-001"](machine(HEALTHY, **wanted))
    absent = {r"command -v dockerd": (1, "")}
    with pytest.raises(pytest.skip.Exception, match="the plan does not run role docker here"):
        TESTS["RIG-DKR-001"](machine({**absent, **HEALTHY}, **wanted))


def test_a_command_is_run_once() -> None:
    asked = []
    known = machine(HEALTHY)
    run = known.host.run
    known.host.run = lambda command: asked.append(command) or run(command)
    assert [known.out("id -u"), known.out("id -u")] == ["0", "0"]
    assert len(asked) == 1
