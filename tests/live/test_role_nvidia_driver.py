"""Role nvidia_driver with Debian's own NVIDIA packages; DKMS builds its modules for a kernel that is not running."""

from typing import Any

import pytest

from tests.live.local_packages import Package, offer, version
from tests.live.play import Played, apply, cut, out, rollback, start, state
from tests.live.test_role_nvidia_driver_stand_ins import ROLE, held, unattended
from tests.targets import Target

pytestmark = [pytest.mark.live, pytest.mark.nightly]  # the modules take four minutes to build
NAMED = ["nvidia-kernel-dkms", "nvidia-smi", "libcuda1", "nvidia-persistenced"]
BRANCH = "535"


def values(kernel: str) -> dict[str, Any]:
    return {
        "nvidia_driver_source": "debian",
        "nvidia_driver_branch": BRANCH,
        "nvidia_driver_flavour": "proprietary",
        "nvidia_driver_modules": "dkms",
        "nvidia_driver_components": ["contrib", "non-free", "non-free-firmware"],
        "nvidia_driver_build_packages": ["gcc", "make", "dkms", "linux-headers-cloud-amd64"],
        "nvidia_driver_packages": NAMED,
        "nvidia_driver_hold": [*NAMED, "libnvidia-*", "linux-image-cloud-amd64", "linux-headers-cloud-amd64"],
        "nvidia_driver_unattended_exclude": ["nvidia-", "libnvidia-", "libcuda"],
        "nvidia_driver_blacklist": ["nouveau", "nova_core"],
        "nvidia_driver_kernels": [kernel],
        "nvidia_driver_load": False,
    }


def cloud_kernel(target: Target) -> str:
    """Give the machine a kernel of its own, as a cloud image has one; its release."""
    install = "sudo DEBIAN_FRONTEND=noninteractive apt-get -qq -y --no-install-recommends install"
    out(target, f"sudo apt-get -qq update; {install} initramfs-tools linux-image-cloud-amd64 > /dev/null")
    return out(target, "ls /lib/modules")


class Installed:
    """A machine with the driver, and how it came there."""

    def __init__(self, target: Target) -> None:
        self.target, self.kernel = target, cloud_kernel(target)
        self.values = values(self.kernel)
        self.bare = state(target)
        self.checked = apply(target, ROLE, check=True, **self.values)
        self.untouched = state(target) == self.bare
        self.first: Played = apply(target, ROLE, **self.values)


@pytest.fixture(scope="module")
def machine(module_target: Target) -> Installed:
    return Installed(module_target)


def test_check_mode_on_a_bare_host_says_what_would_come(machine: Installed) -> None:
    assert (machine.checked.rc, machine.untouched) == (0, True), machine.checked.text
    assert "nvidia-kernel-dkms" in machine.checked.text


def test_the_module_is_there_for_the_kernel_named(machine: Installed) -> None:
    assert machine.first.rc == 0, machine.first.text
    built = out(machine.target, "sudo dkms status")
    assert f", {machine.kernel}, x86_64: installed" in built
    assert out(machine.target, f"sudo modinfo -k {machine.kernel} -F version nvidia-current").startswith(f"{BRANCH}.")
    assert "couldn't communicate with the NVIDIA driver" in machine.target.run("nvidia-smi").stdout


def test_the_second_run_changes_nothing(machine: Installed) -> None:
    second = apply(machine.target, ROLE, **machine.values)

    assert second.verdict == (0, 0), second.text


def test_the_sources_that_were_here_are_as_they_were(machine: Installed) -> None:
    changed = [row.split()[0] for row in state(machine.target) if row.startswith("/etc/apt/sources") and row not in machine.bare]
    assert changed == ["/etc/apt/sources.list.d/rigprov-nvidia-driver.sources"]
    assert out(machine.target, "sudo apt-get update 2>&1 | grep '^[WE]:' || true") == ""


def test_f10_the_blacklist_is_in_the_initramfs(machine: Installed) -> None:
    path = "etc/modprobe.d/rigprov-nvidia-driver.conf"
    listed = out(machine.target, f"sudo lsinitramfs /boot/initrd.img-{machine.kernel} | grep {path}")

    assert listed == path
    assert out(machine.target, f"grep -c '^blacklist' /{path}") == "2"


