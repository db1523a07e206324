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
