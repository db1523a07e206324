"""What SSH and Ansible need to reach a virtual machine: files of its own, beside its disks."""

from pathlib import Path

from tests.targets.clients import USER, host_block, public_key
from tests.targets.rootfs import key
from tests.targets.system import write

_PATIENCE_S = 60  # an emulated processor that shares its host with other work


def ssh_config(folder: Path) -> Path:
    """The ssh configuration that knows the machine."""
    return folder / "ssh_config"


def inventory(folder: Path) -> Path:
    """The Ansible inventory of the machine."""
    return folder / "inventory.ini"


def make(name: str, folder: Path, address: str, port: int) -> None:
    """Write them; the host key is there by now."""
    known = folder / "known_hosts"
    where = address if port == 22 else f"[{address}]:{port}"
    write(known, f"{where} {public_key(folder / 'host_key.pub')}\n")
    write(ssh_config(folder), host_block(name, address, port, known, _PATIENCE_S), mode=0o600)
    host = f"{name} ansible_host={address} ansible_port={port} ansible_user={USER}"
    settings = f"ansible_ssh_common_args='-F {ssh_config(folder)}'\nansible_ssh_private_key_file={key()}"
    write(inventory(folder), f"[targets]\n{host}\n\n[targets:vars]\n{settings}\nansible_ssh_timeout={_PATIENCE_S}\n")
