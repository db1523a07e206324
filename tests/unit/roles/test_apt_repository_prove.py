"""A repository's key is read packet by packet, and what apt says about a repository becomes one sentence."""

from pathlib import Path
from typing import Any

import pytest

from tests.unit.roles.scripts import load

prove = load("apt_repository", "prove")

# Made for this test by `gpg --quick-generate-key one@example ed25519`.
ONE = """\
-----BEGIN PGP PUBLIC KEY BLOCK-----

mDMEawfoyxYJKwYBBAHaRw8BAQdA/kC/3wsClpm0zh4qv4HquP4CP/fyVvc66YdH
wNIlRi60C29uZUBleGFtcGxliJAEExYIADgWIQSJziDrIyIFGesPEVIvpatNnyLL
1wUCawfoywIbAwULCQgHAgYVCgkICwIEFgIDAQIeAQIXgAAKCRAvpatNnyLL1+KB
AQCRh+xYJJ8KtUcI+TzGocVOKw5hb2mmB8UqNS9AWASLfwD9EcHzETtgKi4Ppaan
Lx9zox55ZrCo4UJPBt4ftEJi/gU=
=VBrh
-----END PGP PUBLIC KEY BLOCK-----
"""
TWO = """\
-----BEGIN PGP PUBLIC KEY BLOCK-----

mDMEawfoyxYJKwYBBAHaRw8BAQdACwU2q1XPnhdX9SCpn9yDnr0++cbGQ0VVRLID
nTwvQf60C3R3b0BleGFtcGxliJAEExYIADgWIQRqJL1gMaH8CglkLjCW/maNL2x+
kAUCawfoywIbAwULCQgHAgYVCgkICwIEFgIDAQIeAQIXgAAKCRCW/maNL2x+kLct
AQCCb804Oa7x1Yx0e+NIVQuPdNjjFlkIhTxyl/+/DZtvdAEA5cLo338CbrJMKfsS
rXuxh8vlJfSx1wtpEglnmKkmsgk=
=nMMS
-----END PGP PUBLIC KEY BLOCK-----
"""
F_ONE, F_TWO = "89CE20EB23220519EB0F11522FA5AB4D9F22CBD7", "6A24BD6031A1FC0A09642E3096FE668D2F6C7E90"
BINARY = prove.binary(ONE.encode())


def found(text: bytes) -> Any:
    return prove.fingerprints(prove.binary(text))


@pytest.mark.parametrize(
    ("text", "fingerprints"),
    [
        (ONE.encode(), [F_ONE]),
        (ONE.replace("\n", "\r\n").encode(), [F_ONE]),
        (ONE.replace("BLOCK-----\n\n", "BLOCK-----\nVersion: GnuPG v1\nComment: x=y\n\n", 1).encode(), [F_ONE]),
        (f"a web page\n{ONE}".encode(), [F_ONE]),
        (BINARY, [F_ONE]),
        ((ONE + TWO).encode(), [F_ONE, F_TWO]),
        (prove.binary(ONE.encode()) + prove.binary(TWO.encode()), [F_ONE, F_TWO]),
        (b"", []),
        (b"<!doctype html>", []),
        (BINARY[:-1], []),
        (BINARY[:1], []),
        (BINARY + b"\x99", []),
        (b"\x95" + BINARY[1:], []),  # the same as a secret key
        (b"\x9b" + BINARY[1:], []),  # a packet without a length
        (b"\xc6\xe0" + BINARY[2:], []),  # a packet of partial length
        (b"\xc6" + BINARY[1:], [F_ONE]),  # its length in the newer form
        (b"\xc6\xff\x00\x00\x00" + BINARY[1:], [F_ONE]),
        (BINARY.replace(b"\x04", b"\x05", 1), ["a key of another version than 4"]),
    ],
)
def test_fingerprints(text: bytes, fingerprints: list[str]) -> None:
    assert found(text) == fingerprints


