"""The roles' programs as modules."""

import importlib.util
from pathlib import Path
from typing import Any

ROLES = Path(__file__).parents[3] / "roles"


def load(role: str, name: str) -> Any:
    """`roles/<role>/files/<name>.py`."""
    spec = importlib.util.spec_from_file_location(f"{role}_{name}", ROLES / role / "files" / f"{name}.py")
    assert spec is not None
    assert spec.loader is not None
    made = importlib.util.module_from_spec(spec)
    spec.loader.exec_module(made)
    return made
