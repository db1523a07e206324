from dataclasses import replace
from typing import Any

import pytest

from rigprov.verify.host import machine
from rigprov.verify.host.reply import Reply
from rigprov.verify.host.series import Bench


class Engine:
    """Replies with given speeds; real ones are measured by the live tests."""

    least = 7

    def __init__(self, speeds: list[float], **reply: Any) -> None:
        self._speeds, self._reply = iter(speeds), reply
        self.asked: list[tuple[str, int]] = []

    def generate(self, prompt: str, tokens: int) -> Reply:
        self.asked.append((prompt, tokens))
        return Reply(**{"text": "text", "tokens": tokens, "tok_s": next(self._speeds), **self._reply})

    def first_token_s(self, prompt: str) -> float:
        self.asked.append((prompt, 0))
        return next(self._speeds)


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
    expected = {"text": "text", "tok_s": speed, "tokens": tokens, "counted": "timings", "reasoning": False}
    assert bench(Engine([speed])).warm_up() == expected


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


def test_load_that_lasts_is_not_waited_for_again(load: list[float]) -> None:
    load += [1.0] * 9
    one = bench(Engine([1, 2, 3, 4, 5, 6, 7, 8]))
    assert one.series(1, 128) == [4, 5, 6, 7, 8]
    assert [entry["kept"] for entry in one.attempts] == [False] * 3 + [True] * 5


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


@pytest.mark.parametrize(("speeds", "count"), [([9, 12, 12, 12, 12], 2), ([11.5, 12, 12, 12, 12], 1)])
def test_without_a_floor_scatter_alone_asks_for_a_second_series(load: list[float], speeds: list[float], count: int) -> None:
    assert len(bench(Engine(speeds + [12] * 5)).decode(128, 0.0)) == count


def test_soak_runs_until_the_time_is_up(load: list[float], monkeypatch: pytest.MonkeyPatch) -> None:
    clock = iter(range(0, 1000, 7))
    monkeypatch.setattr("time.monotonic", lambda: float(next(clock)))
    load += [0.0, 1.0]
    found = bench(Engine([30, 29, 28, 27])).soak(40.0, 30.0)
    assert found == [
        {"at": 14.0, "tok_s": 30, "disturbed": False},
        {"at": 28.0, "tok_s": 29, "disturbed": True},
        {"at": 42.0, "tok_s": 28, "disturbed": False},
    ]


@pytest.mark.parametrize(("speed", "tokens"), [(200.0, 128), (20.0, 80), (2.0, 32)])
def test_soak_on_a_slow_machine_has_shorter_runs(
    load: list[float], monkeypatch: pytest.MonkeyPatch, speed: float, tokens: int
) -> None:
    clock = iter((0.0, 1.0, 70.0, 70.0))
    monkeypatch.setattr("time.monotonic", lambda: next(clock))
    engine = Engine([speed])
    bench(engine).soak(60.0, speed)
    assert [asked for _, asked in engine.asked] == [tokens]


@pytest.mark.parametrize(
    ("reply", "expected"),
    [
        ({"prompt_tok_s": 123.46, "prompt_tokens": 400}, {"tokens": 400, "tok_s": 123.5}),
        (
            {"cached": 390, "prompt_tokens": 400},
            {"tokens": 400, "tok_s": None, "reason": "390 tokens of the prompt came from a cache"},
        ),
        ({}, {"tokens": None, "tok_s": None, "reason": "the server does not tell it"}),
    ],
)
def test_prompt_speed(load: list[float], reply: dict[str, Any], expected: dict[str, Any]) -> None:
    engine = Engine([10], **reply)
    assert bench(engine).prompt(4096) == expected
    assert engine.asked[0][1] == 7
    assert len(engine.asked[0][0].split()) > 300


@pytest.mark.parametrize(
    ("per_character", "characters"),
    [(None, [145, 1818]), (1.0, [32, 400]), (0.25, [128, 1600])],
)
def test_prompts_have_the_same_length_in_tokens(load: list[float], per_character: float | None, characters: list[int]) -> None:
    class Counting(Engine):
        def generate(self, prompt: str, tokens: int) -> Reply:
            count = round(len(prompt) * per_character) if per_character else None
            return replace(super().generate(prompt, tokens), prompt_tokens=count)

    engine = Counting([10] * 9)
    one = bench(engine)
    one.warm_up()
    one.once(128)
    one.prompt(4096)
    assert [len(prompt) for prompt, _ in engine.asked[1:]] == pytest.approx(characters, rel=0.01)
    assert len({prompt[:30] for prompt, _ in engine.asked}) == 3  # the random text goes first and is not cut off


def test_first_token_is_the_median_of_three(load: list[float]) -> None:
    assert bench(Engine([0.3, 9.0, 0.4])).first_token_s() == 0.4
