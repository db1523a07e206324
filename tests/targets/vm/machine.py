"""One throw-away virtual machine, from its first boot to the day it is thrown away."""

import json
import re
import shutil
import time
from collections.abc import Sequence
from dataclasses import asdict
from pathlib import Path

from tests.targets import loopback
from tests.targets.reachable import Reachable
from tests.targets.requirements import virtual_machine_problems
from tests.targets.system import TargetError, machines, virtual_machines
from tests.targets.vm import accelerator, clients, disguise, hardware, process, seed
from tests.targets.vm.disks import Disk, Files
from tests.targets.vm.image import image
from tests.targets.vm.spec import TWO_NVME, Spec

_NAME = re.compile(r"[a-z][a-z0-9-]{0,40}")
_BOOT_ID = "cat /proc/sys/kernel/random/boot_id"
_BOOT_S, _BOOT_EMULATED_S = 60, 600
_OFF_S = 180


class Vm(Reachable):
    """A throw-away virtual machine. `with Vm("a") as vm: vm.run("lsblk")` boots it and takes it down."""

    def __init__(self, name: str, disks: Sequence[Disk] = TWO_NVME, **options: bool | int | str | tuple[str, ...]) -> None:
        """Describe a machine; nothing happens before `up`. Options: the other fields of `Spec`."""
        if not _NAME.fullmatch(name):
            raise TargetError(f"a machine's name is made of a-z, 0-9 and -, not {name!r}")
        self.name = name
        self.folder = virtual_machines() / name
        self._wanted = Spec(tuple(disks), **options)  # type: ignore[arg-type]  # checked by the dataclass's names

    @property
    def spec(self) -> Spec:
        """How it was made."""
        try:
            return Spec.load(self.folder)
        except FileNotFoundError as error:
            raise TargetError(f"there is no virtual machine {self.name}") from error

    @property
    def ssh_config(self) -> Path:
        """An ssh configuration in which `ssh -F FILE NAME` reaches it, its host key checked."""
        return clients.ssh_config(self.folder)

    @property
    def inventory(self) -> Path:
        """An Ansible inventory of it alone."""
        return clients.inventory(self.folder)

    @property
    def ip(self) -> str:
        """Its address, as seen from the controller."""
        return self._endpoint()[0]

    @property
    def port(self) -> int:
        """The port of its SSH server at that address."""
        return self._endpoint()[1]

    def _endpoint(self) -> tuple[str, int]:
        if found := loopback.endpoint(self.name):
            return found
        raise TargetError(f"{self.name} is not up")

    @property
    def is_on(self) -> bool:
        """Whether it has power."""
        return process.is_running(self.name)

    def up(self) -> "Vm":
        """Make the machine, boot it, and return when a login over SSH works."""
        if found := virtual_machine_problems():
            raise TargetError("; ".join(found))
        if self.is_on or (machines() / self.name).exists():
            raise TargetError(f"{self.name} is up already")
        self.down()  # what a killed harness left
        try:
            self._make()
            self.start()
        except BaseException:  # an interrupt as well: nothing stays behind
            self.down()
            raise
        return self

    def _make(self) -> None:
        self.folder.mkdir(parents=True)
        with image() as pristine:
            Files(self.folder, len(self._wanted.disks)).make(self._wanted.disks, pristine)
        (self.folder / "spec.json").write_text(json.dumps(asdict(self._wanted), indent=1))
        seed.make(self.name, self.folder, cloud_init=self._wanted.cloud_init, user_data=self._wanted.user_data)
        clients.make(self.name, self.folder, *loopback.attach(self.name))

    def start(self, order: Sequence[int] | None = None) -> None:
        """Power on, and wait for a login.

        `order` says which disks are plugged in, slot by slot: `(1, 0)` swaps two, `(0,)` leaves the second out.
        """
        spec, files = self.spec, self._files
        if self.is_on:
            raise TargetError(f"{self.name} is on already")
        chosen = range(len(spec.disks)) if order is None else order
        placed = [(index, spec.disks[index]) for index in chosen]
        case = hardware.Hardware(placed, spec.memory_mib, spec.gpu, spec.smbios, ":".join(map(str, self._endpoint())))
        files.begin()
        process.launch(self.name, hardware.command(self.name, self.folder, files, case), self.folder)
        disguise.put_on(process.pid(self.name), case)
        process.ask(self.folder, "cont")
        self.wait_for_login()

    @property
    def _files(self) -> Files:
        return Files(self.folder, len(self.spec.disks))

    def wait_for_login(self, timeout_s: float = 0) -> None:
        """Wait until a command over SSH works; an emulated processor takes its time."""
        super().wait_for_login(timeout_s or _boot_s())

    def reboot(self) -> None:
        """Reboot from inside, and wait until the next boot can be logged in to."""
        before = self.run(_BOOT_ID).stdout
        self.run("sudo systemctl reboot")
        end = time.monotonic() + _OFF_S + _boot_s()
        while (now := self.run(_BOOT_ID)).returncode or now.stdout == before:
            if time.monotonic() > end:
                raise TargetError(f"{self.name} did not come back from its reboot")
            time.sleep(0.2)

    def shut_down(self) -> None:
        """Power off from inside, as `systemctl poweroff` does; `start` boots it again."""
        self.run("sudo systemctl poweroff")
        end = time.monotonic() + _OFF_S
        while self.is_on:
            if time.monotonic() > end:
                raise TargetError(f"{self.name} did not power off")
            time.sleep(0.05)

    def kill(self) -> None:
        """Cut the power: what the machine had not flushed to its disks is lost."""
        process.kill(self.name)

    def disk_image(self, index: int) -> Path:
        """What a disk holds, as a raw file to read or to write, while the machine is off."""
        if self.is_on:
            raise TargetError(f"{self.name} is on: its disks can be looked at when it is off")
        return self._files.merge(index)

    def down(self) -> None:
        """Take everything off the controller, disks included."""
        process.kill(self.name)
        process.forget(self.name)
        loopback.detach(self.name)
        if self.folder.exists():
            shutil.rmtree(self.folder)

    def __enter__(self) -> "Vm":
        """Boot it."""
        return self.up()

    def __exit__(self, *_: object) -> None:
        """Take it down."""
        self.down()


def _boot_s() -> int:
    return _BOOT_S if accelerator.is_kvm() else _BOOT_EMULATED_S
