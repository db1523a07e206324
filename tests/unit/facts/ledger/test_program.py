"""The program that goes to the host, as one text."""

import ast
import json
import subprocess
import sys
from collections import Counter
from importlib.resources import files

import pytest

from rigprov.facts.ledger.program import _MODULES, command, program


def test_it_runs_by_itself_and_finds_no_ledger_where_none_is():
    done = subprocess.run([sys.executable, "-I", "-c", program(), '{"do": "check"}'], capture_output=True, text=True, check=True)
    assert set(json.loads(done.stdout)) == {"lock", "machine", "roles"}


def test_the_modules_names_do_not_clash():
    """They share one name space on the host."""
    found: Counter[str] = Counter()
    for module in _MODULES:
        tree = ast.parse(files("rigprov.facts.ledger").joinpath(f"{module}.py").read_text())
        found.update(node.name for node in tree.body if isinstance(node, ast.FunctionDef | ast.ClassDef))
        found.update(
            name.id for node in tree.body if isinstance(node, ast.Assign) for name in node.targets if isinstance(name, ast.Name)
        )
    assert [name for name, count in found.items() if count > 1] == []


def test_every_module_is_in_it():
    found = {path.name for path in files("rigprov.facts.ledger").iterdir() if path.name.endswith(".py")}
    assert found - {"__init__.py", "program.py"} == {f"{name}.py" for name in _MODULES}


def test_it_is_written_for_the_oldest_python_of_a_host():
    ast.parse(program(), feature_version=(3, 8))


def test_the_command_line_fits_one_argument_however_often_it_is_quoted():
    line = command(do="note", entry={"things": [{"kind": "path", "name": f"/etc/some/file/{number}"} for number in range(2000)]})
    assert len(line) < 64 * 1024
    assert "'" not in line.replace("'import base64", "").replace("exec(program)'", "")


@pytest.mark.parametrize("order", [{"do": "nonsense", "who": {"token": "t", "text": "x"}, "watched": 1}])
def test_the_packed_command_is_the_same_program(order, tmp_path):
    packed = command(do="check")
    done = subprocess.run(
        ["sh", "-c", packed.replace("/usr/bin/python3", sys.executable)], capture_output=True, text=True, check=True
    )
    assert set(json.loads(done.stdout)) == {"lock", "machine", "roles"}
