"""What stops a plan before any role is thought of."""

from dataclasses import replace

import pytest

from rigprov.model.host import Memory, OsRelease, Privilege
from rigprov.model.plan import Blocker
from rigprov.plan import needs, storage
from rigprov.tiers import INTERMEDIATE, STARTER
from tests.unit.plan.hosts import RTX_3090, case, container, driver, mount, package, rig, unread


def decide(facts, tier=STARTER, **consent):
    made = case(facts, tier=tier, **consent)
    return needs.decide(made, storage.choose(made))


@pytest.mark.parametrize(
    ("facts", "blocker"),
    [
        (
            rig(os=OsRelease("fedora", "43", "", (), "Fedora Linux 43")),
            Blocker(
                "os-unsupported",
                "Fedora Linux 43 is neither Debian nor Ubuntu, nor built on them",
                "use Ubuntu 22.04 or Debian 12, or newer",
            ),
        ),
        (
            rig(privilege=Privilege("ada", "none")),
            Blocker(
                "no-root", "user ada may not become root on this host", "log in as root, or give ada sudo: `usermod -aG sudo ada`"
            ),
        ),
        (
            rig(privilege=Privilege("ada", "sudo-password")),
            Blocker("sudo-password", "sudo asks user ada for a password", "give it with --ask-become-pass"),
        ),
        (
            rig(memory=Memory(1900, 1500)),
            Blocker(
                "ram-short",
                "tier starter needs 4 GiB of RAM, has 1.9 GiB",
                "add at least 2.1 GiB, or take a smaller tier",
            ),
        ),
        (
            rig(mounts=(mount(size=5),)),
            Blocker(
                "disk-short",
                "tier starter needs 10 GB of disk for /srv/models, / has 5.0 GiB",
                "mount a larger file system and name it: --set models.path=/data/models",
            ),
        ),
    ],
)
def test_blockers(facts, blocker):
    assert decide(facts) == ((blocker,), ())


@pytest.mark.parametrize(
    ("facts", "consent"),
    [
        (rig(), {}),
        (rig(os=OsRelease("linuxmint", "22", "wilma", ("ubuntu", "debian"), "Linux Mint 22")), {}),
        (rig(privilege=Privilege("ada", "sudo-password")), {"sudo_password": True}),
        (rig(privilege=Privilege("root", "root")), {}),
    ],
)
def test_nothing_in_the_way(facts, consent):
    assert decide(facts, **consent) == ((), ())


def test_a_host_without_gpu_misses_each_need_of_the_gpu_tier_by_an_amount():
    blockers, _ = decide(replace(rig(), mounts=(mount(size=100),)), INTERMEDIATE)
    assert blockers == (
        Blocker(
            "ram-short", "tier intermediate needs 64 GiB of RAM, has 15.5 GiB", "add at least 48.5 GiB, or take a smaller tier"
        ),
        Blocker(
            "disk-short",
            "tier intermediate needs 500 GB of disk for /srv/models, / has 100.0 GiB",
            "mount a larger file system and name it: --set models.path=/data/models",
        ),
        Blocker(
            "gpu-short",
            "tier intermediate needs 1 GPU with 24 GiB of VRAM, has none",
            "put one in, pass one through to this virtual machine, or take the tier starter",
        ),
    )


@pytest.mark.parametrize(
    ("changes", "warning"),
    [
        ({"reboot_required": ("linux-image-6.8.0-50",)}, "a reboot is pending on this host already (linux-image-6.8.0-50)"),
        ({"reboot_required": ()}, "a reboot is pending on this host already (no package named)"),
        (
            {"apt_lock_holder": "unattended-upgr (pid 812)"},
            "unattended-upgr (pid 812) holds apt's lock just now; apply waits for it",
        ),
        (
            {"packages": (package("docker.io", "iF"), package("curl"))},
            "a package operation was cut off here: docker.io (half-configured); apply lets dpkg finish it",
        ),
    ],
)
def test_f20_what_is_odd_without_stopping_anything(changes, warning):
    assert decide(rig(**changes)) == ((), (warning,))


def test_what_could_not_be_read_is_a_warning_and_no_blocker():
    facts = rig(memory=Memory(64100, 60000), pci=unread("no /sys"), mounts=unread("no findmnt"))
    assert decide(facts, INTERMEDIATE) == (
        (),
        (
            "tier intermediate needs 500 GB of disk, and the mounts could not be read: no findmnt",
            "tier intermediate needs 1 GPU with 24 GiB of VRAM, and which it has could not be read: no /sys",
        ),
    )


def test_real_hardware_of_the_intermediate_tier_fits():
    facts = rig(memory=Memory(64102, 60000), pci=(RTX_3090,), mounts=(mount(size=457, free=420),))
    assert decide(facts, INTERMEDIATE) == ((), ())


def test_a_rented_containers_disk_is_as_large_as_was_asked_for():
    facts = container(provider="runpod", memory=Memory(64102, 60000), mounts=(mount(size=100),), nvidia=driver(24576))
    assert decide(facts, INTERMEDIATE) == (
        (),
        (
            "tier intermediate needs 500 GB of disk for /srv/models, / has 100.0 GiB; "
            "enough in a container for Qwen3 30B-A3B (19.3 GiB)",
        ),
    )


def test_a_rented_container_that_holds_no_model_is_blocked():
    facts = container(provider="runpod", memory=Memory(64102, 60000), mounts=(mount(size=10),), nvidia=driver(24576))
    assert [blocker.code for blocker in decide(facts, INTERMEDIATE)[0]] == ["disk-short"]
