import json
from pathlib import Path

from rigprov.apply.history import expected


def keep(runs: Path, name: str, content: object) -> None:
    folder = runs / name
    folder.mkdir(parents=True)
    (folder / "summary.json").write_text(content if isinstance(content, str) else json.dumps(content))


def host(name: str, state: str, **seconds: float) -> dict[str, object]:
    return {"host": name, "state": state, "roles": [{"role": role, "seconds": took} for role, took in seconds.items()]}


def test_the_hosts_own_last_good_run_else_the_longest_of_others(tmp_path: Path) -> None:
    keep(tmp_path, "20261125T010000Z-1", {"hosts": [host("a", "ok", base=20.0, docker=50.0)]})
    keep(tmp_path, "20261125T020000Z-1", {"hosts": [host("a", "ok", base=3.0), host("b", "failed", swap=9.0)]})
    keep(tmp_path, "20261125T030000Z-1", "{ cut off")
    (tmp_path / "20261125T040000Z-1").mkdir()  # killed before it could write one
    assert expected(tmp_path, ["a", "new"]) == {"a": {"base": 3.0, "docker": 50.0}, "new": {"base": 20.0, "docker": 50.0}}


def test_no_run_yet(tmp_path: Path) -> None:
    assert expected(tmp_path / "none", ["a"]) == {"a": {}}
