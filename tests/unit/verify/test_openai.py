import threading
from collections.abc import Callable, Iterator

import pytest

from rigprov.verify.host.openai import OpenAi, chosen, offers, title
from rigprov.verify.host.stream import Stream
from rigprov.verify.host.web import RequestFailed, Web
from tests.live.faulty_server import TOKEN_S, Server

pytestmark = pytest.mark.process

Serve = Callable[..., Web]


@pytest.fixture
def serve() -> Iterator[Serve]:
    running: list[Server] = []

    def call(kind: str, prefix: str = "/v1") -> Web:
        server = Server(0, kind)
        running.append(server)
        threading.Thread(target=server.serve_forever, args=(0.05,), daemon=True).start()
        return Web("127.0.0.1", server.server_port, prefix=prefix, timeout_s=10, silence_s=0.5)

    yield call
    for server in running:
        server.shutdown()
        server.server_close()


@pytest.mark.parametrize(
    ("kind", "reasoning"),
    [
        ("plain", False),
        ("bundled", False),  # eight tokens a piece: counting pieces would give 31 tokens/s
        ("reasoning", True),
        ("strict", False),  # refuses what is not in the interface, and has the chat form only
    ],
)
def test_rates_are_right(serve: Serve, kind: str, reasoning: bool) -> None:
    reply = OpenAi(serve(kind), "model-a").generate("Say something.", 64)
    assert 0.3 / TOKEN_S < reply.tok_s < 1.02 / TOKEN_S  # a sleep is never shorter than asked for
    assert (reply.tokens, reply.counted, reply.reasoning, reply.prompt_tokens) == (64, "usage", reasoning, 40)
    assert reply.first_token_s is not None
    assert reply.first_token_s >= TOKEN_S


@pytest.mark.parametrize(
    ("kind", "said"),
    [
        ("cut", "closed the connection in the middle of a reply"),
        ("stuck", "in the middle of a reply"),
        ("uncounted", "the server reports no token counts"),
        ("at-once", "the server sent the whole reply at once, which cannot be timed"),
    ],
)
def test_replies_that_are_no_measurement(serve: Serve, kind: str, said: str) -> None:
    with pytest.raises(RequestFailed) as caught:
        OpenAi(serve(kind), "model-a").generate("Say something.", 32)
    assert said in str(caught.value)


class Answers:
    """A server that answers some paths."""

    name = "http://rig"

    def __init__(self, **answers: object) -> None:
        self._answers = answers

    def json(self, _method: str, path: str, *, limit_s: float) -> object:
        assert limit_s == 5.0
        if path[1:] not in self._answers:
            raise RequestFailed("HTTP 404")
        return self._answers[path[1:]]


@pytest.mark.parametrize(
    ("offered", "version", "name"),
    [
        ({"data": [{"id": "tiny", "owned_by": "vllm"}]}, {"version": "0.32.0"}, "vLLM 0.32.0"),  # as vLLM 0.32.0 answers
        ({"data": [{"id": "tiny", "owned_by": "vllm"}]}, None, "vLLM"),
        ({"data": [{"id": "tiny", "owned_by": "vllm"}]}, ["0.32.0"], "vLLM"),
        ({"data": [{"id": "tiny", "owned_by": "vllm"}]}, {"version": "\x1b[31m"}, "vLLM"),
        ({"data": [{"id": "m"}, {"id": "tiny", "owned_by": "llamacpp"}]}, {"version": "1"}, "llama-server"),
        ({"data": [{"id": "m", "owned_by": ["x"]}]}, None, "OpenAI-compatible server"),
        ({"data": [{"id": "m", "owned_by": "organization_owner"}]}, {"version": "1"}, "OpenAI-compatible server"),
        ({"data": []}, None, "OpenAI-compatible server"),
    ],
)
def test_what_the_server_is(offered: object, version: object, name: str) -> None:
    plain = Answers(**({"version": version} if version else {}))
    assert title(offers(Answers(models=offered), 5.0), plain, 5.0) == name  # type: ignore[arg-type]


