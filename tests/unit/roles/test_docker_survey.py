"""What the role docker reads of a host: its release and its users."""

import importlib.util
import pwd
from pathlib import Path
from typing import Any

import pytest

FILE = Path(__file__).parents[3] / "roles/docker/files/survey.py"
_spec = importlib.util.spec_from_file_location("docker_survey", FILE)
assert _spec is not None
assert _spec.loader is not None
docker: Any = importlib.util.module_from_spec(_spec)
_spec.loader.exec_module(docker)


@pytest.mark.parametrize(
    ("text", "release"),
    [
        ('ID=debian\nVERSION_CODENAME=bookworm\nPRETTY_NAME="Debian"\n', {"id": "debian", "codename": "bookworm"}),
        ("ID=ubuntu\nVERSION_CODENAME=jammy\nUBUNTU_CODENAME=jammy\n", {"id": "ubuntu", "codename": "jammy"}),
        ("ID=linuxmint\nVERSION_CODENAME=wilma\nUBUNTU_CODENAME='noble'\n", {"id": "ubuntu", "codename": "noble"}),
        ("ID=raspbian\nID_LIKE=debian\nVERSION_CODENAME=bookworm\n", {"id": "debian", "codename": "bookworm"}),
    ],
)
def test_os_release(monkeypatch: pytest.MonkeyPatch, text: str, release: dict[str, str]) -> None:
    monkeypatch.setattr(docker, "read", {"/etc/os-release": text}.__getitem__)

    assert docker.os_release() == release


def wants(*users: str, rollback: bool = False) -> dict[str, Any]:
    return {"users": list(users), "rollback": rollback}


def test_an_unknown_user_is_refused_but_does_not_stop_a_rollback() -> None:
    with pytest.raises(docker.RefusedError, match="docker_users names no-such-user, unknown on this machine"):
        docker.survey_users(wants("no-such-user"), [])

    assert docker.survey_users(wants("no-such-user", rollback=True), [])["leave"] == []


def test_only_users_whom_the_role_brought_in_leave_the_group(monkeypatch: pytest.MonkeyPatch) -> None:
    me = pwd.getpwall()[0].pw_name
    group = type("Group", (), {"gr_name": "docker", "gr_mem": ["before", "brought"]})
    monkeypatch.setattr(docker.grp, "getgrall", lambda: [group])

    assert docker.survey_users(wants(me), ["brought", "left-since"]) == {
        "group": True,
        "missing": [me],
        "brought": sorted(["brought", "left-since", me]),
        "leave": ["brought"],
    }
