"""Which model is measured, and why not a better one."""

import pytest

from rigprov.model.host import Cpu, Kernel, Memory, Virtualisation
from rigprov.model.plan import Blocker
from rigprov.plan import benchmark, storage
from rigprov.tiers import ADVANCED, INTERMEDIATE, STARTER
from rigprov.tiers.narrow import only
from tests.unit.plan.hosts import REACHABLE, case, driver, mount, rig, unread

PI5 = {
    "kernel": Kernel("6.8.0-1020-raspi", "raspi", "aarch64", "gcc"),
    "cpu": Cpu("Cortex-A76", 4, 4, ("neon", "asimd"), 2 << 20),
    "memory": Memory(7990, 7500),
}


def choose(facts, tier=STARTER):
    made = case(facts, tier=tier)
    return benchmark.choose(made, storage.choose(made))


@pytest.mark.parametrize(
    ("facts", "tier", "expected"),
    [
        (rig(), STARTER, ("qwen3-8b", 2.5, "pc", "the tier's first choice fits")),
        (
            rig(memory=Memory(7700, 7000)),
            STARTER,
            ("llama-3.2-3b", 5.0, "pc", "Qwen3 8B is out: it needs 8.7 GiB of RAM, there are 7.5 GiB"),
        ),
        (
            rig(reachable=REACHABLE | {"hub": False}),
            STARTER,
            (
                "smollm2-135m",
                10.0,
                "pc",
                "Qwen3 8B and Llama 3.2 3B Instruct are out: huggingface.co does not answer from this host",
            ),
        ),
        (
            rig(**PI5),
            STARTER,
            ("llama-3.2-3b", 3.5, "sbc", "Qwen3 8B is out: the tier has no floor for it on this class of machine (sbc)"),
        ),
        (
            rig(mounts=(mount(size=20, free=5),)),
            STARTER,
            ("llama-3.2-3b", 5.0, "pc", "Qwen3 8B is out: / needs 6.7 GiB free (file and reserve) and has 5.0 GiB"),
        ),
        (rig(nvidia=driver(24576)), INTERMEDIATE, ("qwen3-32b", 30.0, "gpu", "the tier's first choice fits")),
        (
            rig(nvidia=driver(20475)),
            INTERMEDIATE,
            ("qwen3-30b-a3b", 80.0, "gpu", "Qwen3 32B is out: it needs 19.9 GiB of VRAM, 19.0 GiB can be used"),
        ),
        (rig(nvidia=driver(24576, 24576)), ADVANCED, ("llama-3.3-70b", 12.0, "gpu", "the tier's first choice fits")),
    ],
    ids=["pc", "8 GB", "no hub", "Pi 5", "small disk", "3090", "20 GB card", "two 3090"],
)
def test_first_that_fits(facts, tier, expected):
    planned = choose(facts, tier).planned
    assert planned is not None
    assert (planned.model, planned.floor, planned.machine_class, planned.reason) == expected


def test_whole_benchmark():
    planned = choose(rig(reachable=REACHABLE | {"hub": False})).planned
    assert planned is not None
    assert (planned.path, planned.size_bytes, planned.context) == (
        "/srv/models/SmolLM2-135M-Instruct.Q4_1.gguf",
        98362432,
        2048,
    )


def test_a_file_that_is_there_needs_neither_room_nor_hub():
    facts = rig(
        reachable=REACHABLE | {"hub": False},
        mounts=(mount(free=0.1),),
        extra={"models": "5027783488 /srv/models/Qwen3-8B-Q4_K_M.gguf"},
    )
    choice = choose(facts)
    assert choice.planned is not None
    assert (choice.planned.model, choice.warnings) == ("qwen3-8b", ())


def test_a_full_disk_blocks_with_amounts():
    message = (
        "no model of tier starter can be used: "
        "Qwen3 8B is out: / needs 6.7 GiB free (file and reserve) and has 102 MiB; "
        "Llama 3.2 3B Instruct is out: / needs 3.9 GiB free (file and reserve) and has 102 MiB; "
        "SmolLM2 135M Instruct is out: / needs 2.1 GiB free (file and reserve) and has 102 MiB"
    )
    fix = "free space, or name a larger file system: --set models.path=/data/models"
    choice = choose(rig(mounts=(mount(free=0.1),)))
    assert (choice.planned, choice.blockers) == (None, (Blocker("disk-full", message, fix),))


