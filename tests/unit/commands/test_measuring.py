from argparse import ArgumentParser, Namespace
from pathlib import Path

import pytest

from rigprov.commands.measuring import asked, server
from rigprov.commands.verify import add_arguments
from rigprov.errors import UsageError
from rigprov.verify.asked import Asked, Server


def parsed(*words: str) -> Namespace:
    parser = ArgumentParser(exit_on_error=False)
    add_arguments(parser)
    return parser.parse_args([*words, "host"])


URL = "http://127.0.0.1:8000/v1"


@pytest.mark.parametrize(
    ("words", "expected"),
    [
        (("--tier", "starter"), Asked()),
        (("--tier", "starter", "--synthetic", "--keep-weights"), Asked(synthetic=True, keep_weights=True)),
        (("--tier", "starter", "--model", "m"), Asked(named=True)),
        (("--tier", "starter", "--soak", "90"), Asked(soak_s=90.0)),
        (("--tier", "starter", "--no-soak"), Asked(soak_s=0.0)),
    ],
)
def test_what_is_asked(words: tuple[str, ...], expected: Asked) -> None:
    args = parsed(*words)
    assert (asked(args), server(args)) == (expected, None)


def test_a_server_with_its_key(tmp_path: Path) -> None:
    (tmp_path / "key").write_text("geheim-0123\n")
    found = server(parsed("--server", URL, "--api-key-file", str(tmp_path / "key"), "--server-model", "m", "--floor", "20"))
    assert found == Server("127.0.0.1", 8000, key="geheim-0123", model="m")


@pytest.mark.parametrize(
    ("words", "said"),
    [
        ((), "neither a tier nor a server is named"),
        (("--tier", "starter", "--keep-weights"), "`--keep-weights` goes with `--synthetic`"),
        (("--tier", "starter", "--floor", "5"), "`--floor` goes with `--server URL`"),
        (("--tier", "starter", "--api-key-file", "k"), "`--api-key-file` goes with `--server URL`"),
        (("--tier", "starter", "--server", URL), "which of the tier's models the server runs is not said"),
        (("--server", URL, "--synthetic"), "`--synthetic` and `--server` do not go together"),
        (("--server", URL, "--model", "m"), "`--model` and `--set` go with `--tier`"),
        (("--server", URL, "--api-key-file", "/nonexistent/key"), "the API key's file `/nonexistent/key` cannot be read"),
        (("--server", "nowhere"), "`nowhere` is not the address of a server"),
    ],
)
def test_what_does_not_go_together(words: tuple[str, ...], said: str) -> None:
    args = parsed(*words)
    with pytest.raises(UsageError) as caught:
        (asked(args), server(args))
    assert said in str(caught.value)


@pytest.mark.parametrize("content", [b"", b"two\nlines", b"\xff\xfe", "schl\u00fcssel".encode()])
def test_a_file_that_holds_no_key(tmp_path: Path, content: bytes) -> None:
    (tmp_path / "key").write_bytes(content)
    with pytest.raises(UsageError, match="the API key's file"):
        server(parsed("--server", URL, "--api-key-file", str(tmp_path / "key")))


@pytest.mark.parametrize(
    "words", [("--soak", "x"), ("--soak", "-1"), ("--soak", "99999"), ("--floor", "0"), ("--floor", "inf"), ("--floor", "1e999")]
)
def test_numbers(words: tuple[str, str], capsys: pytest.CaptureFixture[str]) -> None:
    with pytest.raises(Exception, match="is not a number above 0"):
        parsed("--server", URL, *words)
