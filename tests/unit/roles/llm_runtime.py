"""The role llm_runtime's programs in a directory of their own, as the role lays them out on a host."""

import importlib.util
import shutil
from pathlib import Path
from typing import Any

FILES = Path(__file__).parents[3] / "roles/llm_runtime/files"


def module(name: str) -> Any:
    """One of the role's programs as a module."""
    spec = importlib.util.spec_from_file_location(f"llm_runtime_{name}", FILES / f"{name}.py")
    assert spec is not None
    assert spec.loader is not None
    made = importlib.util.module_from_spec(spec)
    spec.loader.exec_module(made)
    return made


def program(path: Path, lines: str) -> Path:
    """A program in sh."""
    path.parent.mkdir(parents=True, exist_ok=True)
    path.write_text(f"#!/bin/sh\n{lines}\n")
    path.chmod(0o755)
    return path


def home(root: Path) -> Path:
    """Directory with the programs that run the engine `current`."""
    for name in ("native.py", "in_process.py", "serve.py"):
        shutil.copy(FILES / name, root / name)
    return root
