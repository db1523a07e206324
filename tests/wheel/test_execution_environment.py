"""The execution environment: ansible-builder takes its definition, and all that it pins fits what the package asks for."""

import re
import shutil
import subprocess
import sys
import tomllib
from importlib import metadata
from pathlib import Path

import pytest
import yaml
from packaging.requirements import Requirement

from tests.meta.checkout import ROOT

pytestmark = pytest.mark.wheel

FOLDER = ROOT / "execution-environment"
BUILDER = Path(sys.executable).with_name("ansible-builder")


def pins() -> dict[str, str]:
    """Every package that the image gets, with its version."""
    definition = yaml.safe_load((FOLDER / "execution-environment.yml").read_text())["dependencies"]
    lines = (FOLDER / "requirements.txt").read_text().splitlines()
    words = [line for line in lines if line and not line.startswith("#")]
    words += [definition[part]["package_pip"] for part in ("ansible_core", "ansible_runner")]
    found = dict(word.split("==") for word in words)
    return {name.lower().replace("_", "-"): version for name, version in found.items()}


def test_all_is_pinned_and_fits_the_package() -> None:
    project = tomllib.loads((ROOT / "pyproject.toml").read_text())["project"]
    for text in project["dependencies"]:
        wanted = Requirement(text)
        assert wanted.specifier.contains(pins()[wanted.name.lower()]), text


def test_what_the_pinned_packages_need_is_pinned_too() -> None:
    """By the metadata of those that are installed here in the same version."""
    missing = []
    for name, version in pins().items():
        if metadata.version(name) != version:
            continue
        for text in metadata.requires(name) or []:
            wanted = Requirement(text)
            if wanted.marker is None or wanted.marker.evaluate(
                {"extra": "", "python_version": "3.12", "python_full_version": "3.12.9"}
            ):
                needed = wanted.name.lower().replace("_", "-")
                if needed not in pins() or not wanted.specifier.contains(pins()[needed]):
                    missing.append(f"{name} needs {text}")
    assert missing == []


@pytest.mark.skipif(not BUILDER.exists(), reason="ansible-builder is not installed beside Python (`pip install ansible-builder`)")
def test_ansible_builder_takes_the_definition(tmp_path: Path) -> None:
    shutil.copytree(FOLDER, tmp_path / "execution-environment")
    galaxy = Path(sys.executable).with_name("ansible-galaxy")
    for words in (
        (sys.executable, "-m", "hatchling", "build", "-t", "wheel", "-d", tmp_path / "dist"),
        (galaxy, "collection", "build", "--output-path", tmp_path / "dist"),
        (BUILDER, "create", "-f", tmp_path / "execution-environment/execution-environment.yml", "-c", tmp_path / "context"),
    ):
        done = subprocess.run([str(word) for word in words], cwd=ROOT, capture_output=True, text=True, check=False)
        assert done.returncode == 0, done.stdout + done.stderr

    carried = {re.sub(r"-\d.*?(\.whl|\.tar\.gz)$", r"\1", path.name) for path in (tmp_path / "context/_build/dist").iterdir()}
    assert carried == {"rigprov.whl", "rigprov-workstation.tar.gz"}
    (recipe,) = (path for path in (tmp_path / "context").iterdir() if path.name in {"Dockerfile", "Containerfile"})
    text = recipe.read_text()
    galaxy_stage, final_stage = text.partition("AS builder")[0], text.partition("AS final")[2]
    assert "COPY _build /build\nWORKDIR /build\n" in galaxy_stage
    (collection,) = yaml.safe_load((tmp_path / "context/_build/requirements.yml").read_text())["collections"]
    assert (tmp_path / "context/_build" / collection["name"]).is_file(), "the version in the definition is the collection's"
    assert "--no-deps /tmp/dist/rigprov-" in final_stage
    assert (tmp_path / "context/_build/requirements.txt").read_text() == (FOLDER / "requirements.txt").read_text()