def test_the_persistence_daemon_starts_at_boot(machine: Installed) -> None:
    unit = "nvidia-persistenced"
    shown = out(machine.target, f"systemctl is-enabled {unit}; systemctl show -p ExecStart,Before {unit}")

    assert shown.startswith("enabled\n")
    assert "--no-persistence-mode" not in shown
    assert "rigprov-llm.service" in shown


def test_f19_a_newer_version_stays_out(machine: Installed) -> None:
    target, names = machine.target, [*NAMED, "probe"]
    assert set(NAMED) <= set(held(target))
    before = [version(target, name) for name in NAMED]
    assert all(before)
    offer(target, Package("probe"))
    out(target, "sudo apt-get -qq -y install probe > /dev/null")
    offer(target, *(Package(name, "999") for name in names))
    unattended(target)

    out(target, "sudo unattended-upgrade; sudo apt-get -qq -y upgrade > /dev/null; sudo apt-get -qq -y dist-upgrade > /dev/null")

    assert [version(target, name) for name in names] == [*before, "999"]
    assert apply(target, ROLE, **machine.values).verdict == (0, 0)


def test_rollback_takes_out_all_that_came_and_nothing_else(machine: Installed) -> None:
    target = machine.target
    tests_own = "sudo apt-get -qq -y purge probe unattended-upgrades > /dev/null; sudo apt-get -qq -y autoremove > /dev/null"
    out(target, f"sudo rm -rf /srv/local /etc/apt/sources.list.d/local.list /etc/apt/apt.conf.d/99tests; {tests_own}")
    # unattended-upgrade leaves these where it has run
    out(target, "[ -s /etc/apt/sources.list ] || sudo rm -f /etc/apt/sources.list; sudo rm -rf /var/lib/unattended-upgrades")

    taken_out = rollback(target, ROLE)

    assert taken_out.rc == 0, taken_out.text
    assert held(target) == []
    after, bare = set(state(target)), set(machine.bare)
    assert sorted(row for row in after ^ bare if not row.startswith(CHANGES_WITH_PACKAGES)) == []
    assert rollback(target, ROLE).verdict == (0, 0)


# What dpkg, apt, ucf, depmod and ldconfig write anew whenever packages come and go; the account of nvidia-persistenced, which
# Debian's package leaves behind even when it is purged; the key that DKMS signs with, which the firmware may have been told to
# trust (see the role's README); and the folder that role base takes out, which is the last to be taken out.
CHANGES_WITH_PACKAGES = (
    *("/etc/passwd", "/etc/shadow", "/etc/group", "/etc/gshadow", "/etc/subuid", "/etc/subgid", "nvpd:"),
    *("/var/lib/dpkg", "/var/lib/apt", "/var/cache", "/var/backups"),
    *("/lib/modules", "/usr/lib/modules", "/boot", "/etc/ld.so.cache", "/var/lib/ucf"),
    *("/var/lib/dkms - ", "/var/lib/dkms/mok.", "/var/lib/rigprov - "),
)


def test_a_build_that_was_cut_off_is_finished_by_the_next_run(target: Target) -> None:
    kernel = cloud_kernel(target)
    run = start(target, ROLE, **values(kernel))
    try:
        building = "pgrep -x cc1 > /dev/null && [ -d /var/lib/dkms/nvidia-current ]"
        out(target, f"for i in $(seq 3000); do {building} && break; sleep 0.1; done; sleep 20")
        assert out(target, "pgrep -c -x dpkg") != "0", "cut too late to prove anything"
        target.kill()
    finally:
        cut(run)
    target.start()
    assert "installed" not in target.run("sudo dkms status").stdout

    done = apply(target, ROLE, **values(kernel))

    assert done.rc == 0, done.text
    assert f", {kernel}, x86_64: installed" in out(target, "sudo dkms status")
    assert out(target, "sudo dpkg --audit; sudo apt-get check -qq; ls /var/lib/dpkg/updates") == ""
    assert apply(target, ROLE, **values(kernel)).verdict == (0, 0)
    assert rollback(target, ROLE).rc == 0
    assert [version(target, name) for name in NAMED] == [""] * len(NAMED)
