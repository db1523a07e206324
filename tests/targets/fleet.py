"""All machines of this user at once."""

import shutil
from pathlib import Path

from tests.targets.machine import Target
from tests.targets.system import home, machines, virtual_machines
from tests.targets.vm import Vm


def names() -> list[str]:
    """Containers that exist, up or kept."""
    return sorted(path.parent.name for path in machines().glob("*/spec.json"))


def virtual_names() -> list[str]:
    """Virtual machines that exist, on or off."""
    return sorted(path.name for path in virtual_machines().glob("*"))


def down_all() -> None:
    """Take every machine down; kept ones keep their disk."""
    for path in sorted(machines().glob("*")):
        Target(path.name).down()
    for name in virtual_names():
        Vm(name).down()


def sweep() -> None:
    """Remove what a killed test run left: machines named `live-PID-...` whose process is gone."""
    for path in sorted(machines().glob("live-*-*")):
        if _is_orphan(path.name):
            Target(path.name).remove()
    for path in sorted(virtual_machines().glob("live-*-*")):
        if _is_orphan(path.name):
            Vm(path.name).down()


def _is_orphan(name: str) -> bool:
    process = name.split("-")[1]
    return process.isdigit() and not Path("/proc", process).exists()


def remove_all() -> None:
    """Remove every machine, kept disks and the cached root file systems included."""
    for path in sorted(machines().glob("*")):
        Target(path.name).remove()
    for name in virtual_names():
        Vm(name).down()
    shutil.rmtree(home(), ignore_errors=True)
