"""What the user agreed to beforehand."""

from dataclasses import dataclass
from typing import Literal

REMOVE_CONFLICTS = "--remove-conflicts"
Reboot = Literal["yes", "no", "ask"]


@dataclass(frozen=True)
class Consent:
    """Agreement to what a plan may need.

    Args:
        reboot: whether hosts may be rebooted; "ask" leaves it to the moment.
        remove_conflicts: packages that conflict with a role's may be removed.
        sudo_password: a sudo password will be given, so that `sudo` may ask for one.
        local: rigprov runs on the host itself, which it then cannot reboot and go on.
    """

    reboot: Reboot = "ask"
    remove_conflicts: bool = False
    sudo_password: bool = False
    local: bool = False