def test_damaged_armour_is_said_to_be() -> None:
    with pytest.raises(ValueError, match="padding"):
        prove.binary(ONE.replace("mDMEawf", "mDMEaw").encode())


def test_a_key_is_written_as_it_was_read() -> None:
    text = prove.armoured(BINARY)

    assert prove.binary(text.encode()) == BINARY
    assert text.splitlines()[-2] == ONE.splitlines()[-2]  # the checksum that gpg itself wrote


NVIDIA = "http://developer.download.nvidia.com/compute/cuda/repos/ubuntu2204/x86_64  InRelease"
ENTRY = {"url": "https://repo.example/x", "suites": ["/"], "key_url": "https://repo.example/key", "key_fingerprint": F_ONE}


@pytest.mark.parametrize(
    ("said", "words"),
    [
        pytest.param(
            f"W: GPG error: {NVIDIA}: The following signatures couldn't be verified because the public key is not available: "
            "NO_PUBKEY A4B469963BF863CC",
            "this host trusts only the retired one. Name the old source in cuda_toolkit_replace_sources",
            id="F27",
        ),
        pytest.param(
            f"W: GPG error: {NVIDIA}: Sub-process /usr/bin/sqv returned an error code (1), error message is: Missing key "
            "EB693B3035CD5710E231E123A4B469963BF863CC, which is needed to verify signature.",
            "this host trusts only the retired one",
            id="F27 with sqv",
        ),
        pytest.param(
            f"W: OpenPGP signature verification failed: {NVIDIA}: Sub-process /usr/bin/sqv returned an error code (1), error "
            "message is: Signing key on EB693B3035CD5710E231E123A4B469963BF863CC is not bound: No binding signature at time "
            "2026-02-03T10:00:00Z   because: Policy rejected non-revocation signature (PositiveCertification) requiring second "
            "pre-image resistance   because: SHA1 is not considered secure since 2026-02-01T00:00:00Z",
            "Only the repository's owner can mend that; the check stays on",
            id="F28",
        ),
        (
            "W: GPG error: http://x InRelease: ... NO_PUBKEY 0123456789ABCDEF",
            "signed with another key, 0123456789ABCDEF. Find out",
        ),
        ("E: GPG error: http://x InRelease: EXPKEYSIG 0123456789ABCDEF vendor", "its key 0123456789ABCDEF has expired"),
        ("W: GPG error: http://x InRelease: ... BADSIG 0123456789ABCDEF vendor", "its signature is not right (0123456789ABCDEF)"),
        (
            "E: Release file for http://x/InRelease is expired (invalid since 9d 1h 4min 20s). Updates will not be applied.",
            "its Release file has expired (invalid since 9d 1h 4min 20s). The mirror is no longer kept up to date",
        ),
        (
            "E: Release file for http://x/InRelease is not valid yet (invalid for another 3h 2min 5s). Updates for ...",
            "is not valid yet (invalid for another 3h 2min 5s). Set this host's clock",
        ),
        ("E: The repository 'http://x  InRelease' is not signed.", "it is not signed"),
        (
            "Err:1 http://x  Release\n  404  Not Found [IP: 1.2.3.4 80]\nE: The repository 'http://x  Release' does not have a "
            "Release file.",
            "the server has nothing there (404). Check url and suites",
        ),
        (
            "W: Failed to fetch https://x/InRelease  Certificate verification failed: The certificate is NOT trusted.",
            "its certificate cannot be verified",
        ),
        (
            "W: Failed to fetch http://x/InRelease  Could not connect to x:9 (127.0.0.1). - connect (111: Connection refused)",
            "it cannot be reached (Could not connect to x:9 (127.0.0.1). - connect (111: Connection refused))",
        ),
        (
            "W: Failed to fetch http://x/InRelease  Temporary failure resolving 'x'",
            "cannot be reached (Temporary failure resolving 'x')",
        ),
        ("E: Failed to fetch http://x/Packages.gz  Hash Sum mismatch", "its files do not fit together (Hash Sum mismatch)"),
        (
            "Err:1 http://x/key\n  403  Forbidden [IP: 1.2.3.4 80]\nW: Download is performed unsandboxed\nE: Failed to fetch http://x/key",
            "the server answers 403  Forbidden. Check url and suites, and the proxy",
        ),
        (
            "Err:1 http://x/key\n  404  File not found [IP: 1.2.3.4 80]\nW: Download is unsandboxed\nE: Download Failed",
            "the server has nothing there (404)",
        ),
        ("W: Download is performed unsandboxed as root\nE: Something new.", "apt says: Something new"),
        ("", "apt does not say why"),
    ],
)
def test_what_apt_says_becomes_one_sentence(said: str, words: str) -> None:
    assert words in prove.explain(said, "cuda_toolkit")


