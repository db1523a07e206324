"""A folder on a disk."""

import shutil
import tempfile
from collections.abc import Iterator
from pathlib import Path

import pytest

from rigprov.verify.host.disks import mount_of


@pytest.fixture
def on_disk(tmp_path: Path) -> Iterator[Path]:
    """For tests that read from it; where temporary files lie in memory, below the working directory."""
    if mount_of(__file__)[0] == "tmpfs":
        pytest.skip("the checkout lies in memory")
    (tmp_path / "probe").touch()
    if mount_of(str(tmp_path / "probe"))[0] != "tmpfs":
        yield tmp_path
        return
    folder = Path(tempfile.mkdtemp(dir=Path(__file__).parents[4], prefix=".on-disk-"))
    try:
        yield folder
    finally:
        shutil.rmtree(folder)
