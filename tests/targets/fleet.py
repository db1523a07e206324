"""All machines of this user at once."""

import shutil
from pathlib import Path

from tests.targets.machine import Target
from tests.targets.system import home, machines


def names() -> list[str]:
    """Machines that exist, up or kept."""
    return sorted(path.parent.name for path in machines().glob("*/spec.json"))


def down_all() -> None:
    """Take every machine down; kept ones keep their disk."""
    for path in sorted(machines().glob("*")):
        Target(path.name).down()


def sweep() -> None:
    """Remove what a killed test run left: machines named `live-PID-N` whose process is gone."""
    for path in sorted(machines().glob("live-*-*")):
        if not Path("/proc", path.name.split("-")[1]).exists():
            Target(path.name).remove()


def remove_all() -> None:
    """Remove every machine, kept disks and the cached root file systems included."""
    for path in sorted(machines().glob("*")):
        Target(path.name).remove()
    shutil.rmtree(home(), ignore_errors=True)
