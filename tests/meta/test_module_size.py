"""Small modules, small functions, names that say something."""

import ast
from pathlib import Path

import pytest

from tests.meta.checkout import modules, name

MODULE_LINES = 200
FUNCTION_LINES = 40
SAYS_NOTHING = {"util", "utils", "common", "helpers", "misc"}


@pytest.mark.parametrize("path", modules(), ids=name)
def test_module_is_small(path: Path) -> None:
    text = path.read_text()
    long = [
        f"{node.name}: {length} lines"
        for node in ast.walk(ast.parse(text))
        if isinstance(node, ast.FunctionDef | ast.AsyncFunctionDef)
        and (length := (node.end_lineno or node.lineno) - node.lineno + 1) > FUNCTION_LINES
    ]

    assert len(text.splitlines()) <= MODULE_LINES
    assert long == []
    assert path.stem not in SAYS_NOTHING
