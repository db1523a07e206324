import threading
from typing import Any

import pytest

from rigprov.verify.host.ollama import Ollama, ended, is_ollama
from rigprov.verify.host.web import RequestFailed, Web
from tests.live.faulty_server import TOKEN_S, Server


@pytest.mark.parametrize(("kind", "expected"), [("ollama", True), ("plain", False)])
def test_told_from_other_servers(kind: str, expected: bool) -> None:
    with Server(0, kind) as server:
        threading.Thread(target=server.serve_forever, args=(0.05,), daemon=True).start()
        web = Web("127.0.0.1", server.server_port)
        assert is_ollama(web) is expected
        if expected:
            reply = Ollama(web, "model-a").generate("Say something.", 64)
            assert (round(reply.tok_s * TOKEN_S, 6), reply.tokens, reply.counted) == (1.0, 64, "eval_count")
            assert (reply.prompt_tok_s, reply.first_token_s is not None) == (400.0, True)
        server.shutdown()


@pytest.mark.parametrize(
    ("last", "said"),
    [
        ({"eval_count": 3, "eval_duration": 5}, "the server stopped after 3 tokens; a rate needs at least 16"),
        ({"eval_count": 64}, "the server reports no token counts"),
        ({}, "the server reports no token counts"),
    ],
)
def test_replies_that_are_no_measurement(last: dict[str, Any], said: str) -> None:
    with pytest.raises(RequestFailed) as caught:
        ended(last, "x", 0.1, 128)
    assert str(caught.value) == said


@pytest.mark.parametrize(
    ("last", "said"),
    [
        ({"eval_count": "64", "eval_duration": 10**9}, "the server reports no token counts"),
        ({"eval_count": 64, "eval_duration": -5}, "the server reports no token counts"),
        ({"eval_count": 64, "eval_duration": 10}, "cannot be: the server counts or times wrong"),
        ({"eval_count": 64, "eval_duration": 10**12}, "decoded for 1e+03 s, but the whole reply took 2 s"),
    ],
)
def test_figures_that_cannot_be(last: dict[str, Any], said: str) -> None:
    with pytest.raises(RequestFailed) as caught:
        ended(last, "x", 0.1, 64, 2.0)
    assert said in str(caught.value)


def test_an_odd_prompt_has_no_speed() -> None:
    last = {"eval_count": 64, "eval_duration": 10**9, "prompt_eval_count": -4, "prompt_eval_duration": 5}
    assert ended(last, "x", 0.1, 64, 2.0).prompt_tok_s is None
