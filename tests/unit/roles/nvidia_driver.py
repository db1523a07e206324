"""The scripts of the role nvidia_driver as modules."""

import importlib.util
from pathlib import Path
from typing import Any

FILES = Path(__file__).parents[3] / "roles/nvidia_driver/files"


def module(name: str) -> Any:
    """One of the scripts."""
    spec = importlib.util.spec_from_file_location(f"nvidia_driver_{name}", FILES / f"{name}.py")
    assert spec is not None
    assert spec.loader is not None
    made = importlib.util.module_from_spec(spec)
    spec.loader.exec_module(made)
    return made
