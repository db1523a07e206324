import contextlib
import socket
import threading
import time
from collections.abc import Callable, Iterator

import pytest

from rigprov.verify.host.web import RequestFailed, Web

pytestmark = pytest.mark.process

Answer = Callable[[socket.socket], None]


@contextlib.contextmanager
def served(answer: Answer) -> Iterator[int]:
    """A server for one connection, which ends with it; its port."""
    with socket.create_server(("127.0.0.1", 0)) as listening:

        def serve() -> None:
            connection, _ = listening.accept()
            with connection:
                answer(connection)

        thread = threading.Thread(target=serve, daemon=True)
        thread.start()
        yield listening.getsockname()[1]
        thread.join()


def said(*pieces: bytes) -> Answer:
    def answer(connection: socket.socket) -> None:
        connection.recv(4096)
        for piece in pieces:
            connection.sendall(piece)

    return answer


def silent(connection: socket.socket) -> None:
    connection.recv(4096)
    threading.Event().wait(2)


def drip(begun: bytes, line: bytes) -> Answer:
    """A server that is never silent and never done, but goes away after a while so that a test ends."""

    def answer(connection: socket.socket) -> None:
        connection.recv(4096)
        with contextlib.suppress(OSError):
            connection.sendall(begun)
            for byte in line * 100:
                connection.sendall(bytes([byte]))
                threading.Event().wait(0.05)

    return answer


HEAD = b"HTTP/1.1 200 OK\r\nContent-Length: 20\r\n\r\n"


@pytest.mark.parametrize(
    ("answer", "words"),
    [
        (said(b"SSH-2.0-OpenSSH_9\r\n"), "what listens at it does not speak HTTP"),
        (said(), "it closed the connection before it answered"),
        (said(HEAD, b'{"a": '), "it closed the connection in the middle of a reply"),
        (silent, "it took the request and said nothing for 1 s"),
        (said(HEAD, b"0123456789not json!!"), "it answers /x with something that is not JSON: '0123456789not json!!'"),
        (said(b'HTTP/1.1 500 No\r\n\r\n{"error": {"message": "no memory"}}'), "it answers /x with HTTP 500: no memory"),
        (said(b"HTTP/1.1 502 No\r\n\r\n<html>bad gateway</html>"), "it answers /x with a web page (HTTP 502)"),
        (said(b"HTTP/1.1 403 No\r\n\r\n"), "it refused the API key (HTTP 403)"),
    ],
)
def test_each_fault_is_one_sentence(answer: Answer, words: str) -> None:
    with served(answer) as port:
        web = Web("127.0.0.1", port, "geheim", name="it", timeout_s=5, silence_s=1)
        with pytest.raises(RequestFailed) as caught:
            web.json("GET", "/x")
    assert str(caught.value) == words


@pytest.mark.parametrize(
    ("answer", "words"),
    [
        (drip(b"HTTP/1.1 200 OK\r\n", b"X-Wait: yes\r\n"), "it did not begin its reply within 1 s"),
        (drip(HEAD.replace(b": 20", b": 9999"), b"wait"), "it did not end its reply in time"),
        (drip(b"HTTP/1.1 200 OK\r\n\r\n", b"wait"), "it did not end its reply in time"),
        (drip(b"HTTP/1.1 200 OK\r\nTransfer-Encoding: chunked\r\n\r\n", b"0"), "it did not end its reply in time"),
        (drip(b"HTTP/1.1 200 OK\r\nTransfer-Encoding: chunked\r\n\r\n", b"1\r\nx\r\n"), "it did not end its reply in time"),
    ],
)
def test_a_server_that_drips_is_late(answer: Answer, words: str) -> None:
    """Each byte comes in time; the answer does not."""
    with served(answer) as port:
        web = Web("127.0.0.1", port, name="it", timeout_s=1, silence_s=0.5)
        began = time.monotonic()
        with pytest.raises(RequestFailed) as caught:
            web.json("GET", "/x")
        assert (str(caught.value), time.monotonic() - began < 3) == (words, True)


def test_names_and_ports() -> None:
    with pytest.raises(RequestFailed, match=r"^nothing listens at http://127.0.0.1:1/v1$"):
        Web("127.0.0.1", 1, prefix="/v1").json("GET", "/models")
    for name in ("no such name.invalid", "nothing.invalid", "x" * 300):
        with pytest.raises(RequestFailed, match="cannot be resolved"):
            Web(name, 80).json("GET", "/")


def test_a_reply_of_known_length_is_not_waited_for_longer() -> None:
    with socket.create_server(("127.0.0.1", 0)) as listening:
        kept: list[socket.socket] = []

        def serve() -> None:
            kept.append(listening.accept()[0])
            kept[0].recv(4096)
            kept[0].sendall(b'HTTP/1.1 200 OK\r\nContent-Length: 8\r\n\r\n{"a": 1}')  # and the connection stays open

        threading.Thread(target=serve, daemon=True).start()
        assert Web("127.0.0.1", listening.getsockname()[1], silence_s=3).json("GET", "/x") == {"a": 1}
        kept[0].close()


def answered(*pieces: bytes) -> RequestFailed:
    """What a server's answer fails with."""
    with socket.create_server(("127.0.0.1", 0)) as listening:

        def serve() -> None:
            connection, _ = listening.accept()
            with connection, contextlib.suppress(OSError):
                said(*pieces)(connection)

        threading.Thread(target=serve, daemon=True).start()
        with pytest.raises(RequestFailed) as caught:
            Web("127.0.0.1", listening.getsockname()[1], name="it", timeout_s=20, silence_s=5).json("GET", "/x")
    return caught.value


def test_a_redirection_says_where_to() -> None:
    found = answered(b"HTTP/1.1 302 Found\r\nLocation: https://b.example/v1/x\r\nContent-Length: 0\r\n\r\n")
    assert str(found) == "it sends /x on to https://b.example/v1/x (HTTP 302)"
    assert found.fix == "give the address that it leads to, without `/x`"


def test_a_compressed_answer() -> None:
    found = answered(b"HTTP/1.1 200 OK\r\nContent-Encoding: gzip\r\n\r\n\x1f\x8b")
    assert str(found) == "it answers /x compressed (gzip), which nobody asked for"


def test_json_that_is_too_deep() -> None:
    assert str(answered(b"HTTP/1.1 200 OK\r\n\r\n", b"[" * 100_000)).startswith("it answers /x with something that is not JSON")


def test_a_reply_without_end_does_not_eat_the_memory() -> None:
    assert str(answered(b"HTTP/1.1 200 OK\r\n\r\n", *[bytes(1 << 20)] * 80)) == "it sends more than 64 MiB in one reply"


def test_a_servers_words_do_not_reach_the_terminals_ears() -> None:
    found = answered(b"HTTP/1.1 500 No\r\n\r\n\x1b[31mboom\x1b[0m")
    assert str(found) == "it answers /x with HTTP 500: ?[31mboom?[0m"
