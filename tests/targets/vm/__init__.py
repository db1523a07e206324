"""Throw-away virtual machines: what a container cannot show - a kernel and a boot loader of its own, disks that udev knows by
their serial number, reboots that rename them, power cuts.

`with Vm("a") as vm: vm.run("lsblk")`. What is true of them and what isn't: `tests/targets/README.md`.
"""

from tests.targets.vm.disks import Disk
from tests.targets.vm.machine import Vm

__all__ = ["Disk", "Vm"]
