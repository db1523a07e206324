"""NVIDIA's driver: the one that is installed is loaded, answers, and stays."""

import re

from rigprov.compliance.control import control, expect
from rigprov.compliance.machine import Machine, skip

ROLE = "nvidia_driver"
# What an upgrade must not move; their other parts are tied to these by exact versions.
_PACKAGES = re.compile(
    r"(nvidia-driver(-open|-\d.*)?$|nvidia-dkms|nvidia-open|nvidia-kernel-(dkms|open-dkms|source)|nvidia-headless|nvidia-utils"
    r"|libnvidia-(compute|ml1|gl)|libcuda1)"
)
_LIBRARY = r"""
file=$(ldconfig -p | sed -n 's/.*libnvidia-ml.so.1 .*=> //p' | head -n1)
[ -n "$file" ] && basename "$(readlink -f "$file")"
"""


def _loaded(machine: Machine) -> str:
    text = machine.out("cat /proc/driver/nvidia/version")
    found = re.search(r"Module(?: for \S+)?\s+(\d+\.\d+(?:\.\d+)?)", text)
    return found[1] if found else ""


def _driver_packages(machine: Machine) -> dict[str, str]:
    machine.needs_apt()
    return {name: version for name, version in machine.packages.items() if _PACKAGES.match(name)}


@control(
    "RIG-DRV-001", severity="critical", role=ROLE,
    reason="a driver that is installed and does not answer leaves every model on the CPU",
    fix="`rigprov doctor HOST` names the broken layer; `rigprov apply` installs the driver",
)  # fmt: skip
def test_every_gpu_answers(machine: Machine) -> None:
    """Every NVIDIA GPU on the PCI bus answers nvidia-smi."""
    machine.needs_gpu()
    asked = machine.run("nvidia-smi -L")
    seen = [line for line in asked.lines if "UUID: GPU-" in line]
    # A container shows the whole bus and is given some of the GPUs.
    wanted = 1 if machine.container else max(len(machine.gpus), 1)
    what = f"nvidia-smi ends with {asked.rc} and lists {len(seen)} GPUs"
    expect(asked.rc == 0 and len(seen) >= wanted, found=what, expected=f"status 0 and {wanted} GPUs", output=asked.both)


@control(
    "RIG-DRV-002", severity="critical", role=ROLE,
    reason="another module on disk than in the kernel: the next boot, or the next load, brings another driver",
    fix="reboot, so that the installed module is loaded",
)  # fmt: skip
def test_loaded_module_is_the_installed_one(machine: Machine) -> None:
    """The loaded kernel module has the version of the installed one."""
    machine.needs_driver()
    machine.own_kernel()
    asked = machine.run("modinfo -F version nvidia")
    disk, loaded = asked.out.strip(), _loaded(machine)
    expect(disk and disk == loaded, found=f"loaded {loaded}, on disk {disk or 'none'}", expected="the same", output=asked.err)


@control(
    "RIG-DRV-003", severity="critical", role=ROLE,
    reason="with a library that is newer than the loaded module, every new program fails with `Driver/library version mismatch`",
    fix="reboot (or unload and load the module); a reinstallation does not help",
)  # fmt: skip
def test_no_library_mismatch_is_pending(machine: Machine) -> None:
    """NVML's library has the version of the loaded module."""
    machine.needs_driver()
    asked = machine.run(_LIBRARY)
    library = asked.out.strip().removeprefix("libnvidia-ml.so.")
    loaded = _loaded(machine)
    expect(library == loaded, found=f"library {library or 'not found'}, module {loaded}", expected="the same", output=asked.both)


@control(
    "RIG-DRV-004", severity="high", role=ROLE,
    reason="nouveau on the card keeps NVIDIA's driver from it",
    fix="`rigprov apply` blacklists it, in the initramfs too; then reboot",
)  # fmt: skip
def test_nouveau_is_not_loaded(machine: Machine) -> None:
    """No other driver (nouveau, nova_core) is loaded."""
    machine.needs_gpu()
    machine.own_kernel()
    asked = machine.run("grep -E '^(nouveau|nova_core) ' /proc/modules")
    expect(not asked.lines, found="another driver is loaded", expected="neither nouveau nor nova_core", output=asked.out)


@control(
    "RIG-DRV-005", severity="medium", role=ROLE,
    reason="a kernel update can bring nouveau back at the next boot, before NVIDIA's module",
    fix="`rigprov apply` writes the blacklist",
)  # fmt: skip
def test_nouveau_is_blacklisted(machine: Machine) -> None:
    """Nouveau is blacklisted for the next boot."""
    machine.needs_gpu()
    machine.own_kernel()
    asked = machine.run(
        "modprobe --showconfig | grep -E '^(blacklist nouveau|install nouveau|alias nouveau off|options nouveau)'"
    )
    there = machine.ok("modinfo nouveau")
    expect(asked.lines or not there, found="nouveau may be loaded at boot", expected="`blacklist nouveau`", output=asked.both)


