"""Ansible's settings for a run, as environment variables. Pure."""

import os
import sys
from collections.abc import Mapping
from pathlib import Path

from rigprov.apply.child import DROP, PARENT
from rigprov.apply.logs import SECRET_NAME

# A user's ANSIBLE_* settings must not bend the run; these only say how to open what the user has encrypted.
KEPT = frozenset({"ANSIBLE_VAULT_PASSWORD_FILE", "ANSIBLE_VAULT_IDENTITY_LIST", "ANSIBLE_VAULT_IDENTITY"})
CONFIG = "ansible.cfg"  # Ansible judges the file by its extension, so /dev/null will not do
_SSH = "-o ControlMaster=auto -o ControlPersist=60s -o ServerAliveInterval=15 -o ServerAliveCountMax=4"


def variables(private: Path, collections: Path, given: Mapping[str, str]) -> dict[str, str]:
    """What the `ansible-playbook` process gets on top of `given`.

    Args:
        private: the run's own directory; Ansible's temporary files and control sockets go there.
        collections: holds `rigprov.workstation`.
        given: rigprov's own environment.
    """
    ours = {
        "PATH": os.pathsep.join([str(Path(sys.executable).parent), given.get("PATH", os.defpath)]),
        "LC_ALL": "C.UTF-8",  # Ansible insists on UTF-8
        "PYTHONWARNINGS": "ignore",
        "ANSIBLE_CONFIG": str(private / CONFIG),  # empty: neither the user's nor the working directory's counts
        "ANSIBLE_HOME": str(private / "home"),
        "ANSIBLE_COLLECTIONS_PATH": str(collections),
        "ANSIBLE_CALLBACK_PLUGINS": "",  # ansible-runner appends its own
        "ANSIBLE_CALLBACKS_ENABLED": "rigprov.workstation.ledger",
        "ANSIBLE_HOST_KEY_CHECKING": "True",  # ansible-runner's default is False
        "ANSIBLE_PIPELINING": "True",
        "ANSIBLE_SSH_ARGS": _SSH,
        "ANSIBLE_SSH_CONTROL_PATH_DIR": str(private / "cp"),
        "ANSIBLE_SSH_RETRIES": "2",
        "ANSIBLE_TIMEOUT": "15",
        "ANSIBLE_NOCOLOR": "1",
        "ANSIBLE_LOCALHOST_WARNING": "False",
        "ANSIBLE_DEPRECATION_WARNINGS": "False",
        "ANSIBLE_DISPLAY_SKIPPED_HOSTS": "True",
        PARENT: str(os.getpid()),
    }
    return ours | {DROP: ",".join(sorted(_unwanted(given) - set(ours)))}


def _unwanted(given: Mapping[str, str]) -> set[str]:
    """Settings and secrets that stay out; the agent's socket and the like are no secrets by name."""
    return {name for name in given if (name.startswith("ANSIBLE_") and name not in KEPT) or SECRET_NAME.search(name)}
