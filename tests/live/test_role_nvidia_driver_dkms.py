"""Role nvidia_driver where DKMS cannot build. The module is a stand-in of a few lines, everything else is real."""

from typing import Any

import pytest

from tests.live.local_packages import Package, offer
from tests.live.play import apply, out, rollback
from tests.live.test_role_nvidia_driver_stand_ins import CUDA, PERSISTENCED, ROLE
from tests.targets import Target

pytestmark = [pytest.mark.live, pytest.mark.nightly]  # fetches a compiler and a kernel's headers

SOURCE = "/usr/src/nvidia-current-535.1"
CONF = """PACKAGE_NAME="nvidia-current"
PACKAGE_VERSION="535.1"
BUILT_MODULE_NAME[0]="nvidia-current"
DEST_MODULE_LOCATION[0]="/updates/dkms"
MAKE[0]="make -C $kernel_source_dir M=$dkms_tree/$PACKAGE_NAME/$PACKAGE_VERSION/build modules"
AUTOINSTALL="yes"
"""
WORKS = '#include <linux/module.h>\nMODULE_LICENSE("NVIDIA");\nMODULE_VERSION("535.1");\n'
# as Debian's packages do it
BUILDS = """[ "$1" = configure ] || exit 0
exec /usr/lib/dkms/common.postinst nvidia-current 535.1 /usr/share/nvidia-current '' "$2"
"""
LEAVES = "dkms remove -m nvidia-current -v 535.1 --all > /dev/null 2>&1; exit 0"


def driver(code: str) -> Package:
    files = {f"{SOURCE}/dkms.conf": CONF, f"{SOURCE}/Makefile": "obj-m := nvidia-current.o\n", f"{SOURCE}/nvidia-current.c": code}
    return Package("nvidia-kernel-dkms", "535.1", {"Depends": "dkms, libcuda1"}, files, {"postinst": BUILDS, "prerm": LEAVES})


def values(kernel: str, **other: Any) -> dict[str, Any]:
    return {
        "nvidia_driver_source": "debian",
        "nvidia_driver_branch": "535",
        "nvidia_driver_flavour": "proprietary",
        "nvidia_driver_modules": "dkms",
        "nvidia_driver_build_packages": ["gcc", "make", "dkms", "linux-headers-cloud-amd64"],
        "nvidia_driver_packages": ["nvidia-kernel-dkms", "nvidia-persistenced"],
        "nvidia_driver_kernels": [kernel],
        "nvidia_driver_load": False,
        **other,
    }


def test_f11_a_build_that_fails_is_named_and_finished_when_the_cause_is_mended(target: Target) -> None:
    offer(target, CUDA, PERSISTENCED, driver(WORKS + "#error unrecognized option\n"))
    kernel = out(target, "apt-cache depends linux-headers-cloud-amd64 | sed -n 's/.*Depends: linux-headers-//p'")

    failed = apply(target, ROLE, **values(kernel))
    assert failed.rc == 2
    assert "DKMS cannot build the driver, which leaves nvidia-kernel-dkms half-configured." in failed.words, failed.text
    assert "make.log ends: " in failed.words
    assert "error: #error unrecognized option" in failed.words
    assert out(target, "sudo dpkg --audit | grep -c nvidia-kernel-dkms") == "1"
    again = apply(target, ROLE, **values(kernel))
    assert (again.rc, "error: #error unrecognized option" in again.words) == (2, True), again.text

    out(target, f"sudo sed -i /#error/d {SOURCE}/nvidia-current.c")
    done = apply(target, ROLE, **values(kernel))
    assert done.rc == 0, done.text
    assert f", {kernel}, x86_64: installed" in out(target, "sudo dkms status")
    assert out(target, "sudo dpkg --audit") == ""
    assert apply(target, ROLE, **values(kernel)).verdict == (0, 0)

    # a kernel that came without a module: DKMS says "added" for it, or nothing
    out(target, f"sudo dkms uninstall nvidia-current/535.1 -k {kernel} > /dev/null")
    mended = apply(target, ROLE, **values(kernel))
    assert mended.rc == 0, mended.text
    assert f", {kernel}, x86_64: installed" in out(target, "sudo dkms status")
    other = apply(target, ROLE, **values(kernel, nvidia_driver_kernels=[kernel, "6.1.0-1-none"]))
    assert (other.rc, "There is no driver for 6.1.0-1-none: not known to DKMS." in other.words) == (2, True), other.text
    branch = apply(target, ROLE, **values(kernel, nvidia_driver_branch="470"))  # F15
    assert (branch.rc, "branch 470 was asked for, but the packages brought 535.1" in branch.words) == (2, True), branch.text

    assert rollback(target, ROLE).rc == 0
    assert out(target, "command -v dkms gcc; ls -d /usr/src/nvidia* /usr/src/linux-headers* 2>/dev/null; true") == ""
