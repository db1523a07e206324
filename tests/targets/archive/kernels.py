"""Kernel packages: images, modules, headers and the metas that follow them."""

from collections.abc import Iterator

from tests.targets.archive.deb import STAND_IN, File, Package, text
from tests.targets.archive.kernel_module import module
from tests.targets.archive.releases import Kernel

# /etc/kernel/postinst.d of update-notifier-common does this on the real ones.
_REBOOT = "echo '*** System restart required ***' > /var/run/reboot-required\necho {name} >> /var/run/reboot-required.pkgs"
_INITRD = "if command -v update-initramfs > /dev/null; then update-initramfs -{flag} -k {release}; fi"


def kernel(of: Kernel, abi: int) -> Iterator[Package]:
    """The packages of one ABI."""
    release, version = of.release(abi), of.version(abi)
    image, modules, extra = (f"linux-{part}-{release}" for part in ("image", "modules", "modules-extra"))
    folder, mark = f"/lib/modules/{release}", text(f"{STAND_IN}\n")
    depmod = {"postinst": f"depmod {release}"}
    yield Package(
        image,
        version,
        depends=("kmod", f"{modules} (= {version})"),
        provides=("linux-image",),
        section="kernel",
        files={f"/boot/vmlinuz-{release}": mark},
        scripts={
            "postinst": _INITRD.format(flag="c", release=release) + "\n" + _REBOOT.format(name=image),
            "postrm": f"rm -f /boot/initrd.img-{release}",
        },
    )
    files = {f"{folder}/modules.builtin": File(), f"{folder}/modules.order": File(), f"/boot/config-{release}": mark}
    yield Package(modules, version, section="kernel", files=files, scripts=depmod)
    nouveau = File(module("nouveau", "", release, "GPL and additional rights"))
    path = f"{folder}/kernel/drivers/gpu/drm/nouveau/nouveau.ko"
    yield Package(extra, version, depends=(f"{modules} (= {version})",), section="kernel", files={path: nouveau}, scripts=depmod)
    yield headers(of, abi)


def headers(of: Kernel, abi: int) -> Package:
    """What dkms looks for before it builds: a tree with `include`, and `build` pointing to it."""
    release = of.release(abi)
    tree = f"/usr/src/linux-headers-{release}"
    files = {f"{tree}/{name}": text(f"# {STAND_IN}\n") for name in ("Makefile", ".config", "include/generated/autoconf.h")}
    link = File(link=tree, mode=0o777)
    return Package(
        f"linux-headers-{release}",
        of.version(abi),
        provides=("linux-headers",),
        section="devel",
        files={**files, f"/lib/modules/{release}/build": link},
    )


def metas(of: Kernel, abi: int) -> Iterator[Package]:
    """The packages that make a machine follow the flavour."""
    release, version = of.release(abi), f"{of.base}.{abi}.{abi + 10}"
    image, headers_meta = f"linux-image-{of.meta}", f"linux-headers-{of.meta}"
    needs = (f"linux-image-{release}", f"linux-modules-extra-{release}")
    yield Package(image, version, depends=needs, section="kernel")
    yield Package(headers_meta, version, depends=(f"linux-headers-{release}",), section="kernel")
    both = (f"{image} (= {version})", f"{headers_meta} (= {version})")
    yield Package(f"linux-{of.meta}", version, depends=both, section="kernel")
