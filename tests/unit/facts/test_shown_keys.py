"""Fingerprints as people copy them; what a host shows is asked of a real one in tests/live/test_trust.py."""

import hashlib

import pytest

from rigprov.errors import UsageError
from rigprov.facts.host_keys import fingerprint
from rigprov.facts.shown_keys import normal, shows

DATA = b"the key of a machine"
SHA256 = fingerprint(DATA)
MD5 = "MD5:" + ":".join(f"{byte:02x}" for byte in hashlib.md5(DATA, usedforsecurity=False).digest())


@pytest.mark.parametrize(
    ("given", "meant"),
    [
        (SHA256, SHA256),
        (SHA256.removeprefix("SHA256:"), SHA256),
        (f" {SHA256}=\n", SHA256),
        (MD5, MD5),
        (MD5.removeprefix("MD5:").upper(), MD5),
    ],
)
def test_a_fingerprint_as_it_is_copied(given: str, meant: str) -> None:
    assert normal(given) == meant
    assert shows(DATA, normal(given))
    assert not shows(b"another key", normal(given))


@pytest.mark.parametrize("given", ["", "SHA256:", "ssh-ed25519", SHA256[:-1], SHA256 + "A", "MD5:00:11", "SHA1:" + "A" * 27])
def test_what_is_none(given: str) -> None:
    with pytest.raises(UsageError, match="is no fingerprint"):
        normal(given)
