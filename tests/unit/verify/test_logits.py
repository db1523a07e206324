import json
import threading
from http.server import BaseHTTPRequestHandler, HTTPServer
from typing import Any

import pytest

from rigprov.verify.host import logits
from rigprov.verify.host.server import Server
from rigprov.verify.host.web import RequestFailed


@pytest.fixture
def engine():
    """Replies as llama-server does; keeps what was asked."""
    asked: list[dict[str, Any]] = []
    reply: dict[str, Any] = {}

    class Handler(BaseHTTPRequestHandler):
        def do_POST(self):
            body = json.loads(self.rfile.read(int(self.headers["Content-Length"])))
            asked.append(body)
            answer = json.dumps(reply.get("instead") or {"completion_probabilities": [{"top_logprobs": probabilities(body)}]})
            self.send_response(200)
            self.send_header("Content-Length", str(len(answer)))
            self.end_headers()
            self.wfile.write(answer.encode())

        def log_message(self, *_):
            pass

    def probabilities(body):
        return [{"id": len(body["prompt"]) + rank, "token": "x", "logprob": -0.5 - rank} for rank in range(body["n_probs"])]

    server = HTTPServer(("127.0.0.1", 0), Handler)
    thread = threading.Thread(target=server.serve_forever, daemon=True)
    thread.start()
    yield Server("127.0.0.1", server.server_address[1], "key"), asked, reply
    server.shutdown()
    server.server_close()
    thread.join()


def test_each_position_gets_the_reference_and_the_first_pass_is_discarded(engine):
    server, asked, _ = engine
    golden = {"tokens": [11, 12, 13, 14, 15], "start": 3}

    found = logits.probe(server, golden)

    assert [body["prompt"] for body in asked] == [[11, 12, 13], [11, 12, 13, 14], [11, 12, 13, 14, 15]] * 2
    assert {(body["n_predict"], body["n_probs"], body["temperature"], body["cache_prompt"]) for body in asked} == {
        (1, 20, 0, True)
    }
    assert [position[0] for position in found["top"]] == [[3, -0.5], [4, -0.5], [5, -0.5]]
    assert [len(position) for position in found["top"]] == [20, 20, 20]


def test_not_a_number_comes_through_as_none(engine):
    server, _, reply = engine
    reply["instead"] = {"completion_probabilities": [{"top_logprobs": [{"id": 4, "logprob": None}]}]}

    assert logits.probe(server, {"tokens": [1], "start": 1})["top"] == [[[4, None]]]


@pytest.mark.parametrize("instead", [{"content": "x"}, {"completion_probabilities": []}, {"completion_probabilities": [{}]}])
def test_a_reply_without_probabilities(engine, instead):
    server, _, reply = engine
    reply["instead"] = instead

    with pytest.raises(RequestFailed, match="holds no log-probabilities"):
        logits.probe(server, {"tokens": [1], "start": 1})


def test_the_text_is_the_same_everywhere_and_holds_no_special_tokens():
    text = logits.tokens(49_152)

    assert text[:4] == FIRST
    assert len(text) == 72
    assert all(259 <= token < 49_152 for token in text)


FIRST = [18309, 47860, 23700, 26339]
