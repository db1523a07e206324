"""Role nvidia_driver with stand-ins for NVIDIA's packages: what apt, DKMS, systemd and the reboot do with the role is real."""

import base64
from pathlib import Path
from typing import Any

import pytest

from tests.live.local_packages import ORIGIN, Package, offer, version
from tests.live.play import Played, apply, cut, out, rollback, start, state
from tests.targets import Target

pytestmark = pytest.mark.live
ROLE = ["nvidia_driver"]
RECORD = "/var/lib/rigprov/nvidia_driver.json"
# As Canonical ships it: started by udev, not at boot, and with persistence mode off.
UNIT = """[Unit]
StopWhenUnneeded=true
[Service]
Type=simple
ExecStart=/bin/sh -c 'exec sleep infinity' --user nobody --no-persistence-mode
"""
PERSISTENCED = Package("nvidia-persistenced", files={"/lib/systemd/system/nvidia-persistenced.service": UNIT})
LISTS = "#!/bin/sh\necho 'GPU 0: None (UUID: GPU-0)'\n"
SMI = Package("nvidia-smi", fields={"Depends": "libcuda1"}, files={"/usr/bin/nvidia-smi": LISTS})
CUDA = Package("libcuda1")
DRIVER: dict[str, Any] = {
    "nvidia_driver_source": "debian",
    "nvidia_driver_packages": ["nvidia-smi", "nvidia-persistenced"],
    "nvidia_driver_load": False,
    "nvidia_driver_pins": [{"package": "nvidia-*", "pin": "origin developer.download.nvidia.com", "priority": -1}],
}
DROP_IN = "/etc/systemd/system/nvidia-persistenced.service.d/10-rigprov.conf"


def newer(package: Package) -> Package:
    return Package(package.name, "999", package.fields, package.files)


def versions(target: Target, *names: str) -> list[str]:
    return [version(target, name) for name in names]


def shell_script(target: Target, path: str, body: str) -> None:
    text = base64.b64encode(f"#!/bin/sh\n{body}\n".encode()).decode()
    out(target, f"echo {text} | base64 -d | sudo tee {path} > /dev/null; sudo chmod 755 {path}")


def refused(played: Played, says: str) -> bool:
    """Whether the run stopped with these words."""
    assert played.rc == 2, played.text
    assert says in played.words, played.text
    return True


def held(target: Target) -> list[str]:
    return out(target, "apt-mark showhold").split()


def unattended(target: Target) -> None:
    """Let unattended-upgrades take what the local repository offers."""
    install = "sudo DEBIAN_FRONTEND=noninteractive apt-get -qq -y --no-install-recommends install"
    out(target, f"{install} unattended-upgrades > /dev/null")
    origins = f'Unattended-Upgrade::Origins-Pattern {{ "origin={ORIGIN}"; }};'
    out(target, f"echo '{origins}' | sudo tee /etc/apt/apt.conf.d/99tests > /dev/null")


@pytest.mark.nightly
def test_a_driver_that_is_here_is_guarded_and_nothing_else(target: Target) -> None:
    probe = Package("probe")
    offer(target, CUDA, SMI, PERSISTENCED, probe)
    out(target, "sudo apt-get -qq -y install nvidia-smi nvidia-persistenced probe > /dev/null; sudo apt-mark -qq hold libcuda1")
    unattended(target)
    values: dict[str, Any] = {
        "nvidia_driver_load": False,
        "nvidia_driver_packages": ["never-installed"],
        "nvidia_driver_unattended_exclude": ["nvidia-", "lib(nvidia|cuda)"],
    }
    before = state(target)
    checked = apply(target, ROLE, check=True, **values, nvidia_driver_hold=["nvidia-*", "libcuda1"])
    assert (checked.rc, state(target) == before) == (0, True), checked.text

    # the list alone keeps unattended-upgrades away
    first = apply(target, ROLE, **values)
    assert first.rc == 0, first.text
    assert held(target) == ["libcuda1"]
    offer(target, newer(CUDA), newer(SMI), newer(PERSISTENCED), newer(probe))
    out(target, "sudo unattended-upgrade")
    assert versions(target, "libcuda1", "nvidia-smi", "nvidia-persistenced", "probe") == ["1", "1", "1", "999"]

    # and the holds keep everything else away
    values |= {"nvidia_driver_hold": ["nvidia-*", "libcuda1"]}
    assert apply(target, ROLE, **values).rc == 0
    assert held(target) == ["libcuda1", "nvidia-persistenced", "nvidia-smi"]
    out(target, "sudo apt-get -qq -y upgrade > /dev/null; sudo apt-get -qq -y dist-upgrade > /dev/null")
    assert versions(target, "libcuda1", "nvidia-smi", "nvidia-persistenced") == ["1", "1", "1"]
    assert apply(target, ROLE, **values).verdict == (0, 0)

    # F21: on at boot, with persistence mode on, and before what needs the card
    unit = "nvidia-persistenced"
    shown = out(target, f"systemctl show -p ExecStart,Before,StopWhenUnneeded {unit}; systemctl is-enabled {unit}")
    assert "--no-persistence-mode" not in shown
    assert "StopWhenUnneeded=no" in shown
    assert shown.endswith("\nenabled")
    assert {"docker.service", "rigprov-llm.service"} <= set(shown.split("Before=")[1].splitlines()[0].split())

    taken_out = rollback(target, ROLE)
    assert taken_out.rc == 0, taken_out.text
    assert held(target) == ["libcuda1"]
    left = f"ls {RECORD} {DROP_IN} /etc/apt/apt.conf.d/*rigprov* 2>/dev/null"
    assert out(target, f"{left}; systemctl is-enabled {unit}") == "static"
    assert versions(target, "libcuda1", "nvidia-smi", "nvidia-persistenced") == ["1", "1", "1"]
    assert rollback(target, ROLE).verdict == (0, 0)


