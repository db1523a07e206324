"""The tiers as text and as the README's table."""

import pytest

from rigprov.report.tiers import benchmark_data, fitting, listing, markdown, reference_band
from rigprov.tiers import BUILT_IN, STARTER
from rigprov.tiers.fit import judge
from tests.unit.plan.hosts import rig

pytestmark = pytest.mark.usefixtures("starter_roles")


def test_listing():
    assert listing([STARTER]) == (
        "starter: any laptop, desktop or Raspberry Pi: models up to 8B on the CPU\n"
        "  needs        4 GB RAM, 10 GB disk; x86_64 or aarch64\n"
        "  measures     Qwen3 8B Q4_K_M, floor in tokens/s: 2.5 (pc)\n"
        "               Llama 3.2 3B Instruct Q4_K_M, floor in tokens/s: 5 (pc), 3.5 (sbc)\n"
        "               SmolLM2 135M Instruct Q4_1, floor in tokens/s: 10 (pc), 5 (sbc)\n"
        "  expect       a 3B model at reading speed on a small PC, an 8B on a current desktop\n"
        "  roles        base, model_storage, docker, swap, models, llm_runtime\n"
    )


def test_roles_that_are_not_built_are_named():
    assert "  not built    nvidia_driver, cuda_toolkit, nvidia_container_toolkit: plan works, apply refuses\n" in listing(
        BUILT_IN
    )


def test_the_band_stands_beside_the_floor_of_a_gpu_tier():
    text = listing(BUILT_IN)
    assert "Qwen3 32B Q4_K_M, floor in tokens/s: 30 (gpu); predicted on one GeForce RTX 3090: 30 to 45\n" in text
    assert "Q4_K_M, tensor split, floor in tokens/s: 16 (gpu); predicted on 2 GeForce RTX 3090: 18 to 40\n" in text


@pytest.mark.parametrize("tier", [tier for tier in BUILT_IN if tier.needs.gpus], ids=lambda tier: tier.name)
def test_no_floor_is_above_what_the_reference_hardware_is_expected_to_reach(tier):
    for item in tier.benchmarks:
        expected = reference_band(item)
        assert expected is not None
        assert item.floors["gpu"] <= expected.low


def test_a_benchmark_as_data_carries_its_models_pin_and_shape():
    data = benchmark_data(BUILT_IN[1].benchmarks[1])
    model, expected = data["model"], data["expected_on_reference"]
    assert isinstance(model, dict)
    assert isinstance(expected, dict)
    assert (model["shape"]["experts_used"], model["source"]["revision"]) == (8, "e4d4bafdfb96a411a163846265362aceb0b9c63a")
    assert (data["context"], data["flash_attention"], data["split"]) == (4096, True, "none")
    assert expected["low"] < expected["high"] < expected["limit"]
    assert benchmark_data(BUILT_IN[0].benchmarks[0])["expected_on_reference"] is None


def test_markdown():
    lines = markdown(BUILT_IN).splitlines()
    assert lines[:2] == ["| tier | needs | measured with | floor (decode tokens/s) | state |", "|---|---|---|---|---|"]
    assert lines[2:] == [
        "| `starter` | 4 GB RAM, 10 GB disk | Qwen3 8B Q4_K_M<br>Llama 3.2 3B Instruct Q4_K_M<br>SmolLM2 135M Instruct Q4_1 "
        "| 2.5 (pc)<br>5 (pc), 3.5 (sbc)<br>10 (pc), 5 (sbc) | plan, apply, verify |",
        "| `intermediate` | 64 GB RAM, 500 GB disk, 1 NVIDIA GPU with 24 GB | Qwen3 32B Q4_K_M<br>Qwen3 30B-A3B Q4_K_M "
        "| 30 (gpu)<br>80 (gpu) | plan only |",
        "| `advanced` | 64 GB RAM, 500 GB disk, 2 NVIDIA GPUs with 24 GB or 1 with 72 GB "
        "| Llama 3.3 70B Instruct Q4_K_M<br>Llama 3.3 70B Instruct Q4_K_M, tensor split | 12 (gpu)<br>16 (gpu) | plan only |",
    ]


def test_fitting():
    assert fitting("rig", {"starter": judge(rig(), STARTER)}) == (
        "rig\n"
        "  starter: fits\n"
        "    ok       needs x86_64 or aarch64, is x86_64\n"
        "    ok       needs 4 GiB of RAM, has 15.5 GiB\n"
        "    ok       needs 10 GB of disk for /srv/models, / has 500.0 GiB\n"
    )
