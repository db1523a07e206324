"""Whom to trust: what is handed to pyinfra for each state of the known_hosts files."""

import base64
from dataclasses import replace
from pathlib import Path

import pytest

from rigprov.facts.connection import Access
from rigprov.facts.route import Route
from rigprov.facts.trust import Trust
from tests.unit.facts.test_failure import ROUTE

ED, RSA = (base64.b64encode(bytes([number]) * 40).decode() for number in (1, 2))
NAMED = f"10.0.0.7 ssh-ed25519 {ED}\n"


def trust(tmp_path: Path, known: str, *, strict: str = "ask", port: int = 22, accept: bool = False) -> Trust:
    (tmp_path / "known").write_text(known)
    name = "10.0.0.7" if port == 22 else f"[10.0.0.7]:{port}"
    route: Route = replace(ROUTE, known_hosts=(str(tmp_path / "known"),), strict=strict, port=port, key_name=name)
    return Trust(route, Access(accept_new_host_key=accept))


@pytest.mark.parametrize(
    ("known", "strict", "port", "accept", "policy", "lines"),
    [
        ("", "ask", 22, False, "yes", ""),
        ("", "true", 22, False, "yes", ""),
        ("", "ask", 22, True, "accept-new", ""),
        ("", "accept-new", 22, False, "accept-new", ""),
        (NAMED, "ask", 22, False, "yes", NAMED),
        (NAMED, "accept-new", 22, True, "yes", NAMED),  # known: nothing is new, a changed key is refused
        (NAMED, "false", 22, True, "no", ""),  # the user's own choice
        (f"10.0.0.* ssh-ed25519 {ED}\n", "ask", 22, False, "yes", NAMED),
        (NAMED, "ask", 2222, False, "yes", f"[10.0.0.7]:2222 ssh-ed25519 {ED}\n"),  # OpenSSH falls back on the plain name
        (NAMED, "ask", 2222, True, "accept-new", ""),
        (f"@cert-authority * ssh-ed25519 {ED}\n", "ask", 22, False, "yes", ""),
        (f"@revoked * ssh-ed25519 {ED}\n", "ask", 22, False, "yes", ""),
    ],
)
def test_policy_and_file(  # noqa: PLR0917  (a column each)
    tmp_path: Path, known: str, strict: str, port: int, accept: bool, policy: str, lines: str
) -> None:
    found = trust(tmp_path, known, strict=strict, port=port, accept=accept)
    assert (found.policy, found.lines()) == (policy, lines)


def test_the_host_is_asked_for_the_key_on_record(tmp_path: Path) -> None:
    found = trust(tmp_path, f"10.0.0.7 ssh-rsa {RSA}\n")
    assert found.algorithms() == ["rsa-sha2-512", "rsa-sha2-256"]
    both = trust(tmp_path, f"10.0.0.7 ssh-rsa {RSA}\n{NAMED}")
    assert both.lines() == f"{NAMED}10.0.0.7 ssh-rsa {RSA}\n"
    assert set(both.algorithms()) == {"rsa-sha2-512", "rsa-sha2-256", "ssh-ed25519"}
