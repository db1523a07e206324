"""Throw-away machines for live tests and the demo: booted systemd containers, reached over SSH like any other host.

Each has a disk of its own (an ext4 image), a network namespace behind a bridge, an SSH host key, and the user `ops`
with a key and sudo. What is true of it and what isn't: `tests/targets/README.md`.
"""

from tests.targets.fleet import down_all, sweep
from tests.targets.machine import Target
from tests.targets.requirements import problems
from tests.targets.system import TargetError

__all__ = ["Target", "TargetError", "down_all", "problems", "sweep"]
