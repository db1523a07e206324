"""What SSH and Ansible need to reach the machines: one ssh configuration, the machines' real host keys, one inventory."""

from collections.abc import Iterator
from dataclasses import dataclass
from pathlib import Path

from tests.targets import loopback, network
from tests.targets.rootfs import key
from tests.targets.system import home, locked, machines, virtual_machines, write

USER = "ops"
_SSH_PORT = 22


def ssh_config() -> Path:
    """The ssh configuration file that knows every machine that is up."""
    return home() / "ssh_config"


def inventory() -> Path:
    """The Ansible inventory of every machine that is up."""
    return home() / "inventory.ini"


def refresh() -> None:
    """Write the files anew, after a machine came or went."""
    with locked("clients"):
        up = [*_containers(), *_virtual_machines()]
        write(ssh_config(), "\n".join(map(_host_block, up)), mode=0o600)
        write(home() / "known_hosts", "".join(map(_known_host, up)))
        settings = f"ansible_ssh_common_args='-F {ssh_config()}'\nansible_ssh_private_key_file={key()}"
        write(inventory(), "[targets]\n" + "\n".join(map(_inventory_line, up)) + f"\n\n[targets:vars]\n{settings}\n")


@dataclass(frozen=True)
class _Machine:
    name: str
    address: str
    port: int
    host_key: Path


def _containers() -> Iterator[_Machine]:
    for path in sorted(machines().glob("*")):
        if found := network.address(path.name):
            yield _Machine(path.name, found, _SSH_PORT, path / "host_key.pub")


def _virtual_machines() -> Iterator[_Machine]:
    for path in sorted(virtual_machines().glob("*")):
        if found := loopback.endpoint(path.name):
            yield _Machine(path.name, *found, path / "host_key.pub")


def _known_host(machine: _Machine) -> str:
    if not machine.host_key.exists():
        return ""
    where = machine.address if machine.port == _SSH_PORT else f"[{machine.address}]:{machine.port}"
    return f"{where} {' '.join(machine.host_key.read_text().split()[:2])}\n"


def _inventory_line(machine: _Machine) -> str:
    port = "" if machine.port == _SSH_PORT else f" ansible_port={machine.port}"
    return f"{machine.name} ansible_host={machine.address}{port} ansible_user={USER}"


def _host_block(machine: _Machine) -> str:
    return f"""Host {machine.name} {machine.address}
    HostName {machine.address}
    Port {machine.port}
    User {USER}
    IdentityFile {key()}
    IdentitiesOnly yes
    UserKnownHostsFile {home() / "known_hosts"}
    GlobalKnownHostsFile /dev/null
    StrictHostKeyChecking yes
    BatchMode yes
    ConnectTimeout 5
"""
