"""Small modules, small functions, names that say something."""

import ast
from pathlib import Path

import pytest

from tests.meta.checkout import modules, name

MODULE_LINES = 200
# tables of cases and whole expected values are long without being hard
TEST_MODULE_LINES = 300
TEST_FUNCTION_LINES = 60
FUNCTION_LINES = 40
SAYS_NOTHING = {"util", "utils", "common", "helpers", "misc"}


@pytest.mark.parametrize("path", modules(), ids=name)
def test_module_is_small(path: Path) -> None:
    text = path.read_text()
    is_test = path.name.startswith("test_")
    limit = TEST_FUNCTION_LINES if is_test else FUNCTION_LINES
    long = [
        f"{node.name}: {length} lines"
        for node in ast.walk(ast.parse(text))
        if isinstance(node, ast.FunctionDef | ast.AsyncFunctionDef)
        and (length := (node.end_lineno or node.lineno) - node.lineno + 1) > limit
    ]

    assert len(text.splitlines()) <= (TEST_MODULE_LINES if is_test else MODULE_LINES)
    assert long == []
    assert path.stem not in SAYS_NOTHING
