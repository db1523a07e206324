"""Whether a disk is blank, by the role's own program with the real tools, on images instead of disks.

On disks of a virtual machine, through the whole role: test_vm_storage_refused.py.
"""

import json
import os
import subprocess
from pathlib import Path
from typing import Any

import pytest

from tests.live.traces import MIB, TRACES
from tests.unit.roles.model_storage import load

pytestmark = pytest.mark.live
SIZE = 96 * MIB
SIZE_FOR_XFS = 320 * MIB  # it wants 300 at least


@pytest.fixture
def role(monkeypatch: pytest.MonkeyPatch) -> Any:
    """The programs; an image has no serial number, and nothing holds it."""
    programs = load()
    monkeypatch.setattr(programs.proof, "identify", lambda disk: Path(disk["device"]).name)
    monkeypatch.setattr(programs.users, "of_disk", lambda *words: "")
    return programs


@pytest.fixture
def image(tmp_path: Path) -> Path:
    path = tmp_path / "disk"
    with path.open("wb") as file:
        file.truncate(SIZE)
    return path


def prove(role: Any, image: Path) -> str:
    """The refusal; empty if the image is blank."""
    before = image.read_bytes()
    try:
        role.proof.prove({"device": str(image), "serial": "S", "size_bytes": len(before)})
    except role.host.RefusedError as refused:
        return str(refused)
    finally:
        assert image.read_bytes() == before
    return ""


def seen_by_wipefs(image: Path) -> set[str]:
    done = subprocess.run(["wipefs", "--no-act", "--json", image], capture_output=True, text=True, check=True)
    return {one["type"] for one in json.loads(done.stdout)["signatures"]}


def test_zeros_are_blank(role: Any, image: Path) -> None:
    assert prove(role, image) == ""


@pytest.mark.parametrize("trace", TRACES)
def test_no_disk_with_a_trace_of_anything_is_blank(role: Any, image: Path, trace: str) -> None:
    make, wipefs, message = TRACES[trace]
    if "xfs" in trace:
        os.truncate(image, SIZE_FOR_XFS)
    make(image)

    assert seen_by_wipefs(image) - {"PMBR"} == ({wipefs} if wipefs else set()), "the trace is not what it is meant to be"
    assert message in prove(role, image)


def test_what_cannot_be_read_is_not_blank(role: Any, image: Path) -> None:
    disk = {"device": str(image), "serial": "S", "size_bytes": SIZE + 1}
    with pytest.raises(role.host.RefusedError, match="is not known to be blank"):
        role.proof.prove(disk)
    image.unlink()
    with pytest.raises(role.host.RefusedError, match="could not be read by wipefs"):
        role.proof.prove(disk)
