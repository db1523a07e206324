"""The script that measures on the host: the modules of `rigprov.verify.host`, packed into one text."""

import ast
import base64
import json
import zlib
from collections.abc import Mapping
from functools import cache
from graphlib import TopologicalSorter
from importlib.resources import files
from importlib.util import find_spec
from pathlib import Path

_PACKAGE = "rigprov.verify.host"
_ENTRY = "examine"
NO_PYTHON = 127

# Runs from memory (`python3 -`): nothing is written to the host, so nothing can be left there.
_LOADER = """\
import base64, json, sys, types, zlib
def load(packed):
    parts = "{package}".split(".")
    for n in range(1, len(parts) + 1):
        package = sys.modules[".".join(parts[:n])] = types.ModuleType(".".join(parts[:n]))
        package.__path__ = []
    modules = json.loads(zlib.decompress(base64.b64decode(packed)))
    package.PYNVML = modules.pop(0)[1]  # run only where it is used: a minimal Python has no ctypes
    for name, text in modules:
        module = sys.modules["{package}." + name] = types.ModuleType("{package}." + name)
        exec(compile(text, name + ".py", "exec"), module.__dict__)
        setattr(package, name, module)
    return module
load("{packed}").main(json.loads({job!r}))
"""


@cache
def _packed() -> str:
    modules = [(name, text) for name, text in in_order(_texts()).items() if name != _ENTRY]
    modules.append((_ENTRY, _texts()[_ENTRY]))  # the loader returns the last one
    return base64.b64encode(zlib.compress(json.dumps([("pynvml", _binding()), *modules]).encode(), 9)).decode()


def _binding() -> str:
    """NVIDIA's binding of the driver's library (nvidia-ml-py, BSD licence): one file of pure Python."""
    found = find_spec("pynvml")
    if found is None or found.origin is None:
        raise ModuleNotFoundError("nvidia-ml-py is not installed beside rigprov")
    return Path(found.origin).read_text(encoding="utf-8")


@cache
def _texts() -> dict[str, str]:
    found = [path for path in files(_PACKAGE).iterdir() if path.name.endswith(".py") and path.name != "__init__.py"]
    return {path.name.removesuffix(".py"): path.read_text(encoding="utf-8") for path in sorted(found, key=lambda one: one.name)}


def in_order(texts: Mapping[str, str]) -> dict[str, str]:
    """The package's modules, each after those that it imports.

    Raises:
        graphlib.CycleError: they import each other.
    """
    return {
        name: texts[name] for name in TopologicalSorter({name: _imported(text) for name, text in texts.items()}).static_order()
    }


def _imported(text: str) -> set[str]:
    """Names of the package's own modules that a module imports when it is loaded."""
    found: set[str] = set()
    for node in ast.parse(text).body:
        if isinstance(node, ast.ImportFrom) and node.module == _PACKAGE:
            found |= {alias.name for alias in node.names}
        elif isinstance(node, ast.ImportFrom) and (node.module or "").startswith(f"{_PACKAGE}."):
            found.add((node.module or "").removeprefix(f"{_PACKAGE}."))
    return found


def script(job: Mapping[str, object]) -> str:
    """A POSIX sh script that runs `rigprov.verify.host.examine.main(job)` with the host's own Python 3.

    Its standard output holds one JSON document between `examine.BEGIN` and `examine.END`. Exit code 127: no python3.
    """
    python = _LOADER.format(package=_PACKAGE, packed=_packed(), job=json.dumps(dict(job)))
    return (
        f"command -v python3 >/dev/null 2>&1 || exit {NO_PYTHON}\n"
        f"exec python3 -B -I - <<'RIGPROV_MEASUREMENT'\n{python}RIGPROV_MEASUREMENT\n"
    )
