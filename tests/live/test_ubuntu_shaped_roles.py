"""The GPU roles on Ubuntu-shaped machines: apt, the kernels' packages, dkms and the reboot are real, no GPU is."""

from collections.abc import Iterator
from typing import Any

import pytest

from rigprov.catalog import repositories
from tests.live.play import apply, out, rollback, state
from tests.live.ubuntu_shaped import (
    APT,
    CUDA_SITE,
    KEYS,
    boot_id,
    installed,
    let_later_come,
    reboot,
    simulated,
    ubuntu_shaped,
)
from tests.targets import Target

pytestmark = [pytest.mark.live, pytest.mark.nightly]
DRIVER, CUDA, TOOLKIT = ["nvidia_driver"], ["cuda_toolkit"], ["nvidia_container_toolkit"]

KERNEL = "5.15.0-190-generic"
PREBUILT = ["linux-modules-nvidia-580-server-open-generic", f"linux-modules-nvidia-580-server-open-{KERNEL}"]
USERLAND = ["nvidia-headless-no-dkms-580-server-open", "nvidia-utils-580-server"]
BELOW = [f"{name}-580-server" for name in ("libnvidia-compute", "libnvidia-cfg1", "nvidia-compute-utils", "nvidia-kernel-common")]
KERNEL_METAS = ["linux-generic", "linux-headers-generic", "linux-image-generic"]
UBUNTU: dict[str, Any] = {
    "nvidia_driver_source": "ubuntu",
    "nvidia_driver_branch": "580",
    "nvidia_driver_flavour": "open",
    "nvidia_driver_modules": "prebuilt",
    "nvidia_driver_packages": [*USERLAND, *PREBUILT],
    "nvidia_driver_components": ["main", "restricted", "universe", "multiverse"],
    "nvidia_driver_hold": [*USERLAND, *BELOW, *PREBUILT, *KERNEL_METAS],
    "nvidia_driver_unattended_exclude": ["nvidia-", "libnvidia-", "linux-modules-nvidia-", "linux-image-generic$"],
    "nvidia_driver_pins": [{"package": "nvidia-* libnvidia-* cuda-drivers*", "pin": f"origin {CUDA_SITE}", "priority": -1}],
    "nvidia_driver_blacklist": ["nouveau", "nova_core"],
    "nvidia_driver_kernels": [KERNEL],
    "nvidia_driver_load": False,
}


@pytest.fixture(scope="module")
def jammy() -> Iterator[Target]:
    """The tests that take it build on one another in this order."""
    with ubuntu_shaped("jammy") as target:
        yield target


@pytest.fixture(scope="module")
def bare(jammy: Target) -> list[str]:
    """Its state before any role."""
    return state(jammy)


@pytest.fixture(scope="module")
def noble() -> Iterator[Target]:
    with ubuntu_shaped("noble") as target:
        yield target


def repository(target: Target, found: repositories.Repository | None, key: str) -> dict[str, object]:
    """As the catalogue has it, but for the key: the stand-in has none of the vendor's."""
    assert found
    listing = out(target, f"sudo gpg --homedir /dev --no-keyring --batch --show-keys --with-colons {KEYS}/{key}.asc")
    fingerprint = next(line.split(":")[9] for line in listing.splitlines() if line.startswith("fpr"))
    return {**found.values(), "key_fingerprint": fingerprint}


def of_the_driver(target: Target) -> dict[str, str]:
    found = {**installed(target, "*nvidia*"), **installed(target, "linux-*")}
    return {name: version for name, version in found.items() if name not in {"linux-base", "linux-libc-dev"}}


def test_ubuntus_driver_with_prebuilt_modules(jammy: Target, bare: list[str]) -> None:
    checked = apply(jammy, DRIVER, check=True, **UBUNTU)
    assert (checked.rc, state(jammy) == bare) == (0, True), checked.text
    first, second = apply(jammy, DRIVER, **UBUNTU), apply(jammy, DRIVER, **UBUNTU)

    assert first.rc == 0, first.text
    assert second.verdict == (0, 0), second.text
    assert "dkms" not in installed(jammy, "dkms")
    assert out(jammy, f"/sbin/modinfo -k {KERNEL} -F version nvidia; systemctl is-enabled nvidia-persistenced") == (
        "580.159.04\nenabled"
    )
    assert "--no-persistence-mode" not in out(jammy, "systemctl show -p ExecStart nvidia-persistenced")


