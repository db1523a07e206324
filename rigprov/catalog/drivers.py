"""NVIDIA's driver branches, and who offers which of them.

Branches and their ends: NVIDIA's data-centre driver lifecycle (2026-11). Ubuntu's archive: packages.ubuntu.com (2026-11).
Debian's: its package lists (2026-11). What apt says on the host itself goes before these tables.
"""

from dataclasses import dataclass
from typing import Literal


@dataclass(frozen=True)
class Branch:
    """One branch. `end`: month of its last update."""

    number: int
    kind: Literal["long-term support", "production", "new feature"]
    end: str
    over: bool = False
    proprietary: bool = True  # whether it has proprietary kernel modules


BRANCHES = {
    branch.number: branch
    for branch in (
        Branch(470, "long-term support", "2024-07", over=True),
        Branch(535, "long-term support", "2026-06", over=True),
        Branch(550, "production", "2025-02", over=True),
        Branch(570, "production", "2026-02", over=True),
        Branch(580, "long-term support", "2028-06"),
        Branch(595, "production", "2027-03"),
        Branch(610, "new feature", "2026-08", over=True),
        Branch(615, "new feature", "2026-11", proprietary=False),
        Branch(620, "long-term support", "2029-09", proprietary=False),
    )
}
# In this order they are taken: what is supported longest and has been out longest, then production, then the rest.
PREFERRED = (580, 595, 620, 615, 610)
# First branch whose open modules NVIDIA recommends for GeForce and workstation cards; before, they were made for data centres.
# Source: NVIDIA's announcement with R560 (2024-07).
OPEN_FOR_ALL = 560
# CUDA 12 needs it, and so does every engine here. Source: CUDA release notes, minor version compatibility (2026).
OLDEST_USABLE = 525

# Branches in Ubuntu's archive, with whether it has a server edition. Names of older ones (550, 565, 570, 575, 590) are there
# too, as empty packages that lead to 580 or 595.
UBUNTU = {580: True, 595: True, 610: False, 615: False}
UBUNTU_RELEASES = ("jammy", "noble", "resolute")
# Debian's own branch in each release.
DEBIAN = {"bookworm": 535, "trixie": 550}
# Branches for which NVIDIA's repository has a package that pins them.
NVIDIA = (580, 595, 610, 615)
# The one from which package names in NVIDIA's repository carry no branch. Source: NVIDIA's driver installation guide (2026).
NVIDIA_PLAIN_NAMES = 590
