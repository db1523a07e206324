"""Addresses and keys that are refused before anything is sent."""

import pytest

from rigprov.cloud.access import checked_address, checked_token
from rigprov.errors import UsageError


@pytest.mark.parametrize(
    ("address", "message"),
    [
        ("api.runpod.io/v2", "`api_url` is not an address"),
        ("ftp://api.runpod.io", "`api_url` is not an address"),
        ("https://", "`api_url` is not an address"),
        ("https://api.runpod.io:port", "`api_url` is not an address"),
        ("https://api.runpod.io/\r\nX-Header: 1", "`api_url` is not an address"),
        ("https://[::1", "`api_url` is not an address"),
        ("https://api..runpod.io/v2", "`api_url` is not an address"),
        (f"https://{'a' * 64}.io", "`api_url` is not an address"),
        ("https://me:secret@api.runpod.io", "`api_url` holds more than an address"),
        ("https://api.runpod.io/v2?key=secret", "`api_url` holds more than an address"),
        ("http://api.runpod.io/v2", "`api_url` would send the API key unencrypted to api.runpod.io"),
        ("http://10.0.0.1/v2", "`api_url` would send the API key unencrypted to 10.0.0.1"),
    ],
)
def test_refused_addresses(address: str, message: str) -> None:
    with pytest.raises(UsageError) as caught:
        checked_address(address)
    assert str(caught.value) == message
    assert "secret" not in f"{caught.value} {caught.value.hint}"


@pytest.mark.parametrize("address", ["https://api.runpod.io/v2", "http://127.0.0.1:8080", "http://localhost:1", "http://[::1]:8"])
def test_taken_addresses(address: str) -> None:
    assert checked_address(f"{address}/") == address


@pytest.mark.parametrize("token", ["se cret", "secret\r\nX-Header: 1", "secret\x00", "sécret"])
def test_refused_keys(token: str) -> None:
    with pytest.raises(UsageError) as caught:
        checked_token(token, "RunPod", "RUNPOD_API_KEY")
    assert str(caught.value) == "the API key for RunPod holds blanks or characters that no key has"
    assert "cret" not in f"{caught.value} {caught.value.hint}"


@pytest.mark.parametrize("token", [None, "", " \n"])
def test_no_key(token: str | None) -> None:
    with pytest.raises(UsageError, match="there is no API key for Vast"):
        checked_token(token, "Vast", "VAST_API_KEY")


def test_blanks_around_a_key_are_a_file_s_last_line() -> None:
    assert checked_token(" rpa_abc\n", "RunPod", "RUNPOD_API_KEY") == "rpa_abc"
