from typing import Any

import pytest

from rigprov.verify.host.server import reply_of
from rigprov.verify.host.web import RequestFailed


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
        reply_of({"timings": timings}, 128)


def test_the_first_token_lies_before_the_window() -> None:
    reply = reply_of(
        {"content": "x", "timings": {"predicted_n": 128, "predicted_ms": 1000.0, "prompt_n": 30, "prompt_ms": 60}}, 128
    )
    assert (reply.tok_s, reply.prompt_tok_s, reply.counted) == (127.0, 500.0, "timings")


def test_a_single_token_tells_the_prompts_speed_only() -> None:
    reply = reply_of({"timings": {"predicted_n": 1, "prompt_n": 400, "prompt_ms": 800.0}}, 1)
    assert (reply.tok_s, reply.prompt_tok_s) == (0.0, 500.0)
