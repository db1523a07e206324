"""Ubuntu-shaped machines: apt itself is real, and the stand-in repositories give it the problems of the real ones."""

from collections.abc import Iterator

import pytest

from rigprov.apply.causes import explain
from tests.live.play import out
from tests.live.ubuntu_shaped import (
    APT,
    CUDA,
    CUDA_SITE,
    KEYS,
    add_cuda_repository,
    candidate,
    fetch_cuda_lists,
    installed,
    let_later_come,
    reboot,
    remove_cuda_repository,
    simulated,
    ubuntu_shaped,
)
from tests.targets import Target

pytestmark = pytest.mark.live

FAULTY = f"https://{CUDA_SITE}/faulty"
UBUNTU_580 = "580.159.04-0ubuntu0.22.04.1"
SERVER = "nvidia-headless-no-dkms-580-server-open linux-modules-nvidia-580-server-open-generic"


@pytest.fixture(scope="module")
def jammy() -> Iterator[Target]:
    """The tests below build on one another in this order."""
    with ubuntu_shaped("jammy", base=False) as target:
        yield target


def test_it_says_that_it_is_ubuntu_and_that_it_is_a_stand_in(jammy: Target) -> None:
    assert out(jammy, "lsb_release -ds; uname -r; cat /etc/debian_version /proc/sys/kernel/osrelease") == (
        "Ubuntu 22.04.5 LTS\n5.15.0-190-generic\nbookworm/sid\n5.15.0-190-generic"
    )
    assert "stand-in" in out(jammy, "cat /proc/version")
    for site in ("http://archive.ubuntu.com/ubuntu/", f"{CUDA['jammy']}/", "https://download.docker.com/linux/ubuntu/"):
        assert "rigprov-test-stand-in" in out(jammy, f"curl -sSI {site}")
    assert "stand-in" in out(jammy, "grep -h ^Description: /var/lib/apt/lists/*jammy-updates*Release")
    assert out(jammy, "systemctl is-system-running") == "running"


@pytest.mark.parametrize(("key", "accepted"), [("stranger", False), ("docker", False), ("cuda", True)])
def test_a_repository_is_trusted_by_its_own_key_alone(jammy: Target, key: str, accepted: bool) -> None:
    add_cuda_repository(jammy, "jammy", key)
    done = fetch_cuda_lists(jammy)
    remove_cuda_repository(jammy)

    assert (done.returncode == 0) == accepted, done.stdout + done.stderr
    assert ("NO_PUBKEY" in done.stderr) != accepted


def refusal(target: Target, fault: str) -> str:
    """What apt says of a faulty repository, of which it must not know a package afterwards."""
    entry = f"deb [signed-by={KEYS}/cuda.asc] {FAULTY}/{fault} /"
    out(target, f"echo '{entry}' | sudo tee /etc/apt/sources.list.d/cuda.list")
    done = fetch_cuda_lists(target)
    sample = candidate(target, "stand-in-sample")
    remove_cuda_repository(target)
    assert (done.returncode, sample) == (100, ""), done.stdout
    return done.stderr


@pytest.mark.parametrize(
    ("fault", "cause"),
    [
        ("unsigned", f"there is no package repository at {FAULTY}/unsigned that apt could trust"),
        ("absent", f"there is no package repository at {FAULTY}/absent that apt could trust"),
        ("expired", f"the index of the package repository {FAULTY}/expired/InRelease has expired"),
    ],
)
def test_a_faulty_repository_is_refused_and_the_cause_is_known(jammy: Target, fault: str, cause: str) -> None:
    assert explain({"msg": refusal(jammy, fault)}).message == cause


def test_f27_nvidias_key_of_before_2022_is_recognised(jammy: Target) -> None:
    said = refusal(jammy, "retired-key")

    assert "NO_PUBKEY A4B469963BF863CC" in said
    assert explain({"msg": said}).message.startswith("apt lacks the key A4B469963BF863CC with which NVIDIA signs its CUDA")