def test_f19_it_stays_when_newer_drivers_and_kernels_come(jammy: Target) -> None:
    before = of_the_driver(jammy)
    security = 'Unattended-Upgrade::Origins-Pattern { "o=Ubuntu,a=jammy-security"; };'
    out(jammy, f"{APT} install --no-install-recommends unattended-upgrades")
    out(jammy, f"echo '{security}' | sudo tee /etc/apt/apt.conf.d/99tests")
    let_later_come(jammy)

    told = out(jammy, "sudo unattended-upgrade --dry-run --debug 2>&1")
    assert "nvidia" in told, "unattended-upgrades did not see the newer ones"
    out(jammy, f"sudo unattended-upgrade && {APT} upgrade && {APT} dist-upgrade")
    assert of_the_driver(jammy) == before
    assert apply(jammy, DRIVER, **UBUNTU).verdict == (0, 0)


def test_f06_another_branch_takes_consent(jammy: Target) -> None:
    def moved(names: list[str]) -> list[str]:
        return [name.replace("580", "595") for name in names]

    hold = [name for name in moved(UBUNTU["nvidia_driver_hold"]) if name != f"linux-modules-nvidia-595-server-open-{KERNEL}"]
    packages = [name for name in moved(UBUNTU["nvidia_driver_packages"]) if "modules" not in name]
    modules = f"linux-modules-nvidia-595-server-open-{KERNEL}"
    values = {
        **UBUNTU,
        "nvidia_driver_branch": "595",
        "nvidia_driver_packages": [*packages, modules],
        "nvidia_driver_hold": [*(name for name in hold if "linux-modules" not in name), modules],
    }
    refused = apply(jammy, DRIVER, **values)
    assert refused.rc == 2
    assert "Installing nvidia-headless-no-dkms-595-server-open" in refused.words
    assert "would also remove libnvidia-cfg1-580-server" in refused.words
    assert "which nobody agreed to. No package was changed." in refused.words

    leaving = [name for name in installed(jammy, "*nvidia*") if "-580" in name]
    done = apply(jammy, DRIVER, **values, nvidia_driver_conflicts=leaving, nvidia_driver_remove_conflicts=True)
    assert done.rc == 0, done.text
    assert {name for name in installed(jammy, "*nvidia*") if "-580" in name} == set()
    assert apply(jammy, DRIVER, **values).verdict == (0, 0)


def test_the_cuda_toolkit_drags_no_driver_in(jammy: Target) -> None:
    before = of_the_driver(jammy)
    values: dict[str, Any] = {
        "cuda_toolkit_repository": repository(jammy, repositories.cuda("ubuntu", "jammy", "x86_64"), "cuda"),
        "cuda_toolkit_pins": UBUNTU["nvidia_driver_pins"],
    }
    wrong = {**values, "cuda_toolkit_repository": {**values["cuda_toolkit_repository"], "key_fingerprint": "A" * 40}}
    refused = apply(jammy, CUDA, **wrong)
    assert refused.rc == 2
    assert out(jammy, f"cat /etc/apt/sources.list.d/* | grep -c {CUDA_SITE} || true") == "0"

    first, second = apply(jammy, CUDA, **values), apply(jammy, CUDA, **values)
    assert first.rc == 0, first.text
    assert second.verdict == (0, 0), second.text
    assert out(jammy, "bash -lc 'nvcc --version'").startswith("Cuda compilation tools, release 12.9, V12.9.86")
    assert of_the_driver(jammy) == before
    assert "nvidia-driver-580-open" not in simulated(jammy, "dist-upgrade")["Inst"]
    assert rollback(jammy, CUDA, **values).rc == 0
    assert out(jammy, "ls /usr/local | grep -c cuda || true; ls /etc/apt/keyrings | grep -c cuda || true") == "0\n0"


def test_the_container_toolkit_in_one_version(jammy: Target) -> None:
    names = ["nvidia-container-toolkit", "nvidia-container-toolkit-base", "libnvidia-container-tools", "libnvidia-container1"]
    values: dict[str, Any] = {
        "nvidia_container_toolkit_packages": [f"{name}=1.19.1-1" for name in names],
        "nvidia_container_toolkit_hold": names,
        "nvidia_container_toolkit_repository": repository(jammy, repositories.container_toolkit("x86_64"), "container-toolkit"),
        "nvidia_container_toolkit_docker": False,
    }
    first, second = apply(jammy, TOOLKIT, **values), apply(jammy, TOOLKIT, **values)
    assert first.rc == 0, first.text
    assert second.verdict == (0, 0), second.text
    out(jammy, f"{APT} dist-upgrade")
    assert set(installed(jammy, "*nvidia-container*").items()) >= {(name, "1.19.1-1") for name in names}
    assert rollback(jammy, TOOLKIT, **values).rc == 0
    assert installed(jammy, "*nvidia-container*") == {}