OFFLINE = {"hub": False, "python_index": False}


@pytest.mark.parametrize(
    ("facts", "tier", "model", "floor"),
    [
        (rig(nvidia=driver(24576), reachable=OFFLINE), INTERMEDIATE, "qwen3-32b", 30.0),
        (rig(nvidia=driver(24576), reachable=REACHABLE | {"hub": False}), INTERMEDIATE, "qwen3-32b", 30.0),
        (rig(nvidia=driver(20475), reachable=OFFLINE), INTERMEDIATE, "qwen3-30b-a3b", 80.0),
        (rig(nvidia=driver(24576, 24576), reachable=OFFLINE), ADVANCED, "llama-3.3-70b", 12.0),
        (rig(reachable=OFFLINE), STARTER, "qwen3-8b", 2.5),
        (rig(reachable=OFFLINE, memory=Memory(7700, 7000)), STARTER, "llama-3.2-3b", 5.0),
    ],
    ids=["3090", "3090, packages only", "20 GB card", "two 3090", "pc", "8 GB pc"],
)
def test_without_its_source_a_models_speed_is_proved_with_synthetic_weights(facts, tier, model, floor):
    choice = choose(facts, tier)
    planned = choice.planned
    assert planned is not None
    assert (planned.model, planned.floor, planned.weights, planned.sha256) == (model, floor, "synthetic", "")
    assert planned.path.endswith(".synthetic.gguf")
    assert "does not answer from this host" in planned.weights_reason
    assert (choice.blockers, choice.to_fetch) == ((), None)
    assert len(choice.warnings) == 1
    assert "measured with synthetic weights: huggingface.co does not answer" in choice.warnings[0]


def test_real_weights_come_first_where_they_can_be_had():
    """A file that is there needs no source; a small real model from the package index is better than a synthetic large one."""
    there = {"models": "19762149024 /srv/models/Qwen3-32B-Q4_K_M.gguf"}
    gpu = choose(rig(nvidia=driver(24576), reachable=OFFLINE, extra=there), INTERMEDIATE)
    starter = choose(rig(reachable=REACHABLE | {"hub": False}))
    for choice, model in ((gpu, "qwen3-32b"), (starter, "smollm2-135m")):
        assert choice.planned is not None
        assert (choice.planned.model, choice.planned.weights, choice.planned.weights_reason) == (model, "real", "")
        assert choice.to_fetch is choice.model


def test_a_full_disk_holds_no_synthetic_file_either():
    choice = choose(rig(nvidia=driver(24576), reachable=OFFLINE, mounts=(mount(free=5),)), INTERMEDIATE)
    assert [blocker.code for blocker in choice.blockers] == ["disk-full"]


def test_one_large_gpu_holds_the_70b_model_and_cannot_split_it():
    h100 = rig(nvidia=driver(81559, name="NVIDIA H100 80GB HBM3"))
    planned = choose(h100, ADVANCED).planned
    assert planned is not None
    assert (planned.model, planned.split, planned.gpus) == ("llama-3.3-70b", "none", (0,))
    refused = choose(h100, only(ADVANCED, "llama-3.3-70b:tensor"))
    assert "a tensor split needs two GPUs" in refused.blockers[0].message


def test_a_source_that_could_not_be_asked_is_a_warning():
    choice = choose(rig(reachable={"hub": unread("no curl")}))
    assert choice.warnings == ("whether huggingface.co answers from this host could not be told; Qwen3 8B comes from there",)


@pytest.mark.parametrize(
    ("changes", "tier", "expected"),
    [
        ({}, STARTER, "pc"),
        (PI5, STARTER, "sbc"),
        (PI5 | {"kernel": Kernel("6.1.0-28-arm64", "arm64", "aarch64", "gcc")}, STARTER, "sbc"),
        (
            PI5
            | {
                "kernel": Kernel("6.8", "aws", "aarch64", ""),
                "virtualisation": Virtualisation(None, "kvm", False, "systemd", True, "aws", True),
            },
            STARTER,
            "pc",
        ),
        ({"kernel": Kernel("6.11", "nvidia", "aarch64", ""), "cpu": Cpu("GB10", 20, 20, ("sve",), unread())}, STARTER, "pc"),
        ({}, INTERMEDIATE, "gpu"),
    ],
)
def test_class_of_machine(changes, tier, expected):
    assert benchmark.machine_class(rig(**changes), tier) == expected
