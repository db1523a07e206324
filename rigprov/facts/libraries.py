"""The libraries that make an SSH connection. They take longer to import than a converged host takes to answer."""

import sys
from functools import cache
from types import ModuleType

_UNUSED = "invoke"


def _ask_once(module: ModuleType) -> None:
    """Let pyinfra look for its connectors once: it reads the metadata of all installed packages twice for each connection."""
    for name in ("get_all_connectors", "get_execution_connectors"):
        if not hasattr(getattr(module, name), "cache_info"):
            setattr(module, name, cache(getattr(module, name)))
    module.get_all_connectors()


def load() -> None:
    """Import paramiko and pyinfra, without `invoke`.

    It is a third of paramiko's import time. paramiko takes it, where it is there, for `Match exec` in files that it reads by
    itself; pyinfra puts its own in that place, and here OpenSSH alone reads such files.
    """
    absent = _UNUSED not in sys.modules
    if absent:
        sys.modules[_UNUSED] = None  # type: ignore[assignment]  # how Python notes that a module cannot be imported
    try:
        import paramiko  # noqa: F401
        import pyinfra.api.config
        import pyinfra.api.exceptions
        import pyinfra.api.inventory
        import pyinfra.api.state

        _ask_once(pyinfra.api.inventory)
    finally:
        if absent:
            sys.modules.pop(_UNUSED, None)
