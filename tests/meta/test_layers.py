"""Imports point down: cli, commands, plan·apply·verify·report, facts·tiers·history, catalog, model, errors."""

import ast
from collections.abc import Iterator
from pathlib import Path

import pytest

from tests.meta.checkout import ROOT

RANK = {
    "errors": 0,
    "model": 1,
    "catalog": 2,
    "disks": 2,
    "tiers": 3,
    "facts": 3,
    "history": 3,
    "plan": 4,
    "cloud": 4,
    "apply": 4,
    "ledger": 4,
    "verify": 4,
    "doctor": 4,
    "compliance": 4,
    "report": 4,
    "unattended": 4,
    "commands": 5,
    "cli": 6,
    "__main__": 7,
}

PACKAGE = ROOT / "rigprov"


def imports(source: str, module: list[str]) -> Iterator[str]:
    """Dotted names that a module imports, wherever in it; `module` is its own name, for relative imports."""
    for node in ast.walk(ast.parse(source)):
        if isinstance(node, ast.Import):
            yield from (alias.name for alias in node.names)
        elif isinstance(node, ast.ImportFrom):
            base = ".".join(module[: -node.level]) if node.level else ""
            stem = ".".join(filter(None, [base, node.module]))
            yield from (f"{stem}.{alias.name}" for alias in node.names)


def wrong(source: str, module: list[str]) -> list[str]:
    """Imports that point up or sideways."""
    here = module[1]
    found = [name.split(".")[1] for name in imports(source, module) if name.startswith("rigprov.")]
    return sorted({there for there in found if there in RANK and there != here and RANK[there] >= RANK[here]})


def dotted(path: Path) -> list[str]:
    return ["rigprov", *path.relative_to(PACKAGE).with_suffix("").parts]


@pytest.mark.parametrize("path", sorted(PACKAGE.rglob("*.py")), ids=lambda path: str(path.relative_to(PACKAGE)))
def test_imports_point_down(path: Path) -> None:
    module = dotted(path)
    if module[1] in RANK:
        assert wrong(path.read_text(), module) == []


def test_every_part_of_the_package_has_a_place() -> None:
    parts = {path.stem for path in PACKAGE.iterdir() if path.suffix == ".py" or (path / "__init__.py").exists()}

    assert parts - set(RANK) == {"__init__"}


@pytest.mark.parametrize(
    ("source", "module", "found"),
    [
        ("from rigprov.plan import build", "model.host", ["plan"]),
        ("import rigprov.cli", "plan.build", ["cli"]),
        ("def f():\n    from rigprov.apply.runner import run", "plan.build", ["apply"]),
        ("from rigprov import verify", "report.proof", ["verify"]),
        ("from ..facts import build", "tiers.fit", ["facts"]),
        ("from rigprov.facts.shell import run_script", "verify.run", []),
        ("from . import needs", "plan.build", []),
        ("from rigprov import __version__", "report.json", []),
    ],
)
def test_a_planted_import_is_found(source: str, module: str, found: list[str]) -> None:
    assert wrong(source, ["rigprov", *module.split(".")]) == found
