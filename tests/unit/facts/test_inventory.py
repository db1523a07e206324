"""Hosts as the user names them."""

import re
from pathlib import Path

import pytest

from rigprov.errors import UsageError
from rigprov.facts import inventory
from rigprov.facts.inventory import resolve
from rigprov.facts.inventory_file import Inventory
from rigprov.model.target import Target


@pytest.mark.parametrize(
    ("name", "target"),
    [
        ("rig", Target("rig", address="rig")),
        ("ops@rig", Target("ops@rig", address="rig", user="ops")),
        ("ops@rig:2222", Target("ops@rig:2222", address="rig", user="ops", port=2222)),
        ("10.0.0.5:2222", Target("10.0.0.5:2222", address="10.0.0.5", port=2222)),
        ("[fd00::5]:2222", Target("[fd00::5]:2222", address="fd00::5", port=2222)),
        ("ops@[fd00::5]", Target("ops@[fd00::5]", address="fd00::5", user="ops")),
        ("fd00::5", Target("fd00::5", address="fd00::5")),
        ("localhost", Target("localhost", local=True)),
        ("localhost:2222", Target("localhost:2222", address="localhost", port=2222)),  # a forwarded port
        ("ops@localhost", Target("ops@localhost", address="localhost", user="ops")),
        ("ssh://root@ssh5.vast.ai:10600", Target("root@ssh5.vast.ai:10600", address="ssh5.vast.ai", user="root", port=10600)),
    ],
)
def test_named_on_the_command_line(name: str, target: Target) -> None:
    assert resolve([name], []) == (target,)


@pytest.mark.parametrize(
    ("names", "message"),
    [
        ([], "no host is named"),
        (["a", "a"], "host `a` is named twice"),
        (["a", "ops@a"], "`a` and `ops@a` are the same machine"),
        (["a:0"], "`0` in `a:0` is not a port"),
        (["a:65536"], "`65536` in `a:65536` is not a port"),
        (["a:ssh"], "`ssh` in `a:ssh` is not a port"),
        (["a:"], "`a:` is not a host"),
        ([""], "`` is not a host"),
        (["-oProxyCommand=id"], "`-oProxyCommand=id` is not a host"),
        (["ops@-oProxyCommand=id"], "`ops@-oProxyCommand=id` is not a host"),
        (["a b"], "`a b` is not a host"),
        (["a\udcff"], "`a\udcff` is not a host"),  # what Python makes of an argument that is no UTF-8
        (["a\x1b[31m"], "`a\x1b[31m` is not a host"),
        (["[rig]:22"], "`rig` in `[rig]:22` is not an IPv6 address"),
    ],
)
def test_named_wrongly(names: list[str], message: str) -> None:
    with pytest.raises(UsageError) as caught:
        resolve(names, [])
    assert str(caught.value) == message
    assert caught.value.hint


HOSTS: dict[str, dict[str, object]] = {
    "gpu1": {"ansible_host": "10.0.0.1", "ansible_user": "ops", "ansible_port": 2222, "docker_users": ["me"]},
    "gpu2": {},
    "here": {"ansible_connection": "local"},
    "far1": {"ansible_host": "10.9.9.9", "ansible_ssh_common_args": "-J gate1"},
    "far2": {"ansible_host": "10.9.9.9", "ansible_ssh_common_args": "-J gate2"},
}
GROUPS = {"all": tuple(HOSTS), "gpus": ("gpu1", "gpu2"), "first": ("gpu1",), "empty": (), "ungrouped": ("here",)}


@pytest.fixture
def hosts(monkeypatch: pytest.MonkeyPatch) -> dict[str, dict[str, object]]:
    """The inventory `hosts.yml`, without Ansible (the live tests have it)."""
    known = {name: dict(variables) for name, variables in HOSTS.items()}
    monkeypatch.setattr(inventory, "load", lambda sources: Inventory(tuple(sources), known, GROUPS))
    monkeypatch.setattr(inventory, "match", lambda pattern, sources: ("gpu2",) if pattern == "gpus:!first" else ())
    return known


def names(wanted: list[str]) -> list[str]:
    return [target.name for target in resolve(wanted, ["hosts.yml"])]


@pytest.mark.parametrize(
    ("wanted", "expected"),
    [
        (["gpu1"], ["gpu1"]),
        (["gpus"], ["gpu1", "gpu2"]),
        (["gpu2", "gpus"], ["gpu2", "gpu1"]),  # groups may overlap
        (["gpus:!first"], ["gpu2"]),
        (["localhost"], ["localhost"]),
        (["far1", "far2"], ["far1", "far2"]),  # one private address behind two gates is two machines
    ],
)
def test_named_in_the_inventory(hosts: object, wanted: list[str], expected: list[str]) -> None:
    assert names(wanted) == expected


