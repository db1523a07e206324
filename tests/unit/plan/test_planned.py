"""What `verify` is told."""

from dataclasses import replace

import pytest

from rigprov.catalog.models import MODELS
from rigprov.model.host import NvidiaGpu
from rigprov.plan import storage
from rigprov.plan.build import build_plan
from rigprov.plan.planned import planned
from rigprov.tiers import ADVANCED, INTERMEDIATE, STARTER
from tests.unit.plan.hosts import RTX_3090, case, driver, rig

FIRST = "the tier's first choice fits"


def made(facts, tier, number=0, **how):
    one = case(facts, tier=tier)
    group = "gpu" if tier.needs.gpus else "pc"
    return planned(one, storage.choose(one), tier.benchmarks[number], group, reason=FIRST, **how)


def test_everything_that_judging_needs():
    found = made(rig(nvidia=driver(24576)), INTERMEDIATE, 1)
    model = MODELS["qwen3-30b-a3b"]
    assert (found.bytes_per_token, found.kv_bytes_per_position, found.layers) == (1_919_597_696, 98_304, 48)
    assert (found.moe, found.active_parameters, found.quantisation) == (True, model.active_parameters, "Q4_K_M")
    assert (found.weights, found.split, found.flash_attention, found.gpus) == ("real", "none", True, (0,))
    assert (found.path, found.sha256) == ("/srv/models/Qwen3-30B-A3B-Q4_K_M.gguf", model.sha256)


def test_synthetic_weights_have_a_name_of_their_own_and_no_pin():
    found = made(rig(nvidia=driver(24576)), INTERMEDIATE, synthetic="no way to the hub")
    assert (found.path, found.sha256) == ("/srv/models/Qwen3-32B-Q4_K_M.synthetic.gguf", "")
    assert (found.weights, found.weights_reason, found.size_bytes) == ("synthetic", "no way to the hub", 19_762_149_024)


@pytest.mark.parametrize(
    ("facts", "tier", "number", "span"),
    [
        (rig(nvidia=driver(24576)), INTERMEDIATE, 0, (30, 46)),
        (rig(pci=(RTX_3090,)), INTERMEDIATE, 0, (30, 46)),  # before there is a driver
        (rig(nvidia=driver(24576)), INTERMEDIATE, 1, (130, 240)),
        (rig(nvidia=driver(24576, 24576)), ADVANCED, 0, (13, 21)),
        (rig(nvidia=driver(24576, 24576)), ADVANCED, 1, (18, 41)),
        (rig(nvidia=driver(81559, name="NVIDIA H100 PCIe")), ADVANCED, 0, (17, 32)),
    ],
)
def test_speed_to_expect(facts, tier, number, span):
    expected = made(facts, tier, number).expected
    assert expected is not None
    assert span[0] <= expected.low < expected.high <= span[1]


@pytest.mark.parametrize(
    ("facts", "tier", "reason"),
    [
        (rig(), STARTER, "the memory's bandwidth is measured on the spot"),
        (
            rig(nvidia=driver(24576, name="NVIDIA GeForce RTX 9090")),
            INTERMEDIATE,
            "the memory bandwidth of NVIDIA GeForce RTX 9090 is not in the catalogue",
        ),
        (rig(nvidia=driver(0)), INTERMEDIATE, "the memory of NVIDIA GeForce RTX 3090 is not known"),
    ],
)
def test_where_nothing_is_predicted_it_says_why(facts, tier, reason):
    found = made(facts, tier)
    assert (found.expected, found.expected_reason) == (None, reason)


def test_a_slice_of_a_gpu_has_no_bandwidth_from_the_catalogue():
    sliced = driver()
    part = NvidiaGpu(0, "NVIDIA H100 80GB HBM3", "GPU-0", 81559, mig=True)
    found = made(rig(nvidia=replace(sliced, gpus=(part,))), ADVANCED)
    assert found.expected is None
    assert "NVIDIA H100 80GB HBM3" in found.expected_reason


@pytest.mark.usefixtures("starter_roles")
def test_with_synthetic_weights_nothing_is_fetched_and_no_server_is_given_them():
    plan = build_plan(rig(reachable={"hub": False, "python_index": False}), STARTER)
    values = plan.variables()
    assert plan.benchmark is not None
    assert (plan.benchmark.weights, values["models_wanted"]) == ("synthetic", [])
    assert values["llm_runtime_model"] == ""
    models = next(step for step in plan.steps if step.role == "models")
    assert models.reason == "0 model files to fetch; Qwen3 8B is measured with synthetic weights"
