"""Which rigprov a machine installs: never one whose hash nobody told."""

import pytest

from rigprov import __version__
from rigprov.errors import UsageError
from rigprov.unattended.source import Source, chosen, installed, noted

HASH = "0123456789abcdef" * 4
URL = "https://example.com/w/rigprov-1.2.3-py3-none-any.whl"


@pytest.mark.parametrize(
    ("source", "requirement", "version"),
    [
        (None, f"rigprov=={__version__}", __version__),
        ("rigprov==1.2.3", "rigprov==1.2.3", "1.2.3"),
        (" rigprov == 1.2.3 ", "rigprov==1.2.3", "1.2.3"),
        (URL, f"rigprov @ {URL}", "1.2.3"),
    ],
)
def test_sources(source, requirement, version):
    assert chosen(source, HASH, None) == Source(requirement, HASH, version)
    assert chosen(source, f"sha256:{HASH.upper()}", None).sha256 == HASH


@pytest.mark.parametrize(
    ("source", "sha256", "message"),
    [
        (None, None, "the hash of rigprov=="),
        (URL, None, "the hash of rigprov @ https://example.com"),
        (None, "abc", "`--sha256 abc` is not a SHA-256"),
        ("rigprov", HASH, "names no exact version"),
        ("", HASH, "names no exact version"),
        ("https://[::1/rigprov-1-py3-none-any.whl", HASH, "is not the address of a wheel"),
        ("rigprov>=1", HASH, "names no exact version"),
        ("ripgrov==1", HASH, "names no exact version"),
        ("ftp://example.com/rigprov-1-py3-none-any.whl", HASH, "is not the address of a wheel"),
        ("https://example.com/rigprov-1.tar.gz", HASH, "is not the address of a wheel"),
        ("https://example.com/rigprov-1-py3-none-any.whl#sha256=1", HASH, "is not the address of a wheel"),
        ("https://example.com/a b/rigprov-1-py3-none-any.whl", HASH, "is not the address of a wheel"),
        ("https://me:hunter2@example.com/rigprov-1-py3-none-any.whl", HASH, "holds a password"),
        ("https://example.com/rigprov-1-py3-none-any.whl?X-Signature=1", HASH, "holds a password or a query"),
    ],
)
def test_what_is_refused(source, sha256, message):
    with pytest.raises(UsageError, match=message) as caught:
        chosen(source, sha256, None)
    assert caught.value.hint
    assert "hunter2" not in str(caught.value)


def test_what_pip_noted_is_taken_where_nothing_is_named():
    known = noted({"url": URL, "archive_info": {"hashes": {"sha256": HASH}}})
    assert known == Source(f"rigprov @ {URL}", HASH, "1.2.3")
    assert chosen(None, None, known) == known
    assert chosen("rigprov==9", HASH, known).version == "9"


@pytest.mark.parametrize(
    "document",
    [
        {"url": "file:///home/me/rigprov", "dir_info": {"editable": True}},
        {"url": "file:///home/me/rigprov-1-py3-none-any.whl", "archive_info": {"hashes": {"sha256": HASH}}},
        {"url": URL, "archive_info": {}},
        {"url": "https://me:pw@example.com/rigprov-1-py3-none-any.whl", "archive_info": {"hashes": {"sha256": HASH}}},
        {"url": "https://example.com/rigprov-1.tar.gz", "archive_info": {"hashes": {"sha256": HASH}}},
    ],
)
def test_what_other_machines_cannot_fetch_is_not(document):
    assert noted(document) is None


def test_a_checkout_has_none():
    assert installed() is None
