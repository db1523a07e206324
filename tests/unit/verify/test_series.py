from typing import Any

import pytest

from rigprov.verify.host import machine
from rigprov.verify.host.series import Bench, rate
from rigprov.verify.host.server import RequestFailed, Server


class Engine(Server):
    """Replies with given speeds; the real one is measured by the live tests."""

    def __init__(self, speeds: list[float]) -> None:
        super().__init__("127.0.0.1", 1, "key")
        self._speeds = iter(speeds)
        self.asked: list[tuple[str, int]] = []

    def complete(self, prompt: str, tokens: int) -> dict[str, Any]:
        self.asked.append((prompt, tokens))
        return {"content": "text", "timings": {"predicted_n": tokens, "predicted_ms": (tokens - 1) / next(self._speeds) * 1000}}


@pytest.fixture
def load(monkeypatch: pytest.MonkeyPatch) -> list[float]:
    """Foreign cores of the coming attempts; none once the list is empty."""
    foreign: list[float] = []

    class Watch:
        def __init__(self, pid: int = 0) -> None:
            assert pid == 7

        def end(self) -> dict[str, float]:
            return {"foreign_cores": foreign.pop(0) if foreign else 0.0, "stolen_cores": 0.0}

    monkeypatch.setattr(machine, "Watch", Watch)
    monkeypatch.setattr(machine, "physical_cores", lambda: 2)
    monkeypatch.setattr("time.sleep", lambda _: None)
    return foreign


def bench(engine: Engine, *, until: float = float("inf")) -> Bench:
    return Bench(engine, pid=7, threads=2, until=until)


@pytest.mark.parametrize(("speed", "tokens"), [(40.0, 128), (4.0, 128), (3.9, 32)])
def test_slow_machines_decode_fewer_tokens(load: list[float], speed: float, tokens: int) -> None:
    assert bench(Engine([speed])).warm_up() == {"text": "text", "tok_s": speed, "tokens": tokens}


def test_five_runs_each_with_a_prompt_of_its_own(load: list[float]) -> None:
    engine = Engine([20, 21, 22, 23, 24])
    assert bench(engine).decode(128, 10.0) == [pytest.approx([20, 21, 22, 23, 24])]
    assert [tokens for _, tokens in engine.asked] == [128] * 5
    assert len({prompt[:16] for prompt, _ in engine.asked}) == 5


def test_disturbed_runs_are_repeated_and_kept_on_record(load: list[float]) -> None:
    load += [0.0, 1.0, 1.0]
    one = bench(Engine([20, 5, 6, 21, 22, 23, 24]))
    assert one.series(1, 128) == pytest.approx([20, 21, 22, 23, 24])
    seen = [(entry["run"], entry["tok_s"], entry["disturbed"], entry["kept"]) for entry in one.attempts[:4]]
    assert seen == [(1, 20, False, True), (2, 5, True, False), (2, 6, True, False), (2, 21, False, True)]


def test_after_three_repeats_a_disturbed_run_counts(load: list[float]) -> None:
    load += [1.0] * 4
    one = bench(Engine([1, 2, 3, 4, 20, 20, 20, 20]))
    assert one.series(1, 128)[0] == pytest.approx(4)
    assert one.attempts[3]["disturbed"]
    assert one.attempts[3]["kept"]


def test_no_repeats_when_the_time_is_up(load: list[float]) -> None:
    load += [1.0] * 5
    assert bench(Engine([1, 2, 3, 4, 5]), until=0.0).series(1, 128) == pytest.approx([1, 2, 3, 4, 5])


@pytest.mark.parametrize(
    ("speeds", "count"),
    [
        ([9, 11, 12, 12, 12], 2),  # the floor between, and scattered
        ([9.9, 10.1, 10.2, 10.3, 10.3], 1),  # the floor between, steady
        ([11, 20, 20, 20, 20], 1),  # scattered, but all above
        ([2, 9, 9, 9, 9], 1),  # all below
    ],
)
def test_second_series(load: list[float], speeds: list[float], count: int) -> None:
    assert len(bench(Engine(speeds + [12] * 5)).decode(128, 10.0)) == count


@pytest.mark.parametrize(
    ("timings", "words"),
    [
        ({"predicted_n": 100, "predicted_ms": 1000.0}, "asked for 128 tokens, the engine counted 100"),
        ({"predicted_n": 128, "predicted_ms": 1000.0, "cache_n": 9}, "9 tokens of the prompt came from a cache"),
        ({"predicted_n": 128}, "no time"),
        ({}, "the engine counted None"),
    ],
)
def test_replies_that_cannot_be_used(timings: dict[str, Any], words: str) -> None:
    with pytest.raises(RequestFailed, match=words):
        rate(timings, 128)


def test_the_first_token_lies_before_the_window() -> None:
    assert rate({"predicted_n": 128, "predicted_ms": 1000.0}, 128) == 127.0