def test_f28_a_signature_by_sha1_is_the_vendors_to_mend(jammy: Target) -> None:
    said = explain({"msg": refusal(jammy, "sha1")})

    assert said.message.startswith("the signature of a package repository is not valid for apt: of a kind that it no longer")
    assert said.fix.startswith("only the vendor can mend that")


def test_f15_a_branch_that_became_transitional_brings_the_next_one(jammy: Target) -> None:
    off = r"sudo sed -i.all -e '/jammy-/s/^/# /' /etc/apt/sources.list"
    out(jammy, f"{off} && {APT} update && {APT} install nvidia-headless-no-dkms-570 linux-modules-nvidia-570-generic")
    assert installed(jammy, "libnvidia-compute-*") == {"libnvidia-compute-570": "570.133.20-0ubuntu0.22.04.1"}

    out(jammy, f"sudo mv /etc/apt/sources.list.all /etc/apt/sources.list && {APT} update && {APT} dist-upgrade")

    assert installed(jammy, "libnvidia-compute-*") == {
        "libnvidia-compute-570": "580.173.02-0ubuntu0.22.04.1",
        "libnvidia-compute-580": "580.173.02-0ubuntu0.22.04.1",
    }
    modules = "/lib/modules/5.15.0-190-generic"
    assert (
        out(jammy, f"ls {modules}/kernel/nvidia-580/*.ko | wc -l; ls -d {modules}/kernel/nvidia-570/*.ko 2>&1 | wc -l") == "5\n1"
    )
    out(jammy, f"{APT} purge '*nvidia*'")


def test_f04_a_branch_that_is_not_offered_has_no_candidate(jammy: Target) -> None:
    assert candidate(jammy, "nvidia-driver-515") == ""
    assert candidate(jammy, "nvidia-dkms-kernel") == "(none)"
    refused = jammy.run(f"{APT} install nvidia-driver-515")
    assert (refused.returncode, "Unable to locate package nvidia-driver-515" in refused.stderr) == (100, True)


def test_ubuntu_drivers_answers_in_the_documented_form(jammy: Target) -> None:
    server = out(jammy, "ubuntu-drivers list --gpgpu").splitlines()
    assert server[0] == "nvidia-driver-595-server-open, (kernel modules provided by linux-modules-nvidia-595-server-open-generic)"
    assert [line.partition(",")[0].removeprefix("nvidia-driver-") for line in server] == [
        *("595-server-open", "595-server", "580-server-open", "580-server", "535-server-open", "535-server"),
    ]
    assert out(jammy, "ubuntu-drivers list --recommended --gpgpu") == (
        "nvidia-driver-595-server-open linux-modules-nvidia-595-server-open-generic"
    )


def test_prebuilt_modules_leave_what_the_real_ones_leave(jammy: Target) -> None:
    out(jammy, f"{APT} install --no-install-recommends {SERVER} nvidia-utils-580-server")

    about = "/sbin/modinfo -k $(uname -r) -F"
    assert out(jammy, f"{about} version nvidia; {about} signer nvidia; {about} description nvidia-uvm") == (
        "580.159.04\nCanonical Ltd. Kernel Module Signing\nrigprov test stand-in for nvidia-uvm, empty"
    )
    assert "blacklist nouveau" in out(jammy, "cat /lib/modprobe.d/nvidia-graphics-drivers.conf")
    assert "lib/modprobe.d/nvidia-graphics-drivers.conf" in out(jammy, "lsinitramfs /boot/initrd.img-$(uname -r)")
    assert "--no-persistence-mode" in out(jammy, "systemctl cat nvidia-persistenced")
    asked = jammy.run("nvidia-smi")
    assert (asked.returncode, "stand-in: there is no GPU" in asked.stderr) == (9, True)


