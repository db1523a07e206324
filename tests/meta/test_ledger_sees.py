"""Nothing that a role does escapes the ledger: each task writes what the role declares to manage, or nothing that lasts."""

import re
from collections.abc import Iterator, Mapping
from pathlib import Path
from typing import Any

import pytest
import yaml

from rigprov.catalog.roles import ORDER
from rigprov.ledger.declared import KINDS, UNWATCHED
from rigprov.ledger.touched import QUIET, WATCHED, plain
from tests.meta.checkout import ROLES, ROOT

OWN = [role for role in ROLES if role.name in ORDER]
HELPERS = [role for role in ROLES if role.name not in ORDER]
# Which argument of a module says what it writes, and the kinds that may see it.
WRITES = {
    "apt": ("name", {"packages"}),
    "blockinfile": ("path", {"blocks", "swaps", "mounts"}),
    "copy": ("dest", {"paths", "big", "trees"}),
    "file": ("path", {"paths", "big", "trees"}),
    "group": ("name", {"groups"}),
    "systemd_service": ("name", {"units"}),
    "template": ("dest", {"paths", "big"}),
    "user": ("name", {"users", "members"}),
}
# A name in a task that stands for a declared one, because the role found it out on the host.
STANDS_FOR = {
    "base": {"__base_missing": "base_packages", "__base_damaged": "/var/lib/apt/lists/"},
    "docker": {
        "__docker_host.drop_ins": "__docker_drop_ins",
        "__docker_host.missing": "__docker_host.packages",
        "__docker_host.users": "docker_users",
        "__docker_removal": "docker_conflicts",
    },
    "nvidia_container_toolkit": {"__nvidia_container_toolkit_here.units": "__nvidia_container_toolkit_own_units"},
    "models": {"__models_absent_packages": "__models_packages"},
    "llm_runtime": {"__llm_runtime_absent": "__llm_runtime_packages"},
}
LEFT_OUT = ("/var/lib/apt/lists/", "/var/lib/rigprov")
SHORT = 3  # shorter words of an expression name nothing
# Gone at the end of the role, which the callback plugin checks in each run: where it is not, the role is not noted.
PASSING = {"__llm_runtime_fetched", "__llm_runtime_others"}


def load(path: Path) -> Any:
    return yaml.safe_load(path.read_text()) if path.exists() else {}


def tasks(entries: list[dict[str, Any]] | None) -> Iterator[dict[str, Any]]:
    for task in entries or []:
        yield task
        for part in ("block", "rescue", "always"):
            yield from tasks(task.get(part))


def of_role(role: Path) -> list[dict[str, Any]]:
    """All tasks of its normal course, not those of its rollback."""
    files = [path for path in sorted((role / "tasks").glob("*.yml")) if "rollback" not in path.name]
    return [task for path in files for task in tasks(load(path))]


def module(task: Mapping[str, Any]) -> str:
    return next((plain(key) for key in task if key.count(".") == 2 and not key.startswith("__")), "")


def arguments(task: Mapping[str, Any]) -> Mapping[str, Any]:
    found = next((value for key, value in task.items() if key.count(".") == 2), None)
    return found if isinstance(found, Mapping) else {}


def changing_commands(role: Path) -> set[str]:
    return {
        task["name"] for task in of_role(role) if module(task) in {"command", "shell"} and task.get("changed_when") is not False
    }


def managed(role: Path) -> Mapping[str, Any]:
    found: Mapping[str, Any] = load(role / "vars/main.yml").get(f"__{role.name}_managed", {})
    return found


def reach(role: Path, kinds: set[str]) -> str:
    """Text of what is declared under these kinds, with the variables that it stands on."""
    return "\n".join(texts_under(role, [str(managed(role).get(kind, "")) for kind in kinds]))


def texts_under(role: Path, begin: list[str]) -> list[str]:
    """Texts, and the values of all of the role's own variables that they stand on."""
    variables, seen, found = load(role / "vars/main.yml"), set[str](), list(begin)
    for text in found:  # grows on the way
        new = set(re.findall(r"\w+", text)) & set(variables) - seen
        seen |= new
        found += [str(variables[name]) for name in sorted(new)]
    return found


def names(text: str) -> set[str]:
    return {word for word in re.findall(r"(?=\b(\w+))", text) + re.findall(r"\w+\.\w+", text) if "_" in word}


@pytest.mark.parametrize("role", ROLES, ids=lambda role: role.name)
def test_the_ledger_knows_every_module(role: Path) -> None:
    assert {module(task) for task in of_role(role)} - QUIET - WATCHED <= {""}
    assert WATCHED - {"lineinfile", "dpkg_selections"} == set(WRITES)


