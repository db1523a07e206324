"""Merging of daemon.json and of containerd's configuration: a user's own settings survive everything."""

import importlib.util
import json
from pathlib import Path
from typing import Any

import pytest

FILE = Path(__file__).parents[3] / "roles/docker/files/settings.py"
_spec = importlib.util.spec_from_file_location("docker_settings", FILE)
assert _spec is not None
assert _spec.loader is not None
docker: Any = importlib.util.module_from_spec(_spec)
_spec.loader.exec_module(docker)

ROTATION = {"max-size": "50m", "max-file": "3"}


def wants(**changes: Any) -> dict[str, Any]:
    return {"log_opts": ROTATION, "data_root": "/var/lib/docker", "options": {}, **changes}


@pytest.mark.parametrize(
    ("own", "changes", "result"),
    [
        ({}, {}, {"log-driver": "json-file", "log-opts": ROTATION}),
        ({"log-driver": "journald"}, {}, {"log-driver": "journald"}),
        ({"log-driver": "local"}, {}, {"log-driver": "local", "log-opts": ROTATION}),
        (
            {"log-opts": {"max-size": "1g", "labels": "a"}, "registry-mirrors": ["https://m.example"]},
            {},
            {
                "log-opts": {"max-size": "1g", "max-file": "3", "labels": "a"},
                "registry-mirrors": ["https://m.example"],
                "log-driver": "json-file",
            },
        ),
        ({"log-driver": "journald", "data-root": "/d"}, {}, {"log-driver": "journald", "data-root": "/d"}),
        ({"log-driver": "journald"}, {"data_root": "/d"}, {"log-driver": "journald", "data-root": "/d"}),
        ({"debug": True}, {"options": {"debug": False, "log-driver": "journald"}}, {"debug": False, "log-driver": "journald"}),
        (
            {"features": {"cdi": True}},
            {"options": {"features": {"buildkit": True}, "log-opts": {"max-size": "9m"}}},
            {
                "features": {"cdi": True, "buildkit": True},
                "log-driver": "json-file",
                "log-opts": {"max-size": "9m", "max-file": "3"},
            },
        ),
    ],
)
def test_wanted_settings(own: dict[str, Any], changes: dict[str, Any], result: dict[str, Any]) -> None:
    target = docker.wanted_settings(own, wants(**changes))

    assert target == result
    before, written = docker.difference(own, target)
    assert docker.undo(target, before, written) == own


def test_a_changed_want_replaces_the_roles_own_earlier_value_but_not_the_users() -> None:
    own = {"log-opts": {"max-file": "9"}}
    first = docker.wanted_settings(own, wants())
    record = docker.difference(own, first)
    again = docker.wanted_settings(docker.undo(first, *record), wants(log_opts={"max-size": "1m", "max-file": "1"}))

    assert first["log-opts"] == {"max-size": "50m", "max-file": "9"}
    assert again["log-opts"] == {"max-size": "1m", "max-file": "9"}


def test_what_the_user_changed_after_the_role_stays_on_undo() -> None:
    own: dict[str, Any] = {"debug": True}
    first = docker.wanted_settings(own, wants(data_root="/d"))
    record = docker.difference(own, first)
    edited = {**first, "debug": False, "log-opts": {**ROTATION, "max-size": "7m", "labels": "mine"}, "mtu": 1400}

    assert docker.undo(edited, *record) == {"debug": False, "log-opts": {"max-size": "7m", "labels": "mine"}, "mtu": 1400}


def test_a_record_written_just_before_a_cut_undoes_nothing() -> None:
    own = {"debug": True, "log-driver": "local"}
    record = docker.difference(own, docker.wanted_settings(own, wants(options={"debug": False})))

    assert docker.undo(own, *record) == own


CUDA = {"runtimes": {"nvidia": {"path": "nvidia-container-runtime"}}, "features": {"cdi": True}}


