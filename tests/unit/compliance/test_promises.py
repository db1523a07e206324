"""What the plan promises, and how it is handed over."""

import json

import pytest

from rigprov.compliance.promises import Promises, from_plan, read
from rigprov.errors import UsageError
from rigprov.model.plan import Environment, Plan, Source, Step, Value

PIN = {"name": "m", "file": "m.gguf", "sha256": "ab", "size_bytes": 7, "source": "url", "url": "https://example.org/m"}


def step(role, state="run", **values) -> Step:
    return Step(role, state, "", {name: Value(value, Source.PLAN) for name, value in values.items()})


def plan(*steps) -> Plan:
    return Plan("a", "t", Environment("vm", True, None, ""), steps, (), (), (), None, None)


def test_from_a_plan() -> None:
    found = from_plan(
        plan(
            step("docker", docker_data_root="/data/docker", docker_containerd_root="/data/containerd"),
            step("swap", state="skip", swap_size_mib=4096),
            step("models", models_path="/data/models", models_wanted=[PIN], models_group="ai"),
            step("llm_runtime", llm_runtime_port=8081, llm_runtime_model="/data/models/m.gguf", llm_runtime_gpu_layers="all",
                 llm_runtime_required_mount="/data"),
        )
    )  # fmt: skip
    assert found == Promises(
        roles=("docker", "models", "llm_runtime"), models_path="/data/models", models_group="ai", models_mount="/data",
        models={"m.gguf": (7, "ab")}, served="/data/models/m.gguf", port=8081, gpu=True,
        docker_root="/data/docker", containerd_root="/data/containerd",
    )  # fmt: skip


def test_an_engine_without_a_model_serves_nothing() -> None:
    assert from_plan(plan(step("llm_runtime", llm_runtime_model=""))).served == ""
    assert from_plan(plan(step("base"))).served is None


def test_there_and_back(tmp_path) -> None:
    known = from_plan(
        plan(
            step("base", base_packages=["curl"]),
            step("models", models_path="/m", models_wanted=[PIN]),
            step("swap", swap_size_mib=64),
        )
    )
    assert known.base_packages == ("curl",)
    (tmp_path / "p.json").write_text(known.text())
    assert read(tmp_path / "p.json") == known


def test_no_secret_is_handed_over() -> None:
    assert "hf_" not in from_plan(plan(step("models", models_wanted=[PIN], models_token="hf_x"))).text()  # noqa: S106


@pytest.mark.parametrize("text", ["[]", "{", json.dumps({"modles_path": "/x"})])
def test_what_is_no_promise_is_refused(tmp_path, text) -> None:
    (tmp_path / "p.json").write_text(text)
    with pytest.raises(UsageError, match="promises"):
        read(tmp_path / "p.json")
