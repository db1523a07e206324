"""What SSH and Ansible need to reach the machines: one ssh configuration, the machines' real host keys, one inventory."""

from pathlib import Path

from tests.targets import network
from tests.targets.rootfs import key
from tests.targets.system import home, locked, machines, virtual_machines, write

USER = "ops"


def ssh_config() -> Path:
    """The ssh configuration file that knows every machine that is up."""
    return home() / "ssh_config"


def inventory() -> Path:
    """The Ansible inventory of every machine that is up."""
    return home() / "inventory.ini"


def refresh() -> None:
    """Write the files anew, after a machine came or went."""
    with locked("clients"):
        up = {path.name: found for path in sorted(machines().glob("*")) if (found := network.address(path.name))}
        blocks = [host_block(name, found, 22, home() / "known_hosts") for name, found in up.items()]
        # virtual machines bring a file of their own each
        write(ssh_config(), "\n".join([f"Include {virtual_machines()}/*/ssh_config\n", *blocks]), mode=0o600)
        keys = {name: (machines() / name / "host_key.pub") for name in up}
        write(home() / "known_hosts", "".join(f"{up[name]} {public_key(path)}\n" for name, path in keys.items() if path.exists()))
        lines = [f"{name} ansible_host={found} ansible_user={USER}" for name, found in up.items()]
        settings = f"ansible_ssh_common_args='-F {ssh_config()}'\nansible_ssh_private_key_file={key()}"
        write(inventory(), "[targets]\n" + "\n".join(lines) + f"\n\n[targets:vars]\n{settings}\n")


def public_key(path: Path) -> str:
    """Kind and data of a public key, without its comment."""
    return " ".join(path.read_text().split()[:2])


def host_block(name: str, address: str, port: int, known_hosts: Path, patience_s: int = 5) -> str:
    """What an ssh configuration says about one machine."""
    return f"""Host {name} {address}
    HostName {address}
    Port {port}
    User {USER}
    IdentityFile {key()}
    IdentitiesOnly yes
    UserKnownHostsFile {known_hosts}
    GlobalKnownHostsFile /dev/null
    StrictHostKeyChecking yes
    BatchMode yes
    ConnectTimeout {patience_s}
"""
