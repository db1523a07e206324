"""Hosts of the decision table (`tests/tables/driver.csv`): a row's words become facts.

gpus: PCI device ids of NVIDIA's display functions, or VENDOR:DEVICE for another maker's; "+sw" adds an NVSwitch.
os: codename. kernel: release. secure_boot: on, off or ? (could not be read).
place: metal, vm, a cloud, "CLOUD SIZE", runpod, vast, docker, wsl2.
driver: what is there. "" nothing; "nouveau"; else STATE SOURCE VERSION [open|proprietary], STATE one of works, mismatch, broken,
half, unbuilt; SOURCE one of ubuntu, nvidia, debian, ppa, runfile, ubuntu+nvidia.
apt: "" was not asked; "none" has no lists; "others" tells of no driver;
else branches that it offers, "580 595" from Ubuntu, "debian 535", "nvidia 580 595"; a
branch with "!" has no modules for the running kernel, "570>580" is a name that leads to another branch.
"""

import csv
from dataclasses import replace
from pathlib import Path

from rigprov.facts.parse.system import flavour
from rigprov.model.host import (
    HostFacts,
    Kernel,
    Memory,
    Missing,
    ModuleFile,
    Nvidia,
    NvidiaGpu,
    Offer,
    OsRelease,
    Package,
    PciDevice,
    Virtualisation,
)
from tests.unit.plan.hosts import rig

TABLE = Path(__file__).parents[3] / "tables" / "driver.csv"
RELEASES = {
    "focal": OsRelease("ubuntu", "20.04", "focal", ("debian",), "Ubuntu 20.04.6 LTS"),
    "jammy": OsRelease("ubuntu", "22.04", "jammy", ("debian",), "Ubuntu 22.04.5 LTS"),
    "mantic": OsRelease("ubuntu", "23.10", "mantic", ("debian",), "Ubuntu 23.10"),
    "noble": OsRelease("ubuntu", "24.04", "noble", ("debian",), "Ubuntu 24.04.3 LTS"),
    "questing": OsRelease("ubuntu", "25.10", "questing", ("debian",), "Ubuntu 25.10"),
    "resolute": OsRelease("ubuntu", "26.04", "resolute", ("debian",), "Ubuntu 26.04 LTS"),
    "mint": OsRelease("linuxmint", "22", "noble", ("ubuntu", "debian"), "Linux Mint 22"),
    "bullseye": OsRelease("debian", "11", "bullseye", (), "Debian GNU/Linux 11 (bullseye)"),
    "bookworm": OsRelease("debian", "12", "bookworm", (), "Debian GNU/Linux 12 (bookworm)"),
    "trixie": OsRelease("debian", "13", "trixie", (), "Debian GNU/Linux 13 (trixie)"),
}
CLOUDS = {"aws": "amazon", "gcp": "google", "azure": "microsoft", "oracle": "kvm"}
LOADED = ("works", "mismatch")
EXPECTED = ("source", "branch", "flavour", "modules", "packages", "pin", "reboot", "blocker", "skip")


def rows() -> list[dict[str, str]]:
    """All rows, by column."""
    with TABLE.open(encoding="utf-8", newline="") as file:
        return [{key: (value or "").strip() for key, value in row.items()} for row in csv.DictReader(file)]


def facts(row: dict[str, str]) -> HostFacts:
    """The host of a row."""
    place, _, size = row["place"].partition(" ")
    machine = "aarch64" if row["kernel"].endswith(("64k", "raspi", "arm64")) else "x86_64"
    kernel = Kernel(
        row["kernel"], flavour(row["kernel"]), machine, "x86_64-linux-gnu-gcc-12 (Ubuntu 12.3.0-1ubuntu1~22.04) 12.3.0"
    )
    found = rig(
        os=RELEASES[row["os"]],
        kernel=kernel,
        memory=Memory(64000, 60000),
        virtualisation=_virtualisation(place),
        secure_boot={"on": True, "off": False}.get(row["secure_boot"], Missing("mokutil is not installed")),
        instance_type=size or None,
        pci=tuple(_pci(row)),
        desktop=() if place != "metal" else Missing("not asked"),
    )
    return _offered(_driver(found, row["driver"]), row["apt"])


def _virtualisation(place: str) -> Virtualisation:
    if place in ("runpod", "vast", "docker"):
        return Virtualisation("docker", None, False, "sh", False, place if place != "docker" else None, False)
    if place == "wsl2":
        return Virtualisation("wsl", "microsoft", True, "systemd", True, None, True)
    hypervisor = CLOUDS.get(place, "kvm" if place == "vm" else None)
    return Virtualisation(None, hypervisor, False, "systemd", True, place if place in CLOUDS else None, True)


