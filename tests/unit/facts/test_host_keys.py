"""known_hosts files as OpenSSH reads and writes them."""

import base64
import hashlib
import subprocess
from dataclasses import replace
from pathlib import Path

import pytest

from rigprov.errors import HostKeyError
from rigprov.facts import host_keys
from rigprov.facts.host_keys import KnownKey
from rigprov.facts.route import Route

# Public halves made for these tests; nobody has the private ones.
DATA = bytes.fromhex("0000000b7373682d6564323535313900000020") + bytes(range(32))
OTHER = DATA[:-1] + b"\xff"
TEXT, OTHER_TEXT = (base64.b64encode(data).decode() for data in (DATA, OTHER))
PRINT = "SHA256:" + base64.b64encode(hashlib.sha256(DATA).digest()).decode().rstrip("=")


@pytest.fixture
def route(tmp_path: Path) -> Route:
    return Route(
        name="rig",
        hostname="10.0.0.7",
        port=22,
        user="ops",
        identity_files=(),
        identities_only=False,
        identity_agent=None,
        strict="ask",
        known_hosts=(str(tmp_path / "ssh" / "known_hosts"),),
        global_known_hosts=(str(tmp_path / "global"),),
        hash_names=False,
        key_name="10.0.0.7",
        key_alias=False,
        proxy=None,
        keepalive_s=0,
        command=("ssh", "rig"),
    )


def test_fingerprint_is_what_openssh_prints(tmp_path: Path) -> None:
    (tmp_path / "key.pub").write_text(f"ssh-ed25519 {TEXT} x\n")
    shown = subprocess.run(["ssh-keygen", "-lf", tmp_path / "key.pub"], capture_output=True, text=True, check=True).stdout
    assert host_keys.fingerprint(DATA) == shown.split()[1] == PRINT


@pytest.mark.parametrize("hashed", [False, True])
@pytest.mark.parametrize(("port", "name"), [(22, "10.0.0.7"), (2222, "[10.0.0.7]:2222")])
def test_what_is_recorded_openssh_finds(route: Route, port: int, name: str, hashed: bool) -> None:
    route = replace(route, port=port, key_name=name, hash_names=hashed)
    file = Path(host_keys.record(route, "ssh-ed25519", DATA))
    assert host_keys.known_keys(route) == (KnownKey("ssh-ed25519", DATA, str(file)),)
    assert (name in file.read_text()) is not hashed
    assert (file.stat().st_mode & 0o777, file.parent.stat().st_mode & 0o777) == (0o600, 0o700)


def test_lines_that_are_there_stay(route: Route) -> None:
    file = Path(route.known_hosts[0])
    file.parent.mkdir()
    file.write_text(f"other ssh-ed25519 {OTHER_TEXT}")  # without a line break at its end
    host_keys.record(route, "ssh-ed25519", DATA)
    assert file.read_text() == f"other ssh-ed25519 {OTHER_TEXT}\n10.0.0.7 ssh-ed25519 {TEXT}\n"


@pytest.mark.parametrize(
    ("line", "expected"),
    [
        (f"10.0.0.* ssh-ed25519 {TEXT}", [("ssh-ed25519", "")]),
        (f"10.0.0.*,!10.0.0.7 ssh-ed25519 {TEXT}", []),
        (f"@revoked 10.0.0.7 ssh-ed25519 {TEXT}", [("ssh-ed25519", "@revoked")]),
        (f"@cert-authority *.7 ssh-ed25519 {TEXT}", [("ssh-ed25519", "@cert-authority")]),
        (f"[10.0.0.7]:2222 ssh-ed25519 {TEXT}", []),
        ("10.0.0.7 ssh-ed25519 rubbish!", []),
    ],
)
def test_forms_of_lines(route: Route, tmp_path: Path, line: str, expected: list[tuple[str, str]]) -> None:
    (tmp_path / "global").write_text(line + "\n")
    assert [(key.type, key.marker) for key in host_keys.known_keys(route)] == expected


def test_another_port_falls_back_on_the_plain_name(route: Route, tmp_path: Path) -> None:
    (tmp_path / "global").write_text(f"10.0.0.7 ssh-ed25519 {TEXT}\n")
    other = replace(route, port=2222, key_name="[10.0.0.7]:2222")
    assert host_keys.known_keys(other) == ()
    assert [key.data for key in host_keys.plain_name_keys(other)] == [DATA]
    assert host_keys.plain_name_keys(replace(other, key_alias=True)) == ()
    assert host_keys.plain_name_keys(route) == ()


def test_no_file_to_record_in(route: Route, tmp_path: Path) -> None:
    with pytest.raises(HostKeyError, match="no known_hosts file is set"):
        host_keys.record(replace(route, known_hosts=()), "ssh-ed25519", DATA)
    (tmp_path / "ssh").write_text("a file in the way")
    with pytest.raises(HostKeyError, match="cannot be recorded"):
        host_keys.record(route, "ssh-ed25519", DATA)


def test_words_for_an_unknown_key(route: Route) -> None:
    error = host_keys.unknown(route, "ssh-ed25519", DATA)
    assert str(error) == f"the SSH key of `rig` is not known: ssh-ed25519 {PRINT}"
    assert error.hint is not None
    assert error.hint.endswith("give that: `rigprov trust rig --fingerprint SHA256:...`")


def test_the_command_in_the_words_names_the_inventory_that_has_the_host(route: Route) -> None:
    error = host_keys.unknown(replace(route, inventories=("inventory/runpod.yml", "my own.yml")), "ssh-ed25519", DATA)
    assert error.hint is not None
    assert "`rigprov trust -i inventory/runpod.yml -i 'my own.yml' rig --fingerprint SHA256:...`" in error.hint


def test_the_command_in_the_words_names_the_ssh_configuration_that_has_the_host(route: Route) -> None:
    error = host_keys.unknown(replace(route, config="my ssh/config"), "ssh-ed25519", DATA)
    assert error.hint is not None
    assert "`rigprov trust -F 'my ssh/config' rig --fingerprint SHA256:...`" in error.hint


def test_f30_words_for_a_changed_key(route: Route) -> None:
    error = host_keys.changed(
        route, (KnownKey("ssh-rsa", b"r", "/k"), KnownKey("ssh-ed25519", OTHER, "/kh")), "ssh-ed25519", DATA
    )
    old = host_keys.fingerprint(OTHER)
    assert str(error) == f"the SSH key of `rig` has changed: on record ssh-ed25519 {old}, the host shows ssh-ed25519 {PRINT}"
    assert error.hint is not None
    assert error.hint.endswith("give that: `rigprov trust rig --fingerprint SHA256:...`; if not, stop")
