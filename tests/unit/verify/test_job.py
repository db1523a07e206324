from dataclasses import replace

import pytest

from rigprov.verify.asked import Asked, Server
from rigprov.verify.job import of_benchmark, of_server, soak_s, synthetic, time_limit_s
from tests.unit.verify.cases import BENCHMARK

GPU = replace(BENCHMARK, machine_class="gpu")


def test_the_service_is_measured_as_the_roles_set_it_up() -> None:
    found = of_benchmark(BENCHMARK, Asked())
    assert found == {
        "mode": "service",
        "lock": "/run/rigprov-verify.lock",
        "config": "/etc/rigprov/llm/server.json",
        "key": "/etc/rigprov/llm/api_key",
        "command": "/usr/local/bin/rigprov-llm",
        "model": "/srv/models/tiny.gguf",
        "sha256": BENCHMARK.sha256,
        "size": 1_000_000_000,
        "context": 2048,
        "memory_bytes": 1_000_000_000 + (512 << 20),
        "gpu": False,
        "floor": 10.0,
        "soak_s": 0.0,
        "start_limit_s": 80.0,  # 1 GB from an SD card, and a minute
        "measure_limit_s": 150.0,
        "hard_limit_s": 900.0,
        "guard_limit_s": 1140.0,
    }
    assert time_limit_s(found) == 1200.0


def test_memory_of_a_model_of_the_catalogue() -> None:
    found = of_benchmark(replace(BENCHMARK, model="smollm2-135m"), Asked())
    assert found["memory_bytes"] == 98_362_432 + 2048 * 23_040 + (512 << 20)
    assert of_benchmark(GPU, Asked())["memory_bytes"] == 0  # it is held by the GPU


@pytest.mark.parametrize(
    ("asked", "recipe", "mode"),
    [
        (Asked(), None, "service"),
        (Asked(named=True), None, "own"),
        (Asked(synthetic=True), {"name": "x"}, "own"),
    ],
)
def test_when_an_engine_of_our_own_is_started(asked: Asked, recipe: dict[str, object] | None, mode: str) -> None:
    found = of_benchmark(BENCHMARK, asked, recipe)
    assert found["mode"] == mode
    assert found.get("recipe") == recipe


@pytest.mark.parametrize(
    ("benchmark", "asked", "expected"),
    [(BENCHMARK, None, 0.0), (GPU, None, 60.0), (BENCHMARK, 90.0, 90.0), (GPU, 0.0, 0.0)],
)
def test_soak(benchmark: object, asked: float | None, expected: float) -> None:
    assert soak_s(benchmark, Asked(soak_s=asked)) == expected  # type: ignore[arg-type]


def test_the_user_may_want_synthetic_weights() -> None:
    assert (synthetic(BENCHMARK, Asked(synthetic=True)), synthetic(BENCHMARK, Asked())) == (True, False)


def test_a_server() -> None:
    found = of_server(Server("127.0.0.1", 8000, key="k", model="m"), 5.0, Asked(soak_s=30.0))
    assert found["server"] == {"host": "127.0.0.1", "port": 8000, "secure": False, "prefix": "/v1", "key": "k", "model": "m"}
    assert (found["mode"], found["floor"], found["soak_s"]) == ("server", 5.0, 30.0)
    assert time_limit_s(found) == 1290.0