def test_what_the_inventory_says_of_a_host(hosts: dict[str, dict[str, object]]) -> None:
    assert resolve(["gpu1", "here"], ["hosts.yml"]) == (
        Target(
            "gpu1",
            address="10.0.0.1",
            user="ops",
            port=2222,
            groups=("first", "gpus"),
            variables=hosts["gpu1"],
            where="hosts.yml",
            inventories=("hosts.yml",),
        ),
        Target("here", local=True, variables=hosts["here"], where="hosts.yml", inventories=("hosts.yml",)),
    )


@pytest.mark.parametrize(
    ("wanted", "message", "hint"),
    [
        ("gpu11", "there is no host or group `gpu11` in `hosts.yml`", "did you mean `gpu1`"),
        ("zzz", "there is no host or group `zzz` in `hosts.yml`", "it has `gpu1`, `gpu2`, `here`, `far1`, `far2`"),
        ("empty", "group `empty` in `hosts.yml` holds no host", "add a host to it or name another group"),
        ("web*", "pattern `web*` selects no host of `hosts.yml`", "it has `gpu1`, `gpu2`, `here`, `far1`, `far2`"),
    ],
)
def test_not_in_the_inventory(hosts: object, wanted: str, message: str, hint: str) -> None:
    with pytest.raises(UsageError) as caught:
        resolve([wanted], ["hosts.yml"])
    assert (str(caught.value), caught.value.hint) == (message, hint)


@pytest.mark.parametrize("pattern", [",", ":", " , ,", "~", "~[", "[", "]", "!", "&", "gpu*:&", "gpu*,!"])
def test_a_pattern_that_names_nothing_is_not_all_hosts(hosts: object, pattern: str) -> None:
    with pytest.raises(UsageError) as caught:
        resolve([pattern], ["hosts.yml"])
    assert (str(caught.value), caught.value.hint) == (
        f"pattern `{pattern}` names no host or group",
        "write `all` where you mean all",
    )


@pytest.mark.parametrize(
    ("variables", "message"),
    [
        ({"ansible_connection": "docker"}, "host `gpu2` uses connection `docker`, which rigprov cannot"),
        ({"ansible_port": "ssh"}, "`ssh` in `ansible_port of gpu2` is not a port"),
        ({"ansible_host": ["a"]}, "`ansible_host` of `gpu2` must be a word, not ['a']"),
        ({"ansible_user": "{{ me }}"}, "`ansible_user` of `gpu2` is a template, which cannot be resolved before Ansible runs"),
    ],
)
def test_inventory_that_cannot_work(hosts: dict[str, dict[str, object]], variables: dict[str, object], message: str) -> None:
    hosts["gpu2"] |= variables
    with pytest.raises(UsageError) as caught:
        resolve(["gpu2"], ["hosts.yml"])
    assert str(caught.value) == message


def test_two_names_of_one_machine(hosts: dict[str, dict[str, object]]) -> None:
    hosts["gpu2"] |= {"ansible_host": "10.0.0.1", "ansible_port": "2222"}
    with pytest.raises(UsageError, match="`gpu1` and `gpu2` are the same machine"):
        resolve(["gpus"], ["hosts.yml"])


@pytest.mark.parametrize(
    ("connection", "host", "local"),
    [
        ("local", None, True),
        ("ansible.builtin.local", None, True),
        (None, None, True),
        (None, "127.0.0.1", False),
        ("ssh", None, False),
    ],
)
def test_localhost_in_an_inventory(
    hosts: dict[str, dict[str, object]], connection: str | None, host: str | None, local: bool
) -> None:
    hosts["localhost"] = {key: value for key, value in {"ansible_connection": connection, "ansible_host": host}.items() if value}
    assert resolve(["localhost"], ["hosts.yml"])[0].local is local


@pytest.mark.parametrize("source", ["none.yml", ""])  # Ansible takes nothing for the current directory
def test_inventory_that_is_not_there(source: str) -> None:
    with pytest.raises(UsageError, match=rf"inventory `{re.escape(source)}` does not exist"):
        resolve(["a"], [source])


@pytest.mark.parametrize(
    ("text", "message"),
    [
        ("all:\n  hosts:\n    a: {x: 1}\n   b:\n", "line 4 is not valid YAML"),
        ("all:\n  hosts:\n    a:\n    b:\n    a:\n", "line 5: `a` appears twice"),
        ("all: &a {x: &b {y: *a, z: *b, z: 1}}\n", "line 1: `z` appears twice"),
        ("[" * 5000, "is nested too deep"),
        ("", "is empty"),
    ],
    ids=["yaml", "twice", "circle", "deep", "empty"],
)
def test_inventory_that_is_not_sound(tmp_path: Path, text: str, message: str) -> None:
    path = tmp_path / "hosts.yml"
    path.write_text(text)
    with pytest.raises(UsageError) as caught:
        resolve(["a"], [str(path)])
    assert f"`{path}`" in str(caught.value)
    assert message in str(caught.value)
