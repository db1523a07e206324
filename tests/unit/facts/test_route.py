"""OpenSSH's own view of a host (`ssh -G` connects to nothing)."""

from pathlib import Path

import pytest

from rigprov.errors import UsageError
from rigprov.facts.connection import Access
from rigprov.facts.route import Route, find_route
from rigprov.model.target import Target


def route(tmp_path: Path, text: str, target: Target | None = None, *, accept: bool = False) -> Route:
    config = tmp_path / "config"
    config.write_text(text.replace("TMP", str(tmp_path)))
    return find_route(target or Target("rig", address="rig"), Access(ssh_config=config, accept_new_host_key=accept))


def test_alias_with_include_match_and_tokens(tmp_path: Path) -> None:
    (tmp_path / "id").write_text("key")
    (tmp_path / "more").write_text(
        f"Match host 10.0.0.7\n  Port 2222\nHost rig\n  IdentityFile {tmp_path}/%n.key\n  IdentitiesOnly yes\n"
    )
    (tmp_path / "rig.key").write_text("key")
    text = "Include TMP/more\nHost rig\n  HostName 10.0.0.7\n  User ops\n  IdentityFile TMP/id\n"
    text += "  UserKnownHostsFile TMP/known_%h TMP/second\n"
    found = route(tmp_path, text + "  StrictHostKeyChecking accept-new\n  ServerAliveInterval 15\n  HashKnownHosts yes\n")
    assert found == Route(
        name="rig",
        hostname="10.0.0.7",
        port=22,  # the Match comes before HostName is known
        user="ops",
        identity_files=(f"{tmp_path}/rig.key", f"{tmp_path}/id"),
        identities_only=True,
        identity_agent=None,
        strict="accept-new",
        known_hosts=(f"{tmp_path}/known_10.0.0.7", f"{tmp_path}/second"),
        global_known_hosts=found.global_known_hosts,
        hash_names=True,
        key_name="10.0.0.7",
        key_alias=False,
        proxy=None,
        keepalive_s=15,
        command=("ssh", "-F", f"{tmp_path}/config", "rig"),
        config=f"{tmp_path}/config",
    )


def test_an_alias_as_skypilot_writes_it(tmp_path: Path) -> None:
    """One file a cluster, all included by a pattern; the form is that of SkyPilot 0.14.1."""
    generated, key = tmp_path / "sky/generated/ssh", tmp_path / "sky.key"
    generated.mkdir(parents=True)
    key.write_text("key")
    lines = ("HostName 198.51.100.7", "User root", f"IdentityFile {key}", "IdentitiesOnly yes", "StrictHostKeyChecking no")
    hosts = ("UserKnownHostsFile=/dev/null", "GlobalKnownHostsFile=/dev/null", "Port 22077", "SetEnv SKYPILOT_CLUSTER_NAME=c")
    (generated / "rig").write_text("# Added by sky\nHost rig\n" + "".join(f"  {line}\n" for line in (*lines, *hosts)))
    (generated / "other").write_text("Host other\n  HostName 198.51.100.8\n")
    found = route(tmp_path, "Include TMP/sky/generated/ssh/*\n\nHost *\n  User me\n")
    assert (found.hostname, found.port, found.user) == ("198.51.100.7", 22077, "root")
    assert (found.identity_files, found.identities_only) == ((str(key),), True)
    assert (found.strict, found.known_hosts, found.global_known_hosts) == ("false", (), ())


@pytest.mark.parametrize(
    ("text", "name", "alias"),
    [
        ("Host rig\n  HostName h.example\n", "h.example", False),
        ("Host rig\n  HostName h.example\n  Port 2200\n", "[h.example]:2200", False),
        ("Host rig\n  HostKeyAlias cluster\n  Port 2200\n", "cluster", True),
    ],
)
def test_name_in_known_hosts(tmp_path: Path, text: str, name: str, alias: bool) -> None:
    found = route(tmp_path, text)
    assert (found.key_name, found.key_alias) == (name, alias)


def test_the_command_line_wins_over_the_configuration(tmp_path: Path) -> None:
    found = route(tmp_path, "Host rig\n  User a\n  Port 1\n", Target("b@rig:2", address="rig", user="b", port=2))
    assert (found.user, found.port) == ("b", 2)


def test_no_known_hosts_file(tmp_path: Path) -> None:
    found = route(tmp_path, "Host *\n  UserKnownHostsFile /dev/null\n  StrictHostKeyChecking no\n  IdentityAgent none\n")
    assert (found.known_hosts, found.strict, found.identity_agent) == ((), "false", "none")


@pytest.mark.parametrize(
    ("jump", "command"),
    [
        ("none", None),
        ("gate", "ssh -F {config} -o BatchMode=yes -W '[rig]:22' gate"),
        ("me@gate:2200", "ssh -F {config} -o BatchMode=yes -l me -p 2200 -W '[rig]:22' gate"),
        ("%r@gate-%h", "ssh -F {config} -o BatchMode=yes -l ops -W '[rig]:22' gate-rig"),
        ("[fd00::1]:2200", "ssh -F {config} -o BatchMode=yes -p 2200 -W '[rig]:22' fd00::1"),
        (
            "a,b",
            "ssh -F {config} -o BatchMode=yes -o "
            "'ProxyCommand=ssh -F {config} -o BatchMode=yes -W '\"'\"'[%h]:%p'\"'\"' a' -W '[rig]:22' b",
        ),
    ],
)
def test_jump_hosts(tmp_path: Path, jump: str, command: str | None) -> None:
    expected = command.format(config=tmp_path / "config") if command else None
    assert route(tmp_path, f"Host rig\n  User ops\n  ProxyJump {jump}\n").proxy == expected


def test_three_jumps_escape_what_an_outer_ssh_would_expand(tmp_path: Path) -> None:
    proxy = route(tmp_path, "Host rig\n  ProxyJump a,b,c\n").proxy
    assert proxy is not None
    assert proxy.count("[%h]:%p") == 1
    assert proxy.count("[%%h]:%%p") == 1


def test_a_new_jump_host_may_be_accepted_too(tmp_path: Path) -> None:
    proxy = route(tmp_path, "Host rig\n  ProxyJump gate\n", accept=True).proxy
    assert proxy is not None
    assert "-o StrictHostKeyChecking=accept-new" in proxy


def test_proxy_command_with_tokens(tmp_path: Path) -> None:
    assert route(tmp_path, "Host rig\n  User u\n  ProxyCommand nc -X 5%% %h %p # %r\n").proxy == "nc -X 5% rig 22 # u"


def test_bad_line_is_named(tmp_path: Path) -> None:
    with pytest.raises(UsageError) as caught:
        route(tmp_path, "Host rig\n  Prot 22\n")
    assert (
        str(caught.value) == f"OpenSSH rejects the settings for `rig`: {tmp_path}/config: line 2: Bad configuration option: prot"
    )


def test_an_address_is_never_an_option() -> None:
    target = Target("rig", address="-oProxyCommand=touch /tmp/x", where="hosts.yml")
    with pytest.raises(UsageError, match="is not an address") as caught:
        find_route(target, Access())
    assert caught.value.hint == "mend `ansible_host` of `rig` in hosts.yml"