@pytest.mark.nightly
def test_f06_nothing_leaves_that_was_not_named_and_nothing_held_is_moved(target: Target) -> None:
    old = Package("nvidia-driver-450")
    user = Package("my-engine", fields={"Depends": "nvidia-driver-450"})
    offer(target, old, user, CUDA, Package("nvidia-smi", fields={"Depends": "libcuda1 (>= 1)", "Conflicts": "nvidia-driver-450"}))
    offer(target, PERSISTENCED)
    out(target, "sudo apt-get -qq -y install my-engine > /dev/null")
    before = state(target)

    values = {**DRIVER, "nvidia_driver_conflicts": ["nvidia-driver-450", "not-here"]}
    assert refused(apply(target, ROLE, **DRIVER), "would also remove my-engine, nvidia-driver-450, which nobody agreed to")
    assert refused(apply(target, ROLE, **values), "nvidia-driver-450 cannot stay beside the driver from debian. Run again with")
    surplus = apply(target, ROLE, **values, nvidia_driver_remove_conflicts=True)
    assert refused(surplus, "would also remove my-engine, which nobody agreed to")
    unknown = apply(target, ROLE, **{**DRIVER, "nvidia_driver_packages": ["nvidia-driver-515"]})  # F04
    assert refused(unknown, "apt cannot install nvidia-driver-515: Unable to locate package")
    option = apply(target, ROLE, **{**DRIVER, "nvidia_driver_packages": ["--allow-downgrades"]})
    assert refused(option, "is not a package's name")
    # apt is asked about the sources and pins that it would have
    asked_with = ("/var/lib/apt", "/var/lib/rigprov", "/etc/apt/preferences.d")
    assert [row for row in state(target) if row not in before and not row.startswith(asked_with)] == []

    out(target, "sudo dpkg -r my-engine > /dev/null")
    done = apply(target, ROLE, **values, nvidia_driver_remove_conflicts=True)
    assert done.rc == 0, done.text
    assert versions(target, "nvidia-driver-450", "nvidia-smi", "libcuda1") == ["", "1", "1"]
    assert apply(target, ROLE, **values).verdict == (0, 0)

    # its own holds do not stand in the way of a version that the plan names; somebody else's do
    offer(target, Package("nvidia-smi", "2", {"Depends": "libcuda1 (>= 2)"}), Package("libcuda1", "2"))
    moved = {**DRIVER, "nvidia_driver_packages": ["nvidia-smi=2", "nvidia-persistenced"], "nvidia_driver_hold": ["nvidia-smi"]}
    assert apply(target, ROLE, **{**moved, "nvidia_driver_packages": ["nvidia-smi=1"]}, nvidia_driver_persistence=False).rc == 0
    out(target, "sudo apt-mark -qq hold libcuda1")
    assert refused(apply(target, ROLE, **moved), "would change libcuda1, which somebody put on hold")
    out(target, "sudo apt-mark -qq unhold libcuda1")
    assert apply(target, ROLE, **moved).rc == 0
    assert (version(target, "nvidia-smi"), held(target)) == ("2", ["nvidia-smi"])
    moved |= {"nvidia_driver_hold": ["nvidia-smi", "libcuda*"]}
    assert apply(target, ROLE, **moved).rc == 0
    offer(target, Package("nvidia-smi", "3", {"Depends": "libcuda1 (>= 3)"}), Package("libcuda1", "3"))
    moved |= {"nvidia_driver_packages": ["nvidia-smi=3", "nvidia-persistenced"]}
    assert apply(target, ROLE, **moved).rc == 0
    assert (versions(target, "nvidia-smi", "libcuda1"), held(target)) == (["3", "3"], ["libcuda1", "nvidia-smi"])
    assert apply(target, ROLE, **moved).verdict == (0, 0)

    # what the user has built on the driver keeps it
    offer(target, Package("my-engine", "2", {"Depends": "nvidia-smi"}))
    out(target, "sudo apt-get -qq -y install my-engine > /dev/null")
    assert refused(rollback(target, ROLE), "nvidia-smi cannot be taken out: my-engine would go with it")
    out(target, "sudo dpkg -r my-engine > /dev/null")
    assert rollback(target, ROLE).rc == 0
    assert versions(target, "nvidia-smi", "nvidia-persistenced", "libcuda1") == ["", "", ""]
    assert held(target) == []


