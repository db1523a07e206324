import pytest

from rigprov.errors import UsageError
from rigprov.verify.asked import Server, server


@pytest.mark.parametrize(
    ("url", "expected"),
    [
        ("http://127.0.0.1:8000/v1", Server("127.0.0.1", 8000)),
        ("http://127.0.0.1:8000/v1/", Server("127.0.0.1", 8000)),
        ("http://localhost:11434", Server("localhost", 11434)),
        ("https://llm.example/openai/v1", Server("llm.example", 443, secure=True, prefix="/openai/v1")),
        ("http://[::1]:8080", Server("::1", 8080)),
        ("http://[fe80::1%25eth0]:8080", Server("fe80::1%eth0", 8080)),
    ],
)
def test_addresses(url: str, expected: Server) -> None:
    assert server(url) == expected


@pytest.mark.parametrize(
    ("url", "said"),
    [
        ("127.0.0.1:8000", "is not the address of a server"),
        ("ftp://a/v1", "is not the address of a server"),
        ("http://no such host/v1", "is not the address of a server"),
        ("http://", "is not the address of a server"),
        ("http://a:99999/v1", "is not an address"),
        ("http://a:0/v1", "nothing can listen on port 0"),
        ("http://user:geheim@a/v1", "the server's address holds a user or a password"),
        ("http://a/v1?key=geheim", "holds more than an address and a path"),
    ],
)
def test_no_addresses(url: str, said: str) -> None:
    with pytest.raises(UsageError, match=said) as caught:
        server(url)
    assert caught.value.hint
    assert "user:geheim" not in str(caught.value)


def test_the_key_is_not_shown() -> None:
    assert "geheim" not in repr(server("http://a/v1", key="geheim"))
