"""A control group per machine, in every hierarchy.

Two reasons. `systemd-nspawn --keep-unit` boots into a group below its caller's, and two systemds must not share one (units
would never look empty). And one write to the machine's own `cgroup.kill` ends everything in it, and can reach nothing else:
this harness never kills by process id, parentage or name.
"""

import os
import time
from contextlib import suppress
from pathlib import Path

from tests.targets.system import TargetError

_ROOT = Path("/sys/fs/cgroup")


def kill_folder() -> Path:
    """Root of the v2 tree: the whole of /sys/fs/cgroup, or its `unified` part beside v1 controllers."""
    return _ROOT if (_ROOT / "cgroup.controllers").exists() else _ROOT / "unified"


def is_v1() -> bool:
    """Whether controllers are v1 hierarchies."""
    return kill_folder() != _ROOT


def folders(name: str) -> list[Path]:
    """The machine's group in each hierarchy, whether it exists or not."""
    roots = [path for path in _ROOT.iterdir() if (path / "cgroup.procs").exists()] if is_v1() else [_ROOT]
    # cpu and cpuacct may be links to one hierarchy
    return sorted({root.resolve() / f"rpt-{name}" for root in roots})


def make(name: str) -> None:
    """Create the groups."""
    for folder in folders(name):
        folder.mkdir(exist_ok=True)
        for wanted in ("cpuset.cpus", "cpuset.mems"):  # a v1 cpuset takes no process before these are set
            if is_v1() and (folder / wanted).exists():
                (folder / wanted).write_text((folder.parent / wanted).read_text())
                (folder / "cgroup.clone_children").write_text("1")


def is_populated(name: str) -> bool:
    """Whether anything runs in the machine's group."""
    try:
        return "populated 1" in (kill_folder() / f"rpt-{name}" / "cgroup.events").read_text()
    except FileNotFoundError:
        return False


def kill(name: str, timeout_s: float = 20) -> None:
    """End every process of the machine and wait until they are gone."""
    with suppress(FileNotFoundError):
        (kill_folder() / f"rpt-{name}" / "cgroup.kill").write_text("1")
    end = time.monotonic() + timeout_s
    while is_populated(name):
        if time.monotonic() > end:
            raise TargetError(f"processes of {name} did not end within {timeout_s:.0f} s")
        time.sleep(0.02)


def remove(name: str) -> None:
    """Remove the groups; they are empty by now, deepest first."""
    for folder in folders(name):
        for path, _, _ in os.walk(folder, topdown=False):
            _remove_one(Path(path))


def _remove_one(path: Path) -> None:
    for _ in range(50):  # a v1 group stays busy for a moment after its last process
        try:
            return path.rmdir()
        except FileNotFoundError:
            return None
        except OSError:
            time.sleep(0.02)
    raise TargetError(f"control group {path} is still busy")