def test_f06_moving_to_another_branch_shows_what_leaves(jammy: Target) -> None:
    moved = SERVER.replace("580", "595")
    plan = simulated(jammy, f"install {moved} nvidia-utils-595-server")

    assert {"libnvidia-compute-580-server", "nvidia-kernel-common-580-server", "nvidia-utils-580-server"} <= set(plan["Remv"])
    assert {"libnvidia-compute-595-server", "nvidia-utils-595-server"} <= set(plan["Inst"])
    out(jammy, f"sudo apt-mark hold {SERVER} nvidia-utils-580-server libnvidia-compute-580-server")
    refused = jammy.run(f"{APT} install {moved}")
    assert (refused.returncode, "held" in refused.stdout + refused.stderr) == (100, True)


def test_nvidias_own_repository_is_kept_out_by_a_pin(jammy: Target) -> None:
    package = "nvidia-driver-580-open"
    assert candidate(jammy, package) == "580.173.02-0ubuntu0.22.04.1"
    add_cuda_repository(jammy, "jammy")
    fetch_cuda_lists(jammy)
    assert candidate(jammy, package) == "580.173.02-0ubuntu1"

    pin = f"Package: nvidia-* libnvidia-* cuda-drivers*\\nPin: origin {CUDA_SITE}\\nPin-Priority: -1\\n"
    out(jammy, f"printf '{pin}' | sudo tee /etc/apt/preferences.d/test")
    assert candidate(jammy, package) == "580.173.02-0ubuntu0.22.04.1"
    assert candidate(jammy, "nvidia-open") == "(none)"
    assert candidate(jammy, "cuda-toolkit-12-9") == "12.9.1-1"
    assert not [name for name in simulated(jammy, "install cuda-cudart-dev-12-9 libcublas-dev-12-9")["Inst"] if "nvidia" in name]
    out(jammy, "sudo rm /etc/apt/preferences.d/test")


def test_a_pinning_package_chooses_the_branch(jammy: Target) -> None:
    assert candidate(jammy, "nvidia-open") == "610.43.02-1ubuntu1"
    out(jammy, f"{APT} install nvidia-driver-pinning-595")
    assert candidate(jammy, "nvidia-open") == "595.71.05-1ubuntu1"
    # the file of the one that leaves is a setting: only a purge takes it out
    out(jammy, f"{APT} install nvidia-driver-pinning-590")
    assert candidate(jammy, "nvidia-open") == "595.71.05-1ubuntu1"
    out(jammy, f"{APT} purge nvidia-driver-pinning-595")
    assert installed(jammy, "nvidia-driver-pinning-*") == {"nvidia-driver-pinning-590": "590.48.01-1"}
    assert candidate(jammy, "nvidia-open") == "590.48.01-1ubuntu1"
    out(jammy, f"{APT} purge 'nvidia-driver-pinning-*'")
    remove_cuda_repository(jammy)


def test_held_packages_stay_when_newer_ones_come(jammy: Target) -> None:
    before = installed(jammy, "*nvidia*")
    assert before["libnvidia-compute-580-server"] == UBUNTU_580
    let_later_come(jammy)
    names = " ".join(before)
    out(jammy, f"sudo apt-mark unhold {names} > /dev/null")
    assert "libnvidia-compute-580-server" in simulated(jammy, "dist-upgrade")["Inst"]

    out(jammy, f"sudo apt-mark hold {names} linux-image-generic linux-headers-generic linux-generic && {APT} dist-upgrade")
    assert installed(jammy, "*nvidia*") == before


def test_a_new_kernel_asks_for_a_reboot_and_is_booted(jammy: Target) -> None:
    out(jammy, "test ! -e /var/run/reboot-required && sudo apt-mark unhold $(apt-mark showhold) > /dev/null")
    out(jammy, f"{APT} dist-upgrade")
    assert out(jammy, "uname -r; cat /var/run/reboot-required.pkgs") == "5.15.0-190-generic\nlinux-image-5.15.0-191-generic"

    reboot(jammy)
    assert out(jammy, "uname -r; ls /var/run/reboot-required 2> /dev/null | wc -l") == "5.15.0-191-generic\n0"
    assert out(jammy, "/sbin/modinfo -k $(uname -r) -F version nvidia") == "580.178.04"