@control(
    "RIG-DRV-006", severity="high", role=ROLE,
    reason="an upgrade behind the loaded module's back stops every new GPU program until a reboot",
    fix="`rigprov apply` sets the holds; by hand `apt-mark hold PACKAGE`",
)  # fmt: skip
def test_driver_is_held(machine: Machine) -> None:
    """The driver's packages are on hold, or their branch is pinned."""
    machine.needs_gpu()
    packages = _driver_packages(machine)
    if not packages:
        skip("the driver did not come in packages")
    pinned = [name for name in machine.packages if name.startswith("nvidia-driver-pinning-")]
    held = set(machine.run("apt-mark showhold").lines)
    loose = sorted(set(packages) - held)
    found = f"{len(loose)} of {len(packages)} packages may be upgraded, and no pinning package is installed"
    expect(pinned or not loose, found=found, expected="all on hold, or a pinning package", output=loose)


@control(
    "RIG-DRV-007", severity="medium", role=ROLE,
    reason="without persistence the driver unloads its state when nobody uses the card: slow starts, lost power limits",
    fix="`rigprov apply` sets up nvidia-persistenced; for now `nvidia-smi -pm 1`",
)  # fmt: skip
def test_persistence_is_on(machine: Machine) -> None:
    """Persistence mode is on for every GPU."""
    machine.needs_driver()
    machine.own_kernel()
    asked = machine.run("nvidia-smi --query-gpu=index,persistence_mode --format=csv,noheader")
    off = [line for line in asked.lines if "Enabled" not in line]
    expect(asked.lines and not off, found=f"{len(off)} GPUs without it", expected="Enabled on each", output=asked.both)


@control(
    "RIG-DRV-008", severity="high", role=ROLE,
    reason="the next boot takes the newest kernel; without the module there the machine comes back without GPUs",
    fix="`rigprov apply` builds or installs the module for every kernel; `dkms autoinstall` by hand",
)  # fmt: skip
def test_newest_kernel_has_the_module(machine: Machine) -> None:
    """The newest installed kernel has NVIDIA's module."""
    machine.needs_gpu()
    machine.own_kernel()
    newest = machine.out("ls /boot/vmlinuz-* 2>/dev/null | sed 's/.*vmlinuz-//' | sort -V | tail -n1")
    if not newest:
        skip("no kernel image lies in /boot")
    asked = machine.run(f"modinfo -k {newest} -F version nvidia")
    expect(asked.rc == 0, found=f"none for {newest}", expected=f"a module for {newest}", output=asked.both)


@control(
    "RIG-DRV-009", severity="high", role=ROLE,
    reason="parts of the driver in different versions fail at the first program that needs both",
    fix="install them in one transaction: `rigprov apply --tier TIER HOST`",
)  # fmt: skip
def test_driver_is_of_one_version(machine: Machine) -> None:
    """All libraries of the driver have one version."""
    machine.needs_gpu()
    parts = {
        name: version
        for name, version in _driver_packages(machine).items()
        if re.match(r"libnvidia-(compute|gl|ml1)|libcuda1", name)
    }
    if not parts:
        skip("the driver's libraries did not come in packages")
    versions = {version.split(":")[-1].split("-")[0] for version in parts.values()}
    lines = [f"{name} {version}" for name, version in sorted(parts.items())]
    expect(len(versions) == 1, found=f"{len(versions)} versions", expected="one", output=lines)


@control(
    "RIG-DRV-010", severity="high", role=ROLE,
    reason="memory that the card can no longer correct gives wrong tokens, or ends the program",
    fix="reset or reboot to retire the pages; where it comes back, have the card replaced",
)  # fmt: skip
def test_gpu_memory_has_no_errors(machine: Machine) -> None:
    """No GPU counts uncorrected memory errors since its last reset."""
    machine.needs_driver()
    asked = machine.run("nvidia-smi --query-gpu=index,ecc.errors.uncorrected.volatile.total --format=csv,noheader,nounits")
    counted = [line for line in asked.lines if re.search(r",\s*\d+$", line)]
    if not counted:
        skip("these GPUs count no memory errors (no ECC)")
    bad = [line for line in counted if not re.search(r",\s*0$", line)]
    expect(not bad, found=f"{len(bad)} GPUs with uncorrected errors", expected="0", output=bad)


@control(
    "RIG-DRV-011", severity="high", role=ROLE,
    reason="programs find CUDA's driver by the dynamic linker; without it they fall back to the CPU, often silently",
    fix="`rigprov apply` installs the driver's libraries; `ldconfig` after a manual installation",
)  # fmt: skip
def test_linker_finds_cuda(machine: Machine) -> None:
    """The dynamic linker finds libcuda.so.1."""
    machine.needs_gpu()
    asked = machine.run("ldconfig -p | grep -F libcuda.so.1")
    expect(asked.rc == 0, found="no libcuda.so.1", expected="a library of the driver", output=asked.both)