@pytest.mark.nightly
def test_a_dpkg_that_was_killed_while_it_configured_the_driver(target: Target) -> None:
    takes_long = {"postinst": "touch /srv/began; sleep 8; touch /srv/ended"}
    slow = Package("nvidia-kernel-dkms", fields={"Depends": "libcuda1"}, scripts=takes_long)
    offer(target, CUDA, slow, PERSISTENCED)
    values = {**DRIVER, "nvidia_driver_packages": ["nvidia-kernel-dkms", "nvidia-persistenced"]}
    values |= {"nvidia_driver_hold": ["nvidia-*"]}
    run = start(target, ROLE, **values)
    try:
        out(target, "for i in $(seq 600); do [ -e /srv/began ] && break; sleep 0.1; done; [ -e /srv/began ]")
        out(target, "sudo pkill -9 -x dpkg; sudo pkill -9 -x apt-get; sudo pkill -9 -f kernel-dkms[.]postinst; true")
    finally:
        cut(run)
    assert out(target, "sudo dpkg --audit | grep -c nvidia-kernel-dkms; ls /srv/ended 2>/dev/null; true") == "1"

    done = apply(target, ROLE, **values)

    assert done.rc == 0, done.text
    assert out(target, "ls /srv/ended; sudo dpkg --audit; sudo apt-get check -qq; ls /var/lib/dpkg/updates") == "/srv/ended"
    assert held(target) == ["nvidia-kernel-dkms", "nvidia-persistenced"]
    preferences = "grep -l developer.download.nvidia.com /etc/apt/preferences.d/* | wc -l"
    assert out(target, preferences) == "1"
    assert apply(target, ROLE, **values).verdict == (0, 0)
    assert rollback(target, ROLE).rc == 0
    assert versions(target, "nvidia-kernel-dkms", "nvidia-persistenced", "libcuda1") == ["", "", ""]
    assert out(target, f"{preferences}; ls /var/lib/rigprov") == "0"


def test_the_reboot_needs_consent_and_is_judged_by_what_comes_after(target: Target) -> None:
    offer(target, CUDA, SMI, PERSISTENCED)
    out(target, "sudo apt-get -qq -y install nvidia-smi > /dev/null")
    out(target, "sudo mkdir -p /lib/modules/9.9-next && sudo touch /lib/modules/9.9-next/nvidia.ko")
    values: dict[str, Any] = {"nvidia_driver_persistence": False}
    booted = out(target, "cat /proc/sys/kernel/random/boot_id")

    running = out(target, "uname -r")
    why = f"A reboot is needed: the driver is there for 9.9-next, and {running} is running."
    assert refused(apply(target, ROLE, **values), f"{why} Reboot the machine and run again, or agree to it")
    vain = apply(target, ROLE, **values, nvidia_driver_reboot=True)
    assert refused(vain, "The machine was rebooted, and still the driver is there for 9.9-next")
    assert out(target, "cat /proc/sys/kernel/random/boot_id") != booted

    # a boot that brings the module (this container's kernel loads none, so modprobe is a stand-in too)
    shell_script(target, "/usr/local/sbin/modprobe", "exit 0")
    shell_script(target, "/usr/local/sbin/boots", f"mkdir -p /lib/modules/{running}; touch /lib/modules/{running}/nvidia.ko")
    unit = "[Service]\\nType=oneshot\\nExecStart=/usr/local/sbin/boots\\n[Install]\\nWantedBy=multi-user.target\\n"
    out(target, f"printf '{unit}' | sudo tee /etc/systemd/system/boots.service > /dev/null; sudo systemctl enable -q boots")
    done = apply(target, ROLE, **values, nvidia_driver_reboot=True)
    assert done.rc == 0, done.text

    # F01: a program that ends well proves no GPU
    shell_script(target, "/usr/bin/nvidia-smi", "echo No devices were found")
    assert refused(apply(target, ROLE, **values), "nvidia-smi shows no GPU (exit code 0): No devices were found")
    # F14
    refusal = "modprobe: ERROR: could not insert 'nvidia': Key was rejected by service"
    shell_script(target, "/usr/local/sbin/modprobe", f'echo "{refusal}" >&2; exit 1')
    assert refused(apply(target, ROLE, **values), "Secure Boot is on and does not know the module's key. Enrol it")

    # F29: what has booted together with the controller is the controller; without nspawn's cover the container shows its id
    out(target, f"sudo rm -r /lib/modules/{running}; sudo umount /proc/sys/kernel/random/boot_id")
    assert out(target, "cat /proc/sys/kernel/random/boot_id") == Path("/proc/sys/kernel/random/boot_id").read_text().strip()
    local = apply(target, ROLE, **values, nvidia_driver_reboot=True)
    assert refused(local, "Ansible runs on this very machine, so it does not do that. Run `sudo systemctl reboot`")
