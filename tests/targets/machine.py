"""One throw-away machine, from its first boot to the day it is thrown away."""

import json
import re
import shutil
import time
import uuid
from dataclasses import asdict, dataclass, replace
from pathlib import Path

from tests.targets import cgroup, clients, disk, network, nspawn, rootfs, ubuntu
from tests.targets.reachable import Reachable
from tests.targets.requirements import problems
from tests.targets.system import TargetError, machines, run, virtual_machines

_NAME = re.compile(r"[a-z][a-z0-9-]{0,40}")


@dataclass(frozen=True)
class Spec:
    """How a machine was made; kept beside its disk."""

    keep: bool = False  # the disk survives `down`
    docker: bool = True  # a container engine works inside
    swap: bool = False  # swapon works inside (the swap is the controller's: kernel-wide)
    bare: bool = False  # no Python
    shape: str = ""  # "jammy", "noble": says that it is that Ubuntu release, and has a stand-in for its repositories
    disk_mib: int = 16384
    uuid: str = ""
    ip: str = ""  # the address it had last


class Target(Reachable):
    """A throw-away machine. `with Target("a") as a: a.run("uname -a")` boots it and takes it down."""

    def __init__(self, name: str, **options: bool | int | str) -> None:
        """Describe a machine; nothing happens before `up`. Options: the fields of `Spec` that are not found out."""
        if not _NAME.fullmatch(name):
            raise TargetError(f"a machine's name is made of a-z, 0-9 and -, not {name!r}")
        self.name = name
        self.folder = machines() / name
        self._options = options

    @property
    def root(self) -> Path:
        """Where its disk is mounted on the controller while it is up."""
        return self.folder / "root"

    @property
    def ip(self) -> str:
        """Its address."""
        if found := network.address(self.name):
            return found
        raise TargetError(f"{self.name} is not up")

    @property
    def spec(self) -> Spec:
        """How it was made."""
        try:
            return Spec(**json.loads((self.folder / "spec.json").read_text()))
        except FileNotFoundError as error:
            raise TargetError(f"there is no machine {self.name}") from error

    def up(self) -> "Target":
        """Make the machine (or take the kept one), boot it, and return when a login over SSH works."""
        if found := problems():
            raise TargetError("; ".join(found))
        if cgroup.is_populated(self.name) or (virtual_machines() / self.name).exists():
            raise TargetError(f"{self.name} is up already")
        if (self.folder / "spec.json").exists() and not self.spec.keep:
            self.down()  # what a killed harness left
        if not (self.folder / "spec.json").exists():
            self._make()
        self._clear()
        spec = self.spec
        try:
            self._save(replace(spec, ip=network.attach(self.name, spec.ip)))
            clients.refresh()
            self.start()
        except BaseException:  # an interrupt as well: nothing stays behind
            self.down()
            raise
        return self

    def _make(self) -> None:
        spec = Spec(**{"uuid": uuid.uuid4().hex, **self._options})  # type: ignore[arg-type]  # checked by the dataclass's names
        pristine = rootfs.image(spec.disk_mib, spec.shape or ("bare" if spec.bare else "standard"))
        self.folder.mkdir(parents=True, exist_ok=True)
        disk.copy(pristine, self.folder / "disk.img")
        key = self.folder / "host_key"
        if not key.exists():
            run("ssh-keygen", "-q", "-t", "ed25519", "-N", "", "-C", self.name, "-f", key)
        with disk.mounted(self.folder / "disk.img", self.root):
            shutil.copy2(key, self.root / "etc/ssh/ssh_host_ed25519_key")
            shutil.copy2(key.with_suffix(".pub"), self.root / "etc/ssh/ssh_host_ed25519_key.pub")
            (self.root / "etc/hostname").write_text(f"{self.name}\n")
            sites = ubuntu.HOSTS if spec.shape else ""
            (self.root / "etc/hosts").write_text(f"127.0.0.1 localhost\n127.0.1.1 {self.name}\n{sites}")
            resolv = self.root / "etc/resolv.conf"
            resolv.unlink(missing_ok=True)
            resolv.write_text(network.resolv_conf())
            if spec.docker:
                nspawn.open_cgroups(self.root)
        self._save(spec)

    def _save(self, spec: Spec) -> None:
        (self.folder / "spec.json").write_text(json.dumps(asdict(spec), indent=1))

    def start(self) -> None:
        """Power on: boot from the disk as it is, and wait for a login."""
        spec = self.spec
        if not disk.is_mounted(self.root):
            disk.mount(self.folder / "disk.img", self.root)
        cgroup.make(self.name)
        words = nspawn.command(self.name, self.root, spec.uuid, docker=spec.docker, swap=spec.swap)
        nspawn.boot(self.name, words, self.folder)
        self.wait_for_login()

    def kill(self, *, lose_unwritten: bool = True) -> None:
        """Cut the power. The disk stays; what was not written to it is lost, unless `lose_unwritten` is off."""
        if lose_unwritten:
            disk.cut_power(self.root)
        cgroup.kill(self.name)
        nspawn.forget(self.name, self.root)
        disk.unmount_for_good(self.root)

    def cut_network(self) -> None:
        """Pull the cable."""
        network.switch_link(self.name, "down")

    def mend_network(self) -> None:
        """Plug the cable in again."""
        network.switch_link(self.name, "up")

    def down(self) -> None:
        """Take everything off the controller; the disk as well, unless the machine is a kept one, which is shut down first."""
        keep = (self.folder / "spec.json").exists() and self.spec.keep
        if keep:
            self._shut_down()
        self._clear()
        if not keep and self.folder.exists():
            shutil.rmtree(self.folder)
        clients.refresh()

    def _shut_down(self, timeout_s: float = 15) -> None:
        if not cgroup.is_populated(self.name) or self.run("sudo systemctl poweroff").returncode:
            return
        end = time.monotonic() + timeout_s
        while cgroup.is_populated(self.name) and time.monotonic() < end:
            time.sleep(0.05)

    def _clear(self) -> None:
        cgroup.kill(self.name)
        nspawn.forget(self.name, self.root)
        network.detach(self.name)
        cgroup.remove(self.name)
        disk.unmount(self.root)

    def remove(self) -> None:
        """Throw a kept machine away, disk and all."""
        self._clear()
        shutil.rmtree(self.folder, ignore_errors=True)
        clients.refresh()

    def __enter__(self) -> "Target":
        """Boot it."""
        return self.up()

    def __exit__(self, *_: object) -> None:
        """Take it down."""
        self.down()
