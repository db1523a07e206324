"""Machines that the Python package does not run on."""

import pytest

from rigprov.model.host import Cpu, Kernel, OsRelease
from rigprov.model.plan import Blocker
from rigprov.plan import wheel
from tests.unit.plan.hosts import case, rig

BULLSEYE = OsRelease("debian", "11", "bullseye", (), "Debian GNU/Linux 11 (bullseye)")
OLD_PYTHON = "upgrade the system: Ubuntu 22.04 and Debian 12 are the oldest that will do"


@pytest.mark.parametrize(
    ("facts", "blocker"),
    [
        (
            rig(kernel=Kernel("6.1", "", "armv7l", "")),
            Blocker(
                "engine-machine",
                "there is no build of the engine for armv7l, only for aarch64 and x86_64",
                "install a 64-bit system where the hardware has one, or use another machine",
            ),
        ),
        (
            rig(cpu=Cpu("Common KVM processor", 2, 2, (), 1)),
            Blocker(
                "engine-cpu",
                "the wheel needs a CPU with AVX2, FMA, F16C, and Common KVM processor shows none",
                "leave llm_runtime.source out: it is built then; in a virtual machine, set the CPU type to `host`",
            ),
        ),
        (
            rig(os=BULLSEYE, python=None),
            Blocker("engine-python", "the engine needs Python 3.10, this system has 3.9", OLD_PYTHON),
        ),
        (rig(python="3.8.10"), Blocker("engine-python", "the engine needs Python 3.10, this system has 3.8", OLD_PYTHON)),
    ],
)
def test_machines_it_cannot_run_on(facts, blocker):
    assert wheel.blockers(case(facts)) == (blocker,)


@pytest.mark.parametrize(
    "facts", [rig(), rig(python=None), rig(kernel=Kernel("6", "", "aarch64", ""), cpu=Cpu("N1", 4, 4, (), 1))]
)
def test_machines_it_runs_on(facts):
    assert wheel.blockers(case(facts)) == ()


@pytest.mark.parametrize(("extensions", "lacks"), [(("avx", "avx2", "fma", "f16c"), ""), (("avx",), "AVX2, FMA, F16C")])
def test_what_the_cpu_lacks(extensions, lacks):
    assert wheel.lacking(case(rig(cpu=Cpu("x", 2, 2, extensions, 1)))) == lacks
