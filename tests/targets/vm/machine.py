"""One throw-away virtual machine, from its first boot to the day it is thrown away."""

import json
import re
import shutil
import time
from collections.abc import Sequence
from dataclasses import asdict, dataclass
from pathlib import Path

from tests.targets import clients, loopback
from tests.targets.reachable import Reachable
from tests.targets.requirements import virtual_machine_problems
from tests.targets.rootfs import key
from tests.targets.system import TargetError, machines, virtual_machines, write
from tests.targets.vm import accelerator, disguise, hardware, process, seed
from tests.targets.vm.disks import Disk, Files
from tests.targets.vm.image import image

_NAME = re.compile(r"[a-z][a-z0-9-]{0,40}")
_TWO_NVME = (Disk("4G", "RPNVME0"), Disk("4G", "RPNVME1"))
_BOOT_ID = "cat /proc/sys/kernel/random/boot_id"


@dataclass(frozen=True)
class Spec:
    """How a machine was made; kept beside its disks."""

    disks: tuple[Disk, ...] = _TWO_NVME
    memory_mib: int = 2048
    gpu: bool = False
    cloud_init: bool = False  # cloud-init makes name, user and host key, as in a cloud; minutes when emulated

    @staticmethod
    def load(path: Path) -> "Spec":
        """Read what `Vm.up` wrote."""
        values = json.loads(path.read_text())
        return Spec(**{**values, "disks": tuple(Disk(**disk) for disk in values["disks"])})


class Vm(Reachable):
    """A throw-away virtual machine. `with Vm("a") as vm: vm.run("lsblk")` boots it and takes it down."""

    def __init__(self, name: str, disks: Sequence[Disk] = _TWO_NVME, **options: bool | int) -> None:
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
            return Spec.load(self.folder / "spec.json")
        except FileNotFoundError as error:
            raise TargetError(f"there is no virtual machine {self.name}") from error

    @property
    def ssh_config(self) -> Path:
        """An ssh configuration in which `ssh -F FILE NAME` reaches it, its host key checked."""
        return self.folder / "ssh_config"

    @property
    def inventory(self) -> Path:
        """An Ansible inventory of it alone."""
        return self.folder / "inventory.ini"

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
        pristine = image()
        self.folder.mkdir(parents=True)
        seed.make(self.name, self.folder, cloud_init=self._wanted.cloud_init)
        Files(self.folder, len(self._wanted.disks)).make(self._wanted.disks, pristine)
        (self.folder / "spec.json").write_text(json.dumps(asdict(self._wanted), indent=1))
        self._write_client_files(*loopback.attach(self.name))

    def _write_client_files(self, address: str, port: int) -> None:
        """Its own ssh configuration and inventory: nobody else who writes theirs can lose it."""
        known = self.folder / "known_hosts"
        where = address if port == 22 else f"[{address}]:{port}"
        write(known, f"{where} {clients.public_key(self.folder / 'host_key.pub')}\n")
        write(self.ssh_config, clients.host_block(self.name, address, port, known), mode=0o600)
        host = f"{self.name} ansible_host={address} ansible_port={port} ansible_user={clients.USER}"
        settings = f"ansible_ssh_common_args='-F {self.ssh_config}'\nansible_ssh_private_key_file={key()}"
        write(self.inventory, f"[targets]\n{host}\n\n[targets:vars]\n{settings}\n")

    def start(self, order: Sequence[int] | None = None) -> None:
        """Power on, and wait for a login.

        `order` says which disks are plugged in, slot by slot: `(1, 0)` swaps two, `(0,)` leaves the second out.
        """
        spec = self.spec
        if self.is_on:
            raise TargetError(f"{self.name} is on already")
        self._files.begin()
        placed = [(index, spec.disks[index]) for index in (range(len(spec.disks)) if order is None else order)]
        where = ":".join(map(str, self._endpoint()))
        case = hardware.Hardware(placed, spec.memory_mib, spec.gpu, where)
        process.launch(self.name, hardware.command(self.name, self.folder, self._files, case), self.folder)
        self._disguise(case)
        process.ask(self.folder, "cont")
        self.wait_for_login()

    def _disguise(self, case: hardware.Hardware) -> None:
        pid = process.pid(self.name)
        for _, disk in case.disks:
            if disk.kind == "nvme" and disk.model:
                disguise.nvme_model(pid, disk.serial, disk.model)
        if case.gpu:
            disguise.gpu(pid)

    @property
    def _files(self) -> Files:
        return Files(self.folder, len(self.spec.disks))

    def wait_for_login(self, timeout_s: float = 0) -> None:
        """Wait until a command over SSH works; an emulated processor takes its time."""
        super().wait_for_login(timeout_s or (60 if accelerator.is_kvm() else 300))

    def reboot(self, timeout_s: float = 0) -> None:
        """Reboot from inside, and wait until the next boot can be logged in to."""
        before = self.run(_BOOT_ID).stdout
        self.run("sudo systemctl reboot")
        end = time.monotonic() + (timeout_s or (60 if accelerator.is_kvm() else 300))
        while (now := self.run(_BOOT_ID)).returncode or now.stdout == before:
            if time.monotonic() > end:
                raise TargetError(f"{self.name} did not come back from its reboot")
            time.sleep(0.2)

    def shut_down(self, timeout_s: float = 120) -> None:
        """Power off from inside, as `systemctl poweroff` does; `start` boots it again."""
        self.run("sudo systemctl poweroff")
        end = time.monotonic() + timeout_s
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
