"""The documentation names every cause, and no other."""

import ast
import re
from pathlib import Path

from tests.meta.checkout import ROOT

PLACES = [*(ROOT / "rigprov" / "verify" / "causes").glob("*.py"), ROOT / "rigprov" / "verify" / "cpu.py"]


def codes(path: Path) -> set[str]:
    """First argument of each `Cause(...)`."""
    calls = (node for node in ast.walk(ast.parse(path.read_text())) if isinstance(node, ast.Call))
    causes = [call for call in calls if isinstance(call.func, ast.Name) and call.func.id == "Cause"]
    return {str(call.args[0].value) for call in causes if isinstance(call.args[0], ast.Constant)}


def test_every_cause_is_documented() -> None:
    rows = [line for line in (ROOT / "docs" / "causes.md").read_text().splitlines() if line.startswith("| `")]
    documented = {code for row in rows for code in re.findall(r"`([a-z-]+)`", row.split("|")[1])}
    assert documented == set().union(*map(codes, PLACES))
    assert all(re.fullmatch(r"[a-z]+(-[a-z]+)*", code) for code in documented)
