"""Every role has the same shape, and the playbooks know every role."""

import re
from pathlib import Path
from typing import Any

import pytest
import yaml

from rigprov.catalog.roles import ORDER
from tests.meta.checkout import ROLES, ROOT

FILES = (
    "README.md",
    "defaults/main.yml",
    "meta/main.yml",
    "meta/argument_specs.yml",
    "tasks/main.yml",
    "tasks/rollback.yml",
)
TASK_FILE_LINES = 120


@pytest.mark.parametrize("role", ROLES, ids=lambda role: role.name)
def test_role_has_its_files(role: Path) -> None:
    assert [name for name in FILES if not (role / name).is_file()] == []


@pytest.mark.parametrize("role", ROLES, ids=lambda role: role.name)
def test_notified_handlers_exist(role: Path) -> None:
    tasks = "\n".join(path.read_text() for path in (role / "tasks").glob("*.yml"))
    handlers = role / "handlers/main.yml"
    notified = bool(re.search(r"^\s*notify:", tasks, re.MULTILINE))

    assert handlers.is_file() or not notified


@pytest.mark.parametrize("role", ROLES, ids=lambda role: role.name)
def test_task_files_are_small_and_every_task_is_named(role: Path) -> None:
    for path in (role / "tasks").glob("*.yml"):
        text = path.read_text()
        tasks: list[dict[str, Any]] = yaml.safe_load(text) or []
        assert len(text.splitlines()) <= TASK_FILE_LINES, path
        assert [task for task in tasks if not task.get("name")] == [], path


def test_the_collections_folder_holds_roles_only() -> None:
    assert sorted(path for path in (ROOT / "roles").iterdir() if path.is_dir() and any(path.iterdir())) == ROLES


@pytest.mark.parametrize("playbook", ["site", "rollback"])
def test_the_playbooks_know_every_role_of_a_plan(playbook: str) -> None:
    text = (ROOT / f"playbooks/{playbook}.yml").read_text()

    assert [role.name for role in ROLES if role.name in ORDER and not re.search(rf"\b{role.name}\b", text)] == []


def test_every_other_role_is_included_by_one() -> None:
    """A helper role is in no plan; it is carried because roles include it, for their rollback as well."""
    for helper in (role.name for role in ROLES if role.name not in ORDER):
        for file in ("*.yml", "rollback.yml"):
            texts = [path.read_text() for role in ROLES if role.name in ORDER for path in (role / "tasks").glob(file)]
            assert any(re.search(rf"\bname: {helper}$", text, re.MULTILINE) for text in texts), helper