def test_rollback_leaves_the_machine_as_it_was(jammy: Target, bare: list[str]) -> None:
    out(jammy, f"{APT} purge unattended-upgrades && {APT} autoremove --purge && sudo rm -f /etc/apt/apt.conf.d/99tests")
    done = rollback(jammy, DRIVER, **UBUNTU)
    assert done.rc == 0, done.text

    assert installed(jammy, "*nvidia*") == {}
    # apt's lists of a repository that is gone go with the next update
    left = [row for row in set(state(jammy)) - set(bare) if "nvidia" in row and not row.startswith("/var/lib/apt/lists/")]
    assert left == []


def test_the_fabric_manager_comes_stays_and_goes_with_the_driver() -> None:
    """As on a machine with NVSwitch, whose plan names its package and holds it."""
    package = "nvidia-fabricmanager-580"
    values = {**UBUNTU, "nvidia_driver_fabric_manager": package, "nvidia_driver_hold": [*UBUNTU["nvidia_driver_hold"], package]}
    with ubuntu_shaped("jammy") as target:
        done = apply(target, DRIVER, **values)
        assert done.rc == 0, done.text
        assert out(target, "systemctl is-enabled nvidia-fabricmanager") == "enabled"
        assert installed(target, package) == {package: installed(target, "nvidia-utils-580-server")["nvidia-utils-580-server"]}
        let_later_come(target)
        out(target, f"{APT} dist-upgrade")
        assert apply(target, DRIVER, **values).verdict == (0, 0)

        assert rollback(target, DRIVER, **values).rc == 0
        assert installed(target, "*fabric*") == {}
        assert out(target, "ls /etc/systemd/system/*.wants | grep fabric || true") == ""
        assert rollback(target, DRIVER, **values).verdict == (0, 0)


def nvidias(target: Target) -> dict[str, Any]:
    kernel = "6.8.0-138-generic"
    return {
        "nvidia_driver_source": "nvidia",
        "nvidia_driver_branch": "595",
        "nvidia_driver_flavour": "open",
        "nvidia_driver_modules": "dkms",
        "nvidia_driver_packages": ["nvidia-open"],
        "nvidia_driver_pin_package": "nvidia-driver-pinning-595",
        "nvidia_driver_build_packages": ["dkms", "gcc-12", "make", f"linux-headers-{kernel}"],
        "nvidia_driver_repository": repository(target, repositories.cuda("ubuntu", "noble", "x86_64"), "cuda"),
        "nvidia_driver_unattended_exclude": ["nvidia-", "libnvidia-", "cuda-drivers"],
        "nvidia_driver_blacklist": ["nouveau"],
        "nvidia_driver_kernels": [kernel],
        "nvidia_driver_load": False,
    }


def test_nvidias_driver_by_dkms_stays_on_its_branch(noble: Target) -> None:
    values = nvidias(noble)
    first, second = apply(noble, DRIVER, **values), apply(noble, DRIVER, **values)
    assert first.rc == 0, first.text
    assert second.verdict == (0, 0), second.text
    assert "6.8.0-138-generic, x86_64: installed" in out(noble, "sudo dkms status")
    assert installed(noble, "nvidia-open") == {"nvidia-open": "595.71.05-1ubuntu1"}

    let_later_come(noble)
    out(noble, f"{APT} dist-upgrade")
    assert installed(noble, "nvidia-open") == {"nvidia-open": "595.91.07-1ubuntu1"}, "within the branch it moves, and no further"
    taken_out = rollback(noble, DRIVER, **values)
    assert taken_out.rc == 0, taken_out.text
    assert {**installed(noble, "*nvidia*"), **installed(noble, "dkms")} == {}
    assert out(noble, f"cat /etc/apt/sources.list.d/* | grep -c {CUDA_SITE} || true") == "0"


def test_f10_nouveau_goes_with_a_reboot_that_was_agreed_to() -> None:
    """The machine has a card as far as /sys/module goes; no driver answers in the end, and the role says so."""
    with ubuntu_shaped("jammy") as target:
        out(target, "sudo mkdir -p /etc/stand-in && sudo touch /etc/stand-in/card")
        reboot(target)
        assert out(target, "ls /sys/module") == "nouveau"
        before, values = boot_id(target), {**UBUNTU, "nvidia_driver_load": True}

        refused = apply(target, DRIVER, **values)
        assert (refused.rc, boot_id(target)) == (2, before)
        assert "A reboot is needed: nouveau is loaded and may hold the card." in refused.words
        agreed = apply(target, DRIVER, **values, nvidia_driver_reboot=True)

        assert boot_id(target) not in {"", before}
        assert out(target, "ls /sys/module; cat /sys/module/nvidia/version") == "nvidia\n580.159.04"
        assert agreed.rc == 2
        assert "The module is loaded, but nvidia-smi shows no GPU" in agreed.words