@pytest.mark.parametrize("offered", [{"data": "x"}, {}, []])
def test_what_is_no_list_of_models(offered: object) -> None:
    with pytest.raises(RequestFailed, match="http://rig/models is no list of models"):
        offers(Answers(models=offered), 5.0)  # type: ignore[arg-type]


def test_models(serve: Serve) -> None:
    assert [entry["id"] for entry in offers(serve("several"), 5.0)] == ["model-a", "model-b"]


def test_no_such_interface(serve: Serve) -> None:
    with pytest.raises(RequestFailed, match="there is no OpenAI interface at") as caught:
        offers(serve("plain", prefix="/api"), 5.0)
    assert caught.value.fix == "give the address of its OpenAI interface; it often ends in /v1"


@pytest.mark.parametrize(
    ("wanted", "offered", "expected"),
    [("", ["a"], "a"), ("b", ["a", "b"], "b"), ("b", [], "b"), ("llama3", ["llama3:latest", "x"], "llama3:latest")],
)
def test_chosen(wanted: str, offered: list[str], expected: str) -> None:
    assert chosen(wanted, offered, "it") == expected


@pytest.mark.parametrize(
    ("wanted", "offered", "said"),
    [
        ("c", ["a", "b"], "it has no model c; it has a, b"),
        ("", ["a", "b"], "it has several models: a, b"),
        ("", [], "it has loaded no model"),
        ("", [str(number) for number in range(12)], "it has several models: 0, 1, 2, 3, 4, 5, 6, 7, 8, 9 and 2 more"),
    ],
)
def test_no_model(wanted: str, offered: list[str], said: str) -> None:
    with pytest.raises(RequestFailed) as caught:
        chosen(wanted, offered, "it")
    assert str(caught.value) == said


def fed(*lines: tuple[float, str]) -> Stream:
    stream = Stream(0.0)
    for at, line in lines:
        stream.take(line.encode(), at)
    return stream


def test_llama_servers_own_clock_goes_first() -> None:
    timings = '{"predicted_n": 32, "predicted_ms": 310, "prompt_per_second": 99.5, "cache_n": 2}'
    reply = fed((0.5, 'data: {"choices": [{"text": "x"}]}'), (9.0, f'data: {{"timings": {timings}}}')).reply(32)
    assert (reply.tok_s, reply.counted, reply.prompt_tok_s, reply.cached) == (100.0, "timings", 99.5, 2)


def test_counts_that_come_with_every_piece_tell_what_the_first_one_held() -> None:
    first = 'data: {"choices": [{"text": "x"}], "usage": {"completion_tokens": 8}}'
    last = 'data: {"choices": [{"text": "longer text"}], "usage": {"completion_tokens": 48, "prompt_tokens": 10}}'
    assert fed((1.0, first), (2.0, last)).reply(48).tok_s == 40.0


def test_a_cached_prompt_has_no_speed() -> None:
    usage = '{"completion_tokens": 20, "prompt_tokens": 40, "prompt_tokens_details": {"cached_tokens": 32}}'
    reply = fed(
        (1.0, 'data: {"choices": [{"text": "x"}]}'), (2.0, f'data: {{"choices": [{{"text": "y"}}], "usage": {usage}}}')
    ).reply(20)
    assert (reply.prompt_tok_s, reply.cached) == (None, 32)


@pytest.mark.parametrize(
    ("line", "said"),
    [
        ('data: {"error": {"message": "out of memory"}}', "the server broke off: out of memory"),
        ("data: <html>", "the server's stream holds something that is not JSON"),
    ],
)
def test_broken_streams(line: str, said: str) -> None:
    with pytest.raises(RequestFailed) as caught:
        fed((0.0, line))
    assert str(caught.value) == said


def test_a_reply_that_is_too_short() -> None:
    stream = fed((1.0, 'data: {"choices": [{"text": "x"}], "usage": {"completion_tokens": 3}}'))
    with pytest.raises(RequestFailed, match="the server stopped after 3 tokens; a rate needs at least 16"):
        stream.reply(128)
