"""What ends up on a user's machine is pinned, and every pin has the length of what it claims to be."""

import ast
import re
from collections.abc import Iterator
from pathlib import Path

import pytest
import yaml

from tests.meta.checkout import name, tracked

SHA256 = re.compile(r"(sha256:)?[0-9a-f]{64}")
FINGERPRINT = re.compile(r"[0-9A-F]{40}")
ADDRESS_IN_SHELL = re.compile(r"(curl|wget)[^\n|]*\|\s*(sudo\s+)?(ba|da|z)?sh\b")

VALUES = [path for path in tracked() if re.fullmatch(r"roles/[^/]+/(vars|defaults)/.*\.yml", name(path))]
SOURCES = [path for path in tracked() if name(path).startswith("rigprov/") and path.suffix == ".py"]


def pairs(value: object, key: str = "") -> Iterator[tuple[str, str]]:
    """(key, text) of every string in nested data; in a list, a string has the key of the list."""
    if isinstance(value, dict):
        for inner, item in value.items():
            yield from pairs(item, str(inner))
    elif isinstance(value, list):
        for item in value:
            yield from pairs(item, key)
    elif isinstance(value, str):
        yield key, value


def python_pairs(text: str) -> Iterator[tuple[str, str]]:
    """(name, text) of every string given to a keyword argument, a dict's key or a variable."""
    for node in ast.walk(ast.parse(text)):
        if isinstance(node, ast.keyword) and node.arg:
            yield from _strings(node.arg, node.value)
        elif isinstance(node, ast.Assign | ast.AnnAssign) and node.value is not None:
            targets = node.targets if isinstance(node, ast.Assign) else [node.target]
            for target in targets:
                if isinstance(target, ast.Name):
                    yield from _strings(target.id, node.value)
        elif isinstance(node, ast.Dict):
            for key, value in zip(node.keys, node.values, strict=True):
                if isinstance(key, ast.Constant):
                    yield from _strings(str(key.value), value)


def _strings(key: str, node: ast.expr) -> Iterator[tuple[str, str]]:
    nodes = node.elts if isinstance(node, ast.Tuple | ast.List | ast.Set) else [node]
    yield from ((key, item.value) for item in nodes if isinstance(item, ast.Constant) and isinstance(item.value, str))


def misfits(found: Iterator[tuple[str, str]]) -> list[tuple[str, str]]:
    """Pins that aren't what their key says; templates and empty values (filled in by the plan) are not pins."""
    literal = [(key.lower(), text) for key, text in found if text and "{" not in text]
    hashes = [(key, text) for key, text in literal if key.endswith("sha256") and not SHA256.fullmatch(text)]
    return hashes + [(key, text) for key, text in literal if "fingerprint" in key and not FINGERPRINT.fullmatch(text)]


@pytest.mark.parametrize("path", VALUES, ids=name)
def test_pins_of_a_role(path: Path) -> None:
    assert misfits(pairs(yaml.safe_load(path.read_text()))) == []


@pytest.mark.parametrize("path", SOURCES, ids=name)
def test_pins_in_python(path: Path) -> None:
    assert misfits(python_pairs(path.read_text())) == []


def test_there_are_pins_to_look_at() -> None:
    found = [pair for path in SOURCES for pair in python_pairs(path.read_text())]

    assert len([key for key, text in found if "sha256" in key.lower() and SHA256.fullmatch(text)]) >= 2


@pytest.mark.parametrize(
    ("source", "found"),
    [
        ("Pin(sha256='abc')", [("sha256", "abc")]),
        ("X_SHA256 = ('" + "a" * 63 + "',)", [("x_sha256", "a" * 63)]),
        ("KEY = {'fingerprint': '9DC8'}", [("fingerprint", "9DC8")]),
        ("Pin(sha256='" + "0" * 64 + "')", []),
    ],
)
def test_a_planted_misfit_is_found(source: str, found: list[tuple[str, str]]) -> None:
    assert misfits(python_pairs(source)) == found


def test_nothing_from_the_net_goes_into_a_shell() -> None:
    product = [path for path in tracked() if name(path).startswith(("roles/", "rigprov/", "playbooks/"))]

    assert [name(path) for path in product if ADDRESS_IN_SHELL.search(path.read_text(errors="replace"))] == []
