"""How hosts are reached. OpenSSH's view is the authority: pyinfra and Ansible get the same arguments."""

import shlex
from collections.abc import Mapping
from dataclasses import dataclass, field
from pathlib import Path

from rigprov.errors import UsageError
from rigprov.model.paths import expanded, is_file
from rigprov.model.target import Target


@dataclass(frozen=True)
class Access:
    """The user's options for reaching hosts.

    Args:
        ssh_config: file given with `-F`; None: OpenSSH's own defaults.
        accept_new_host_key: record the key of a host never seen before. A changed key is refused all the same.
        become_password: sudo password for all hosts that do not bring their own in the inventory.
        connect_timeout_s: seconds to wait for a connection.
    """

    ssh_config: Path | None = None
    accept_new_host_key: bool = False
    become_password: str | None = field(default=None, repr=False)
    connect_timeout_s: float = 10.0


def ansible_variables(target: Target, access: Access) -> dict[str, object]:
    """Connection variables for Ansible's inventory, so that it takes the way that pyinfra took.

    Everything `ansible_*` that the user's inventory says stays. The become password of `access` is not among them: hand
    it to ansible-runner as a password, so that it is never written to a file.
    """
    own = {key: value for key, value in target.variables.items() if key.startswith("ansible_")}
    if target.local:
        # Interpreter discovery on the controller may pick a shim that cannot run modules.
        return {"ansible_python_interpreter": "{{ ansible_playbook_python }}"} | own | {"ansible_connection": "local"}
    found: dict[str, object] = own | {"ansible_connection": "ssh", "ansible_host": target.address or target.name}
    if target.user is not None:
        found["ansible_user"] = target.user
    if target.port is not None:
        found["ansible_port"] = target.port
    if access.ssh_config is not None:
        common = [*_words(own, "ansible_ssh_common_args", target), "-F", _config_file(access.ssh_config)]
        found["ansible_ssh_common_args"] = shlex.join(common)
    return found


def ssh_arguments(target: Target, access: Access) -> list[str]:
    """The options that Ansible's ssh plugin will give `ssh` for this target, in its order, without the destination."""
    variables = ansible_variables(target, access)
    words = _words(variables, "ansible_ssh_args", target)
    if not host_key_checking(target):
        words += ["-o", "StrictHostKeyChecking=no"]
    if target.port is not None:
        words += ["-o", f"Port={target.port}"]
    for key in ("ansible_ssh_private_key_file", "ansible_private_key_file"):
        if path := variables.get(key):
            words += ["-o", f'IdentityFile="{expanded(str(path))}"']
            break
    if target.user is not None:
        words += ["-o", f'User="{target.user}"']
    return words + _words(variables, "ansible_ssh_common_args", target) + _words(variables, "ansible_ssh_extra_args", target)


def host_key_checking(target: Target) -> bool:
    """False where the user's inventory switches the check off for this host (Ansible's own variables)."""
    for key in ("ansible_ssh_host_key_checking", "ansible_host_key_checking"):
        if key in target.variables:
            return str(target.variables[key]).lower() not in {"false", "no", "off", "0"}
    return True


def ssh_password(target: Target) -> str | None:
    """Login password that the user's inventory holds for the host."""
    return _secret(target.variables, "ansible_ssh_password", "ansible_ssh_pass", "ansible_password")


def become_password(target: Target, access: Access) -> str | None:
    """Sudo password: the inventory's for this host, else the one that was asked for."""
    own = _secret(target.variables, "ansible_become_password", "ansible_become_pass", "ansible_sudo_pass")
    return own if own is not None else access.become_password


def config_words(access: Access) -> list[str]:
    """`-F FILE`, where the user gave one."""
    return [] if access.ssh_config is None else ["-F", _config_file(access.ssh_config)]


def _config_file(path: Path) -> str:
    if not is_file(expanded(path)):
        raise UsageError(f"ssh configuration `{path}` does not exist", hint="give an existing file with `-F`")
    return str(expanded(path).resolve())  # Ansible runs in another directory


def _words(variables: Mapping[str, object], key: str, target: Target) -> list[str]:
    text = variables.get(key) or ""
    if not isinstance(text, str) or "{{" in text:
        raise UsageError(
            f"`{key}` of `{target.name}` must be plain text, it is {text!r}", hint=f"write the arguments out in {target.where}"
        )
    try:
        return shlex.split(text)
    except ValueError as error:
        raise UsageError(
            f"`{key}` of `{target.name}` is malformed: {error}", hint=f"balance its quotes in {target.where}"
        ) from None


def _secret(variables: Mapping[str, object], *keys: str) -> str | None:
    """The first that is plain text. A vaulted or templated one is Ansible's to open; it is not usable before."""
    for key in keys:
        value = variables.get(key)
        if isinstance(value, str | int) and "{{" not in str(value):
            return str(value)
    return None