def answers(monkeypatch: pytest.MonkeyPatch, **by_tool: tuple[int, str]) -> list[tuple[str, ...]]:
    """Have apt's programs answer so; the key that is fetched is ONE. What was called is returned."""
    called: list[tuple[str, ...]] = []

    def apt(*words: str) -> tuple[int, str]:
        called.append(words)
        tool = Path(words[0]).name.replace("-", "_")
        if tool == "apt_helper":
            Path(words[-1]).write_text(ONE)
        return by_tool.get(tool, (0, ""))

    monkeypatch.setattr(prove, "apt", apt)
    return called


def wants(**changes: Any) -> dict[str, Any]:
    proofs = [{"text": "Signed-By: /etc/apt/keyrings/k.asc\n", "adopted": ""}]
    return {
        "entry": ENTRY,
        "user": "cuda_toolkit",
        "due": True,
        "keyring": "/etc/apt/keyrings/k.asc",
        "proofs": proofs,
        **changes,
    }


def test_the_key_that_was_checked_is_what_apt_is_given(monkeypatch: pytest.MonkeyPatch) -> None:
    called = answers(monkeypatch)

    assert prove.prove(wants())["key"] == prove.armoured(BINARY)
    assert [Path(words[0]).name for words in called] == ["apt-helper", "apt-get"]
    lists = next(word for word in called[1] if word.startswith("Dir::State::lists="))
    assert not Path(lists.partition("=")[2]).exists()  # lists of its own, gone with the rest


def test_another_key_is_refused_before_apt_sees_it(monkeypatch: pytest.MonkeyPatch) -> None:
    called = answers(monkeypatch)

    with pytest.raises(prove.RefusedError, match=f"is not the key {F_TWO}, but {F_ONE}. It was not installed"):
        prove.prove(wants(entry={**ENTRY, "key_fingerprint": F_TWO}))
    assert [Path(words[0]).name for words in called] == ["apt-helper"]


@pytest.mark.parametrize(
    "said",
    [
        "W: Failed to fetch http://x/InRelease  Could not connect to x\nW: Some index files failed to download.",
        "W: An error occurred during the signature verification. The repository is not updated and the previous index is used.",
        "W: GPG error: http://x InRelease: NO_PUBKEY 0123456789ABCDEF",
    ],
)
def test_a_warning_with_exit_code_0_is_a_failure(monkeypatch: pytest.MonkeyPatch, said: str) -> None:
    answers(monkeypatch, apt_get=(0, said))

    with pytest.raises(
        prove.RefusedError, match=r"The repository https://repo.example/x / cannot be used: .*\. Nothing was added"
    ):
        prove.prove(wants())


def test_notices_and_harmless_warnings_are_none(monkeypatch: pytest.MonkeyPatch) -> None:
    said = (
        "N: Ignoring file 'x'\nW: Download is performed unsandboxed as root as file '/tmp/x' couldn't be accessed by user '_apt'."
    )
    answers(monkeypatch, apt_get=(0, said))

    assert prove.prove(wants())["key"] == prove.armoured(BINARY)
