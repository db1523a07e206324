"""Throw-away virtual machines, for what a container cannot show.

A kernel and a boot loader of its own, disks that udev knows by their serial numbers, kernel names that change, power cuts.

`with Vm("a") as vm: vm.run("lsblk")`. What is true of them and what isn't: `tests/targets/README.md`.
"""

from tests.targets.vm.disks import Disk
from tests.targets.vm.machine import Vm

__all__ = ["Disk", "Vm"]
