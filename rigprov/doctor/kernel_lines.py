"""Lines of the kernel's log that tell why a GPU does not work: what each means, what to do, and where it was met.

The driver writes one message over several lines; each pattern stands on one of them, and those around it are quoted too.
"""

from dataclasses import dataclass
from typing import Literal

Where = Literal["pci", "module"]


@dataclass(frozen=True)
class Known:
    """One kind of line.

    Args:
        code: of the finding.
        layer: whose business it is.
        pattern: regular expression; its first group may stand in `what` and `fix` as {0}.
        what: one sentence, no full stop.
        fix: likewise.
        source: where people met it, or the code that writes it.
    """

    code: str
    layer: Where
    pattern: str
    what: str
    fix: str
    source: str


TABLE: tuple[Known, ...] = (
    Known(
        "open-modules-required",
        "module",
        r"requires use of the NVIDIA open kernel modules",
        "the proprietary kernel modules do not drive this GPU: Blackwell and newer take the open ones only",
        "install the open flavour of the same branch (Ubuntu: nvidia-driver-BRANCH-open, NVIDIA's repository: nvidia-open), "
        "then reboot",
        "NVIDIA/open-gpu-kernel-modules#872",
    ),
    Known(
        "legacy-branch-required",
        "module",
        r"supported through the NVIDIA ([0-9]+)\.[x0-9]+ Legacy drivers",
        "the installed driver has dropped this GPU: branch {0} is the last that drives it",
        "install branch {0} (Ubuntu: nvidia-driver-{0}, NVIDIA's repository: nvidia-driver-pinning-{0} first) and hold it, "
        "then reboot",
        "NixOS/nixos-hardware#1880, #1828",
    ),
    Known(
        "no-gsp",
        "module",
        r"is not supported by open\b",
        "the open kernel modules do not drive this GPU: they need a card of the Turing generation or newer",
        "install the proprietary flavour of branch 580 or older, then reboot",
        "NVIDIA/open-gpu-kernel-modules#322, negativo17/nvidia-driver#158",
    ),
    Known(
        "open-modules-too-early",
        "module",
        r"Open nvidia\.ko is only ready for use on Data Center GPUs",
        "the open kernel modules of this branch are for data centre GPUs only",
        "install branch 580 or newer with open modules, or the proprietary flavour of this branch, then reboot",
        "NVIDIA/open-gpu-kernel-modules#230",
    ),
    Known(
        "driver-too-old",
        "module",
        r"in this system is not supported by the( [0-9.x]+)?",
        "the installed driver is older than this GPU",
        "install a newer branch: `rigprov plan --tier TIER HOST` names one, then reboot",
        "MrMEEE/bumblebee-Old-and-abbandoned#583; text of NVIDIA's kernel module",
    ),
    Known(
        "other-driver-holds-gpu",
        "module",
        r"NVIDIA probe routine was not called for (\d+) device",
        "another kernel driver took {0} GPU(s) before NVIDIA's was loaded",
        "blacklist that driver in /etc/modprobe.d, run `update-initramfs -u`, and reboot",
        "mattshma/bigdata#133; text of NVIDIA's kernel module",
    ),
    Known(
        "secure-boot-rejects",
        "module",
        r"(?i)loading of (?:an? )?(?:unsigned module|module with (?:unavailable key|unsupported crypto)) is rejected"
        r"|nvidia.*Key was rejected by service|nvidia.*Required key not available",
        "Secure Boot is on and the NVIDIA module is not signed with a key that this machine trusts",
        "install modules that are signed already (Ubuntu: linux-modules-nvidia-BRANCH-KERNEL), or enrol the machine's own key "
        "(`mokutil --import /var/lib/shim-signed/mok/MOK.der`, confirmed on the console at the next boot), or switch Secure "
        "Boot off in the firmware",
        "awesometic/realtek-r8125-dkms#69; kernel/module/signing.c",
    ),
    Known(
        "lockdown",
        "module",
        r"Lockdown: .*unsigned module loading is restricted",
        "the kernel is locked down and the NVIDIA module is not signed",
        "install modules that are signed already, or enrol the machine's own key with `mokutil --import`; `lockdown=` on the "
        "kernel's command line is the other cause",
        "saidsay-so/acpi_ec#8, bottlerocket-os/bottlerocket#4218",
    ),
    Known(
        "module-of-another-kernel",
        "module",
        r"nvidia\w*: (?:version magic '|disagrees about version of symbol)",
        "the NVIDIA module was built for another kernel",
        "install the headers of the running kernel (`apt-get install linux-headers-$(uname -r)`), run `dkms autoinstall`, "
        "then `modprobe nvidia`",
        "kernel/module/main.c",
    ),
    Known(
        "gsp-firmware-missing",
        "module",
        r"(?:Direct firmware load for|firmware: failed to load) (nvidia/[^ ]*gsp[^ ]*)(?: failed| \()"
        r"|RmFetchGspRmImages: No firmware image found",
        "the GPU's firmware {0} is not there",
        "install the firmware package of the same version (Ubuntu: nvidia-firmware-BRANCH-VERSION, Debian: firmware-nvidia-gsp "
        "in non-free-firmware), then reboot",
        "texts of the kernel's firmware loader, Debian's included; kata-containers/kata-containers#11875",
    ),
    Known(
        "bar-invalid",
        "module",
        r"PCI I/O region assigned to your NVIDIA device is invalid"
        r"|BAR ?1\b.*(?:no space for|can't assign; no space|failed to assign)",
        "the firmware gave the GPU no room for its memory window (BAR1)",
        "switch on Above 4G Decoding and Resizable BAR in the machine's firmware setup (BIOS), and update it; "
        "`pci=realloc` on the kernel's command line is the second choice",
        "NVIDIA/open-gpu-kernel-modules#862, #510; xCuri0/ReBarUEFI#119",
    ),
    Known(
        "off-the-bus",
        "module",
        r"\(PCI ID: [^)]*\) installed in this system has *$|GPU (?:at )?[0-9a-fA-F:.]+ (?:GPU )?has fallen off the bus"
        r"|nvidia [0-9a-fA-F:.]+ Unable to change power state from D3cold to D0, device inaccessible",
        "the GPU no longer answers on the bus",
        "switch the machine off and on; look after power supply and cables, riser and slot, and heat. On a laptop what puts the "
        "GPU to sleep is the other cause (tlp, powertop, bbswitch). No driver mends this",
        "NVIDIA/NVSentinel#155, linux-surface/linux-surface#376, Bumblebee-Project/Bumblebee#554",
    ),
    Known(
        "gsp-boot",
        "module",
        r"failed to wait for GFW|Cannot initialize GSP firmware RM",
        "the GPU's own processor (GSP) does not start",
        "switch the machine off at the power supply for a minute; then look after the card's seat, its power cables and the "
        "firmware setting Above 4G Decoding. A new driver does not mend this",
        "NVIDIA/open-gpu-kernel-modules#789",
    ),
    Known(
        "adapter-init",
        "module",
        r"RmInitAdapter failed",
        "the driver is loaded, but cannot start the GPU",
        "look at the firmware settings Resizable BAR and Above 4G Decoding first (RTX 50), then at seat and power of the card. "
        "Installing the driver again does not help",
        "NVIDIA/open-gpu-kernel-modules#862, #326",
    ),
    Known(
        "bus-errors",
        "pci",
        r"AER: .*(?:Uncorrect(?:ed|able)|Fatal)",
        "the PCIe link reported errors that it could not correct",
        "look after the card's seat, riser and power; try another slot, or a lower link generation in the firmware setup",
        "NVIDIA/open-gpu-kernel-modules#900",
    ),
)