@pytest.mark.parametrize("role", OWN, ids=lambda role: role.name)
def test_the_role_says_what_it_manages_by_known_kinds(role: Path) -> None:
    assert managed(role)
    assert set(managed(role)) <= {*KINDS, UNWATCHED}


@pytest.mark.parametrize("role", ROLES, ids=lambda role: role.name)
def test_every_command_that_changes_something_is_in_the_role_s_table(role: Path) -> None:
    assert set(load(role / "meta/commands.yml")) == changing_commands(role)


@pytest.mark.parametrize("role", ROLES, ids=lambda role: role.name)
def test_what_the_table_names_is_declared(role: Path) -> None:
    """By the role itself; for a helper, by each role that includes it."""
    users = [role] if role in OWN else [own for own in OWN if f"name: {role.name}\n" in "".join(map(str, texts(own)))]
    assert users
    for task, kinds in load(role / "meta/commands.yml").items():
        if isinstance(kinds, list):
            assert [(task, user.name, kind) for user in users for kind in kinds if kind not in managed(user)] == []
        else:
            assert len(kinds.split()) > 3, f"{task}: a reason in words"


def texts(role: Path) -> list[str]:
    return [path.read_text() for path in (role / "tasks").glob("*.yml") if "rollback" not in path.name]


def escaped(role: Path) -> list[str]:
    """Tasks that write what the role does not declare."""
    found = []
    for task in of_role(role):
        name = module(task)
        if name in WRITES and (target := arguments(task).get(WRITES[name][0], arguments(task).get("dest"))):
            declared = reach(role, WRITES[name][1]) + "/var/lib/rigprov"
            wanted = f"{target} {task.get('loop', '')} {task.get('vars', '')}"
            if not _seen(role, wanted, declared):
                found.append(f"{task['name']}: {target}")
    return found


def _seen(role: Path, wanted: str, declared: str) -> bool:
    stands = STANDS_FOR.get(role.name, {})
    words = {stands.get(word, word) for word in names(wanted)}
    under = texts_under(role, [wanted, *words])
    literal = set(re.findall(r"[\w./@-]*[/.-][\w./@-]+|\b[a-z]+\b", wanted))
    return bool(
        {word for text in (*under, *words) for word in names(text)} & (names(declared) | PASSING)
        or any(text.startswith(LEFT_OUT) for text in (*under, *words, *literal))
        or ("/etc/fstab" in literal and {"swaps", "mounts"} & set(managed(role)))
        or any(len(word) > SHORT and word in declared for word in literal)
    )


@pytest.mark.parametrize("role", OWN, ids=lambda role: role.name)
def test_what_modules_write_is_declared(role: Path) -> None:
    assert escaped(role) == []


@pytest.mark.parametrize(
    "task",
    [
        {"name": "x", "ansible.builtin.copy": {"dest": "/etc/planted", "content": ""}},
        {"name": "x", "ansible.builtin.template": {"dest": "{{ planted_file }}", "src": "x.j2"}},
        {"name": "x", "ansible.builtin.systemd_service": {"name": "planted.service", "enabled": True}},
        {"name": "x", "block": [{"name": "y", "ansible.builtin.user": {"name": "{{ planted_user }}"}}]},
    ],
)
def test_a_planted_task_would_escape(task: dict[str, Any], tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    role = tmp_path / "base"
    for folder in ("tasks", "vars"):
        (role / folder).mkdir(parents=True)
    (role / "vars/main.yml").write_text((ROOT / "roles/base/vars/main.yml").read_text())
    (role / "tasks/main.yml").write_text(yaml.safe_dump([task]))
    assert len(escaped(role)) == 1


def test_a_planted_command_would_be_missed_in_the_table(tmp_path: Path) -> None:
    (tmp_path / "tasks").mkdir()
    (tmp_path / "tasks/main.yml").write_text(yaml.safe_dump([{"name": "x", "ansible.builtin.command": {"cmd": "touch /etc/x"}}]))
    assert changing_commands(tmp_path) == {"x"}


def test_the_playbook_notes_every_role_right_after_it() -> None:
    play = load(ROOT / "playbooks/site.yml")[0]
    blocks = [[(module(task), arguments(task)) for task in block["block"]] for block in play["tasks"]]
    noted = [(pair[0][1]["name"], pair[1][1]) for pair in blocks if [name for name, _ in pair] == ["import_role", "ledger"]]
    assert noted == [(role, {"step": "note", "role": role}) for role in ORDER if (ROOT / "roles" / role).is_dir()]
    assert [arguments(task).get("step") for task in (play["pre_tasks"][-1], play["post_tasks"][-1])] == ["begin", "end"]
