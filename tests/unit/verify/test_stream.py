"""Streams of events that no sound server sends: never a rate that was not measured, never more than one sentence."""

import json
from typing import Any

import pytest

from rigprov.verify.host.reply import Reply
from rigprov.verify.host.stream import Stream
from rigprov.verify.host.web import RequestFailed

TOKENS = 32
USAGE = {"prompt_tokens": 40, "completion_tokens": TOKENS}


def event(**content: Any) -> bytes:
    return b"data: " + json.dumps(content).encode()


def piece(text: str = "word ", **content: Any) -> bytes:
    return event(choices=[{"text": text}], **content)


def spread(*last: bytes, pieces: int = TOKENS) -> Stream:
    """One piece every 10 ms, the first after 100 ms."""
    stream = Stream(0.0, "Say something.")
    for number in range(pieces):
        stream.take(piece(), 0.1 + number / 100)
    for line in last:
        stream.take(line, 0.1 + pieces / 100)
    return stream


def replied(usage: Any = USAGE, **timings: Any) -> Reply:
    return spread(event(choices=[], usage=usage, **({"timings": timings} if timings else {}))).reply(TOKENS)


def test_by_arrival() -> None:
    found = replied()
    assert (round(found.tok_s), found.tokens, found.counted) == (100, TOKENS, "usage")


@pytest.mark.parametrize("odd", [0, -5, "32", 1e400, float("nan"), True, [1], {}, 10**400, 1.5, None, 10**9])
def test_counts_that_are_none(odd: Any) -> None:
    with pytest.raises(RequestFailed, match=r"^the server reports no token counts$"):
        replied({**USAGE, "completion_tokens": odd})


@pytest.mark.parametrize("odd", [0, -310.0, float("nan"), float("inf"), "100", True, [], 10**400])
def test_times_that_are_none(odd: Any) -> None:
    found = replied(predicted_n=TOKENS, predicted_ms=odd)
    assert (round(found.tok_s), found.counted) == (100, "usage")


@pytest.mark.parametrize("tiny", [1e-320, 0.001, 3.0])
def test_faster_than_any_engine(tiny: float) -> None:
    with pytest.raises(RequestFailed, match="cannot be: the server counts or times wrong") as caught:
        replied(predicted_ms=tiny)
    assert caught.value.fix


def test_a_clock_that_went_faster_than_ours() -> None:
    with pytest.raises(RequestFailed, match=r"^the server says that it decoded for 5 s, but the whole reply took 0\.42 s$"):
        replied(predicted_ms=5000)


def test_more_tokens_than_were_asked_for() -> None:
    with pytest.raises(RequestFailed, match="was asked for 32 tokens, sent no more, and counts 72"):
        replied({**USAGE, "completion_tokens": 72})
    unlimited = spread(event(usage={**USAGE, "completion_tokens": 200}), pieces=200).reply(TOKENS)
    assert (round(unlimited.tok_s), unlimited.tokens) == (100, 200)


@pytest.mark.parametrize(
    ("odd", "expected"), [(-40, None), ("40", None), (float("nan"), None), (10**9, None), (10**6, None), (40, 400.0)]
)
def test_a_prompt_speed_is_told_only_where_it_can_be(odd: Any, expected: float | None) -> None:
    assert replied({**USAGE, "prompt_tokens": odd}).prompt_tok_s == expected


@pytest.mark.parametrize(("told", "expected"), [(99.5, 99.5), (-3.0, None), (float("nan"), None), ("fast", None), (1e12, None)])
def test_a_prompt_speed_of_the_servers_own(told: Any, expected: float | None) -> None:
    assert replied(predicted_ms=310, prompt_per_second=told).prompt_tok_s == expected


@pytest.mark.parametrize("odd", [{"cached_tokens": "7"}, [1], {"cached_tokens": -3}, "x"])
def test_odd_caches_are_none(odd: Any) -> None:
    assert replied({**USAGE, "prompt_tokens_details": odd}).cached == 0


def test_reasoning_that_is_counted_and_not_sent() -> None:
    def found(hidden: int) -> Reply:
        usage = {**USAGE, "completion_tokens": 160, "completion_tokens_details": {"reasoning_tokens": hidden}}
        return spread(event(usage=usage)).reply(160)

    visible = found(128)
    assert (round(visible.tok_s), visible.reasoning, visible.prompt_tok_s) == (100, True, None)
    with pytest.raises(RequestFailed, match="150 of 160 tokens were reasoning that the server does not send") as caught:
        found(150)
    assert "reasoning" in caught.value.fix


def test_pieces_that_came_with_one_read_are_not_timed_one_by_one() -> None:
    stream = Stream(0.0)
    for at in (1.0, 2.0, 3.0, 4.0):  # eight pieces each
        for _ in range(8):
            stream.take(piece(), at)
    stream.take(event(usage=USAGE), 4.0)
    assert stream.reply(TOKENS).tok_s == 8.0  # 24 tokens in 3 seconds


@pytest.mark.parametrize("apart", [0.0, 0.0001])  # chunks of one burst are read one by one
def test_all_at_once(apart: float) -> None:
    stream = Stream(0.0)
    for number in range(TOKENS):
        stream.take(piece(), 1.0 + number * apart)
    stream.take(event(usage=USAGE), 1.0)
    with pytest.raises(RequestFailed, match="the whole reply at once") as caught:
        stream.reply(TOKENS)
    assert "buffers replies" in caught.value.fix


@pytest.mark.parametrize("line", ["null", "[]", "5", '"x"'])
def test_what_is_no_event(line: str) -> None:
    with pytest.raises(RequestFailed, match="holds something that is not an event"):
        Stream(0.0).take(f"data: {line}".encode(), 1.0)


def test_what_is_no_json() -> None:
    with pytest.raises(RequestFailed, match="not JSON"):
        Stream(0.0).take(b"data: " + b"[" * 100_000, 1.0)


@pytest.mark.parametrize("odd", ["abc", 5, [None], [{"delta": "x"}], [{"text": 5}], [{"text": ["a"]}], {"text": "a"}])
def test_pieces_that_are_no_text(odd: Any) -> None:
    stream = spread(event(choices=odd, timings=[1]), event(usage=USAGE))
    assert round(stream.reply(TOKENS).tok_s) == 100
