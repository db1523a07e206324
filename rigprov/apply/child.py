"""Entry of the `ansible-playbook` process: `python -P child.py ARGUMENTS`. Started by `rigprov.apply.runner` only.

Two things that ansible-runner leaves open are settled here, before Ansible takes the process over:

- the process must not outlive rigprov. ansible-runner lets it ignore SIGHUP, so after a SIGKILL of the controller it would
  go on alone and nobody would see what it does to the hosts;
- settings from the user's environment (`ANSIBLE_*`) and tokens in it must not reach the run.

Runs as a file, not as a module: rigprov need not be importable from Ansible's working directory. Standard library only.
"""

import ctypes
import os
import signal
import sys
from collections.abc import Mapping

DROP = "RIGPROV_DROP"  # comma-separated names of variables that are taken out
PARENT = "RIGPROV_PARENT"  # process id of the controller
_PR_SET_PDEATHSIG = 1  # linux/prctl.h


def environment(given: Mapping[str, str]) -> dict[str, str]:
    """`given` without the variables named in `DROP` and without rigprov's own two."""
    unwanted = {DROP, PARENT, *given.get(DROP, "").split(",")}
    return {name: value for name, value in given.items() if name not in unwanted}


def tie_to_parent(parent: int) -> None:
    """Ask the kernel for SIGTERM when `parent` dies. Only Linux can; elsewhere Ansible ends at its next line of output."""
    if sys.platform != "linux":
        return
    ctypes.CDLL(None, use_errno=True).prctl(_PR_SET_PDEATHSIG, signal.SIGTERM)
    if os.getppid() != parent:  # it died before the request was in place
        raise SystemExit(f"process {parent} is gone")


def main() -> None:
    """Become `ansible-playbook`."""
    tie_to_parent(int(os.environ[PARENT]))
    clean = environment(os.environ)
    os.execvpe("ansible-playbook", ["ansible-playbook", *sys.argv[1:]], clean)  # noqa: S606,S607 - the virtual environment's, by PATH


if __name__ == "__main__":
    main()
