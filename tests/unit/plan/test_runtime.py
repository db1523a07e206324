"""The engine: threads, supervisor, and machines that it cannot run on."""

import pytest

from rigprov.model.host import Cpu, Kernel, OsRelease
from rigprov.model.plan import Blocker
from rigprov.plan import benchmark, runtime, storage
from rigprov.tiers import INTERMEDIATE, STARTER
from tests.unit.plan.hosts import REACHABLE, case, container, rig

AVX2 = ("avx", "avx2", "fma", "f16c")
BULLSEYE = OsRelease("debian", "11", "bullseye", (), "Debian GNU/Linux 11 (bullseye)")


def decide(facts, tier=STARTER, flags=None):
    made = case(facts, tier=tier, flags=flags)
    place = storage.choose(made)
    return runtime.decide(made, place, benchmark.choose(made, place))


@pytest.mark.parametrize(
    ("cores", "usable", "threads", "reason"),
    [
        (8, 16, 8, "one thread per physical core: decoding waits for memory, so a second one per core gains nothing"),
        (64, 4, 4, "this machine may use 4 of 64 cores"),
        (1, 1, 1, "one thread per physical core: decoding waits for memory, so a second one per core gains nothing"),
    ],
)
def test_threads(cores, usable, threads, reason):
    chosen = decide(rig(cpu=Cpu("x", cores, usable, AVX2, 1))).values["llm_runtime_threads"]
    assert (chosen.value, chosen.reason) == (threads, reason)


@pytest.mark.parametrize(
    ("facts", "value"),
    [(rig(), "systemd"), (container(), "script")],
)
def test_supervisor(facts, value):
    assert decide(facts).values["llm_runtime_supervisor"].value == value


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
                "the engine needs a CPU with AVX2, FMA, F16C, and Common KVM processor shows none",
                "in a virtual machine, set the CPU type to `host`; on hardware before 2013 there is no way yet",
            ),
        ),
        (
            rig(os=BULLSEYE, python=None),
            Blocker(
                "engine-python",
                "the engine needs Python 3.10, this system has 3.9",
                "upgrade the system: Ubuntu 22.04 and Debian 12 are the oldest that will do",
            ),
        ),
        (
            rig(python="3.8.10"),
            Blocker(
                "engine-python",
                "the engine needs Python 3.10, this system has 3.8",
                "upgrade the system: Ubuntu 22.04 and Debian 12 are the oldest that will do",
            ),
        ),
    ],
)
def test_machines_it_cannot_run_on(facts, blocker):
    assert decide(facts).blockers == (blocker,)


@pytest.mark.parametrize(
    "facts", [rig(), rig(python=None), rig(kernel=Kernel("6", "", "aarch64", ""), cpu=Cpu("N1", 4, 4, (), 1))]
)
def test_machines_it_runs_on(facts):
    assert decide(facts).blockers == ()


@pytest.mark.parametrize(
    ("flags", "warning"),
    [
        (
            {"llm_runtime_host": "0.0.0.0"},  # noqa: S104 - what the user wrote
            "the server will listen on 0.0.0.0, reachable from the network and without TLS; the API key is its only guard",
        ),
        (
            {"llm_runtime_model": "/m/x.gguf"},
            "the server is set to /m/x.gguf, while the tier's benchmark measures /srv/models/Qwen3-8B-Q4_K_M.gguf",
        ),
    ],
)
def test_what_the_user_should_know(flags, warning):
    assert decide(rig(), flags=flags).warnings == (warning,)


def test_index_out_of_reach_is_said():
    assert decide(rig(reachable=REACHABLE | {"python_index": False})).warnings == (
        "the Python package index does not answer from this host; the engine comes from there",
    )


def test_gpu_tiers_get_no_engine_for_cpus():
    assert decide(rig(), tier=INTERMEDIATE).not_built == (
        "the engine for GPUs is not built yet; the one there is decodes on the CPU"
    )
