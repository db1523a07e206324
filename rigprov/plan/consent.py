"""What the user agreed to beforehand."""

import re
from collections.abc import Sequence
from dataclasses import dataclass
from typing import Literal

from rigprov.errors import UsageError

REMOVE_CONFLICTS = "--remove-conflicts"
Reboot = Literal["yes", "no", "ask"]


@dataclass(frozen=True)
class Consent:
    """Agreement to what a plan may need.

    Args:
        reboot: whether hosts may be rebooted; "ask" leaves it to the moment.
        format: by-id links of disks that may be formatted for models, once they have proved to be blank.
        remove_conflicts: packages that conflict with a role's may be removed.
        sudo_password: a sudo password will be given, so that `sudo` may ask for one.
        local: rigprov runs on the host itself, which it then cannot reboot and go on.
    """

    reboot: Reboot = "ask"
    format: tuple[str, ...] = ()
    remove_conflicts: bool = False
    sudo_password: bool = False
    local: bool = False


def named_disks(names: Sequence[str], where: str = "--format") -> tuple[str, ...]:
    """Disks that the user agreed to have formatted, each by its link in /dev/disk/by-id.

    Raises:
        UsageError: one is not named in this way. Kernel names change from boot to boot.
    """
    for name in names:
        if not re.fullmatch(r"/dev/disk/by-id/[^/\s]+", name):
            fix = "kernel names change from boot to boot; `rigprov plan` and `ls -l /dev/disk/by-id` on the host show the link"
            raise UsageError(f"`{where} {name}` does not name a disk by its link /dev/disk/by-id/...", hint=fix)
        if re.search(r"-part\d+$", name):
            raise UsageError(f"`{where} {name}` names a partition, and only whole disks are formatted", hint="name the disk")
    return tuple(names)
