"""Docker's own repository. It can't be relied on to be reachable, so a stand-in is served by the target itself."""

import base64
from pathlib import Path
from typing import Any

import pytest

from tests.live.play import apply, out, rollback
from tests.targets import Target

pytestmark = [pytest.mark.live, pytest.mark.nightly]
DOCKER = ["docker"]
SCRIPT = Path(__file__).with_name("stand_in_repository.sh")
URL = "http://127.0.0.1:8000"
OFFICIAL = "9DC858229FC7DD38854AE2D88D81803C0EBFCD88"


@pytest.fixture(scope="module")
def fingerprint(module_target: Target) -> str:
    """Of the key that the stand-in repository is signed with."""
    script = base64.b64encode(SCRIPT.read_bytes()).decode()
    return out(module_target, f"echo {script} | base64 -d | sudo bash").splitlines()[-1]


@pytest.fixture
def values(fingerprint: str) -> dict[str, Any]:
    return {"docker_source": "repository", "docker_repository_url": URL, "docker_repository_fingerprint": fingerprint}


def files(target: Target) -> str:
    return out(target, "ls /etc/apt/keyrings /etc/apt/sources.list.d | grep docker || true")


def test_another_key_is_refused(module_target: Target, values: dict[str, Any], fingerprint: str) -> None:
    refused = apply(module_target, DOCKER, **{**values, "docker_repository_fingerprint": OFFICIAL})

    assert refused.rc == 2
    assert f"{URL}/debian/gpg is not the key {OFFICIAL}, but {fingerprint}. It was not installed" in refused.words
    assert files(module_target) == ""


def test_nothing_is_removed_that_was_not_named(module_target: Target, values: dict[str, Any]) -> None:
    packages = "/srv/repo/debian/pool/podman-docker.deb /srv/repo/debian/pool/needs-podman.deb"
    out(module_target, f"sudo dpkg -i {packages} > /dev/null")

    refused = apply(module_target, DOCKER, **values, docker_conflicts=["podman-docker", "docker-doc"])
    assert refused.rc == 2
    assert "podman-docker cannot stay beside Docker from the repository. Set docker_remove_conflicts to true" in refused.words
    surplus = apply(module_target, DOCKER, **values, docker_conflicts=["podman-docker"], docker_remove_conflicts=True)
    assert surplus.rc == 2
    assert "Removing podman-docker would also remove needs-podman, which nobody asked for" in surplus.words
    unnamed = apply(module_target, DOCKER, **values)
    assert unnamed.rc == 2
    assert "Install Docker" in unnamed.words
    assert out(module_target, "dpkg-query -W -f '${Status}\\n' podman-docker needs-podman | sort -u") == "install ok installed"


def test_install_with_consent_and_rollback(module_target: Target, values: dict[str, Any]) -> None:
    out(module_target, "sudo dpkg -r needs-podman > /dev/null")

    done = apply(module_target, DOCKER, **values, docker_conflicts=["podman-docker"], docker_remove_conflicts=True)
    assert done.rc == 0, done.text
    assert (
        out(module_target, "sudo docker info -f '{{.LoggingDriver}}'; dpkg-query -W -f '${Version}' docker-ce") == "json-file\n99"
    )
    assert files(module_target) == "rigprov-docker.asc\nrigprov-docker.sources"
    assert out(module_target, "sudo apt-get update 2>&1 | grep '^[WE]:' || true") == ""
    assert apply(module_target, DOCKER, **values).verdict == (0, 0)

    assert rollback(module_target, DOCKER, **values).rc == 0
    assert files(module_target) == ""
    assert module_target.run("dpkg -l docker-ce | grep ^ii").returncode == 1


def test_an_entry_by_dockers_own_instructions_is_used_as_it_is(module_target: Target, values: dict[str, Any]) -> None:
    entry = f"deb [signed-by=/etc/apt/keyrings/docker.asc] {URL}/debian bookworm stable"
    out(module_target, "sudo cp /srv/repo/debian/gpg /etc/apt/keyrings/docker.asc")
    out(module_target, f"echo '{entry}' | sudo tee /etc/apt/sources.list.d/own.list")

    done = apply(module_target, DOCKER, **values)
    assert done.rc == 0, done.text
    assert files(module_target) == "docker.asc"
    assert out(module_target, "dpkg-query -W -f '${Version}' docker-ce") == "99"
    assert rollback(module_target, DOCKER, **values).rc == 0
    assert out(module_target, "ls /etc/apt/keyrings/docker.asc /etc/apt/sources.list.d/own.list").count("\n") == 1
