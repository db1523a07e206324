"""Docker engine and reachability."""

import pytest

from rigprov.facts.parse import docker
from rigprov.facts.parse.fields import ParseError
from rigprov.model.host import Docker, Missing

ROOT = docker.CONTAINERD_ROOT
INFO = '{"ServerVersion":"29.1.3","DockerRootDir":"/data/docker","Driver":"overlayfs","DriverStatus":[["driver-type","%s"]]}'
DOWN = '{"ServerVersion":"","DockerRootDir":"","Driver":"","DriverStatus":null}'


def test_version() -> None:
    assert docker.version("Docker version 29.1.3, build f52814d\n") == "29.1.3"
    with pytest.raises(ParseError):
        docker.version("podman")


@pytest.mark.parametrize(
    ("text", "expected"),
    [('{"data-root": "/d"}', {"data-root": "/d"}), ("", {}), ("[1]", Missing("not a JSON object"))],
)
def test_daemon_json(text: str, expected: object) -> None:
    assert docker.daemon_json(text) == expected


def test_broken_daemon_json_is_a_fact() -> None:
    found = docker.daemon_json('{"data-root": ')
    assert isinstance(found, Missing)
    assert found.reason.startswith("not valid JSON: ")


@pytest.mark.parametrize(("text", "root"), [("", ROOT), ('"/data/containerd"\n', "/data/containerd"), ("'/d'  # why\n", "/d")])
def test_containerd_root(text: str, root: str) -> None:
    assert docker.containerd_root(text) == root


def test_a_containerd_root_that_is_no_toml_string() -> None:
    with pytest.raises(ParseError, match=r"not a TOML string: '/data'"):
        docker.containerd_root("/data\n")


@pytest.mark.parametrize(
    ("installed", "info", "config", "expected"),
    [
        (None, "", None, None),
        (None, DOWN, None, None),  # a client without an engine
        (
            "29.1.3",
            INFO % "io.containerd.snapshotter.v1",
            None,
            Docker(
                "29.1.3",
                running=True,
                data_root="/data/docker",
                snapshotter=True,
                containerd_root=ROOT,
                daemon_json=None,
                snap=False,
            ),
        ),
        (
            None,  # Docker Desktop: the engine is elsewhere
            INFO % "overlay2",
            None,
            Docker(
                "29.1.3",
                running=True,
                data_root="/data/docker",
                snapshotter=False,
                containerd_root=ROOT,
                daemon_json=None,
                snap=False,
            ),
        ),
        (
            "28.0.0",
            DOWN,
            {"data-root": "/d"},
            Docker(
                "28.0.0",
                running=False,
                data_root="/d",
                snapshotter=Missing("the engine is not running"),
                containerd_root=ROOT,
                daemon_json={"data-root": "/d"},
                snap=False,
            ),
        ),
        (
            "28.0.0",
            "",
            Missing("bad"),
            Docker(
                "28.0.0",
                running=False,
                data_root=Missing("bad"),
                snapshotter=Missing("the engine is not running"),
                containerd_root=ROOT,
                daemon_json=Missing("bad"),
                snap=False,
            ),
        ),
    ],
)
def test_engine(installed: str | None, info: str, config: dict[str, object] | Missing | None, expected: Docker | None) -> None:
    assert docker.engine(installed, info, config=config, snap=False) == expected


@pytest.mark.parametrize(
    ("text", "rc", "answers"),
    [
        ("https://a.example/\n200\n", 0, True),
        ("https://a.example/\n302\n", 0, True),
        ("https://a.example/\n401\n", 0, True),  # there, but wants a login
        ("https://a.example/\n405\n", 0, True),
        ("https://a.example/\n403\n", 0, False),  # what a proxy says that lets nobody through
        ("https://a.example/\n503\n", 0, False),
        ("https://a.example/\n000\n", 6, False),
        ("https://a.example/\n", 0, False),
        ("https://a.example/\n200\n", 60, False),
    ],
)
def test_answers(text: str, rc: int, answers: bool) -> None:
    assert docker.answers(text, rc) is answers
