"""The libraries that make an SSH connection. They take longer to import than a converged host takes to answer."""

import sys

_UNUSED = "invoke"


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
        import pyinfra.connectors.ssh  # noqa: F401 - found by its entry point otherwise, while the host waits
    finally:
        if absent:
            sys.modules.pop(_UNUSED, None)