@pytest.mark.parametrize(
    ("own", "unmet"),
    [
        ({}, []),
        ({"runtimes": {"mine": {"path": "/m"}}, "debug": True}, []),
        ({"features": {"buildkit": True}}, []),
        ({"runtimes": {"nvidia": {"path": "/opt/own"}}}, ["runtimes"]),
        ({"features": {"cdi": False}}, ["features"]),
    ],
)
def test_keys_of_another_role_fill_in_what_is_open_and_go_alone(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch, own: dict[str, Any], unmet: list[str]
) -> None:
    file = tmp_path / "daemon.json"
    file.write_text(json.dumps(own))
    monkeypatch.setattr(docker, "Path", lambda path: file if path == "/etc/docker/daemon.json" else Path(path))
    keys: dict[str, Any] = {
        "rollback": False,
        "record": str(tmp_path / "keys.json"),
        "backup": str(tmp_path / "backup"),
        "keys": CUDA,
    }

    found = docker.settings(keys)
    assert found["daemon"]["unmet"] == unmet
    assert json.loads(found["daemon"]["text"]) == docker.overlay(CUDA, own)
    file.write_text(found["daemon"]["text"])
    Path(keys["record"]).write_text(json.dumps(found["record"]))
    assert docker.settings(keys)["daemon"]["changed"] is False

    # The docker role itself keeps them, and its own rollback leaves them.
    base = {**wants(), "rollback": False, "record": str(tmp_path / "own.json"), "backup": str(tmp_path / "backup")}
    daemon = docker.survey_daemon(base, {})
    assert json.loads(daemon["text"]) == docker.wanted_settings(docker.overlay(CUDA, own), wants())
    file.write_text(daemon["text"])
    gone = docker.settings({**keys, "keys": {}, "rollback": True})["daemon"]
    assert json.loads(gone["text"]) == docker.wanted_settings(own, wants())
    undone = docker.survey_daemon({**base, "rollback": True}, daemon["record"])
    assert json.loads(undone["text"]) == docker.overlay(CUDA, own)


@pytest.mark.parametrize(
    ("text", "words"),
    [
        ('{\n  "debug": true\n  "mtu": 1\n}', "line 3, column 3: Expecting ',' delimiter"),
        ('{"debug": true}\n{"mtu": 1400}\n', "line 2, column 1: Extra data"),
        ("{\n  “debug”: true\n}", "line 2, column 3: Expecting property name"),
        ("[1]", "not a JSON object"),
    ],
)
def test_a_broken_daemon_json_is_refused_with_its_line(text: str, words: str) -> None:
    with pytest.raises(docker.RefusedError) as refused:
        docker.parse_daemon_json(text)

    assert words in str(refused.value)
    assert str(refused.value).startswith("/etc/docker/daemon.json is not")


def test_an_empty_daemon_json_is_one_without_settings() -> None:
    assert docker.parse_daemon_json(" \n") == {}


DEFAULT = '# by hand\nversion = 2\n\n[plugins]\n  [plugins."io.containerd.grpc.v1.cri"]\nroot = "/not/this"\n'
ARRAY = 'disabled_plugins = [\n  "cri",\n]\nroot = "/old" # why\n[grpc]\nuid = 0\n'


@pytest.mark.parametrize(
    ("text", "root", "result", "found"),
    [
        ("", "/d", 'root = "/d"\n', None),
        ("", None, "", None),
        (DEFAULT, "/d", DEFAULT.replace("\n\n[plugins]", '\n\nroot = "/d"\n[plugins]'), None),
        (DEFAULT, None, DEFAULT, None),
        (ARRAY, "/d", ARRAY.replace('root = "/old" # why', 'root = "/d"'), "/old"),
        (ARRAY, None, ARRAY.replace('root = "/old" # why\n', ""), "/old"),
    ],
)
def test_containerd_root(text: str, root: str | None, result: str, found: str | None) -> None:
    assert docker.containerd_root(text) == found
    assert docker.with_containerd_root(text, root) == result
    assert docker.containerd_root(result) == root


@pytest.mark.parametrize("entry", ["volumes/db/_data", "containers/abc", "image/overlay2/imagedb/content/sha256/abc"])
def test_a_root_with_data_is_not_left_behind(tmp_path: Path, entry: str) -> None:
    places = ("containers/*", "volumes/*", "image/*/imagedb/content/sha256/*")
    (tmp_path / "volumes").mkdir()
    (tmp_path / "volumes/metadata.db").touch()
    docker.refuse_to_hide("root", str(tmp_path), "/new", places)
    (tmp_path / entry).mkdir(parents=True)

    docker.refuse_to_hide("root", str(tmp_path), str(tmp_path), places)
    with pytest.raises(docker.RefusedError, match="out of sight in /new"):
        docker.refuse_to_hide("root", str(tmp_path), "/new", places)