def _pci(row: dict[str, str]) -> list[PciDevice]:
    words = row["gpus"].replace("+sw", " 22a3").split()
    found = []
    for number, word in enumerate(words):
        vendor, _, device = word.rpartition(":")
        kind = "0680" if word == "22a3" else "0302"
        bound = "nouveau" if row["driver"] == "nouveau" and not vendor else None
        found.append(PciDevice(f"0000:{number:02x}:00.0", vendor or "10de", device, kind, "1043", "0000", bound))
    return found


def _driver(host: HostFacts, text: str) -> HostFacts:
    if text in ("", "nouveau"):
        return replace(host, nvidia=None, modules=(text,) if text else ())
    state, source, version, *more = text.split()
    is_open = "open" in more
    installed = {
        "ubuntu": (f"{version}-0ubuntu0.22.04.1", "Ubuntu"),
        "nvidia": (f"{version}-1ubuntu1", "NVIDIA"),
        "debian": (f"{version}-1~deb12u1", "Debian"),
        "ppa": (f"{version}-0ubuntu0~gpu22.04.1", "LP-PPA-graphics-drivers"),
    }
    branch, tail = version.partition(".")[0], "-open" if is_open else ""
    status = "iF" if state == "half" else "ii"
    packages = []
    for number, name in enumerate(source.split("+")):
        if name in installed:
            full, origin = installed[name]
            names = [f"libnvidia-compute-{branch}", f"nvidia-driver-{branch}{tail}"]
            if name == "debian":
                names = ["libcuda1", "nvidia-open-kernel-dkms" if is_open else "nvidia-kernel-dkms"]
            if number:
                names = ["libnvidia-compute"]
            packages += [Package(each, full, status, False, origin) for each in names]
    loaded = {"works": version, "mismatch": f"{branch}.01"}.get(state)
    answers: dict[str, tuple[NvidiaGpu, ...] | Missing] = {
        "works": (NvidiaGpu(0, "NVIDIA GeForce RTX 3090", "GPU-0", 24576, False),),
        "mismatch": Missing("`nvidia-smi` failed (exit status 18): Failed to initialize NVML: Driver/library version mismatch"),
        "nodevices": Missing("`nvidia-smi` failed (exit status 6): No devices were found"),
    }
    silent = Missing("`nvidia-smi` failed (exit status 9): couldn't communicate with the NVIDIA driver")
    module = ModuleFile(version, is_open, "") if state != "unbuilt" else None
    return replace(
        host,
        nvidia=Nvidia(loaded, answers.get(state, silent), version if state in LOADED else None),
        packages=tuple(packages),
        module_file=module,
    )


def _offered(host: HostFacts, text: str) -> HostFacts:
    if not text:
        return host
    if text == "none":
        return replace(host, offers=())
    if text == "others":
        return replace(host, offers=tuple(Offer(name, "12.3.0-1ubuntu1", "Ubuntu") for name in ("dkms", "gcc-12")))
    source, found = "Ubuntu", []
    for word in text.split():
        if not word[0].isdigit():
            source = {"debian": "Debian", "nvidia": "NVIDIA", "ubuntu": "Ubuntu"}[word]
        elif source == "Ubuntu":
            found += _ubuntu(host, word)
        elif source == "Debian":
            found += [Offer(name, f"{word}.1-1", "Debian") for name in ("nvidia-kernel-dkms", "nvidia-open-kernel-dkms")]
        else:
            found.append(Offer(f"nvidia-driver-pinning-{word}", f"{word}-1", "NVIDIA"))
    return replace(host, offers=tuple(found))


def _ubuntu(host: HostFacts, word: str) -> list[Offer]:
    name, _, leads_to = word.rstrip("!").partition(">")
    version = f"{leads_to or name}.95.05-0ubuntu0.22.04.1"
    editions = ("", "-open", "-server", "-server-open") if name in ("535", "580", "595") else ("", "-open")
    kinds = [f"{kind}-{name}{edition}" for kind in ("nvidia-driver", "nvidia-headless-no-dkms") for edition in editions]
    if not word.endswith("!"):
        kinds += [f"linux-modules-nvidia-{name}{edition}-{host.kernel.release}" for edition in editions]
        kinds += [f"linux-modules-nvidia-{name}{edition}-{host.kernel.release.split('-', 2)[-1]}" for edition in editions]
    return [Offer(kind, version, "Ubuntu") for kind in kinds]
