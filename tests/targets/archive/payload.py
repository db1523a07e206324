"""What packages leave on a machine beyond their names: the files and maintainer scripts that roles and checks look at."""

from tests.targets.archive.deb import STAND_IN, File, Package, program, text
from tests.targets.archive.kernel_module import module

MODULES = ("nvidia", "nvidia-drm", "nvidia-modeset", "nvidia-peermem", "nvidia-uvm")
CANONICAL = "Canonical Ltd. Kernel Module Signing"

# There is no GPU behind it, so it fails as the real one does without a loaded driver. Where a machine has a stand-in card on its
# PCI bus, and a stand-in module has it, it answers what the driver's role asks.
_NVIDIA_SMI = f"""#!/bin/sh
# {STAND_IN}, driver {{version}}
if [ -e /sys/bus/pci/drivers/nvidia/0000:01:00.0 ] && [ "$(cat /sys/module/nvidia/version)" = {{version}} ]; then
  case $* in
    --list-gpus) echo "GPU 0: {STAND_IN} (UUID: GPU-00000000-0000-0000-0000-000000000000)" && exit ;;
    "--query-gpu=persistence_mode --format=csv,noheader") echo Enabled && exit ;;
    "--query-gpu=compute_cap --format=csv,noheader") echo 8.6 && exit ;;
    --query-gpu=index,name,uuid,memory.total,mig.mode.current,driver_version*)
      echo "0, {STAND_IN}, GPU-00000000-0000-0000-0000-000000000000, 24576, [N/A], {{version}}" && exit ;;
  esac
fi
echo "NVIDIA-SMI has failed because it couldn't communicate with the NVIDIA driver. Make sure that the latest NVIDIA driver is" \\
  "installed and running."
echo "({STAND_IN}: there is no GPU)" >&2
exit 9
"""
_DAEMON = f"#!/bin/sh\n# {STAND_IN}\nexec sleep infinity\n"

# As Canonical's unit: on, but with persistence mode off.
_PERSISTENCED = f"""# {STAND_IN}
[Unit]
Description=NVIDIA Persistence Daemon
StopWhenUnneeded=true

[Service]
Type=simple
ExecStart=/usr/bin/nvidia-persistenced --user nvidia-persistenced --no-persistence-mode --verbose
"""
_BLACKLIST = f"""# {STAND_IN}
blacklist nouveau
blacklist lbm-nouveau
blacklist nova
blacklist nova_core
alias nouveau off
alias lbm-nouveau off
"""
_INITRD = "if command -v update-initramfs > /dev/null; then update-initramfs -u; fi"
_USER = "id nvidia-persistenced > /dev/null 2>&1 || useradd --system --home / --shell /sbin/nologin nvidia-persistenced"
_NO_USER = "case $1 in remove | purge) userdel nvidia-persistenced 2> /dev/null || true ;; esac"


def of(name: str, version: str) -> dict[str, File]:
    """Files of a driver package, by its name without the branch."""
    library = "/usr/lib/x86_64-linux-gnu"
    match name:
        case "nvidia-utils":
            return {"/usr/bin/nvidia-smi": program(_NVIDIA_SMI.format(version=version))}
        case "nvidia-compute-utils" | "nvidia-persistenced":
            return {
                "/usr/bin/nvidia-persistenced": program(_DAEMON),
                "/usr/lib/systemd/system/nvidia-persistenced.service": text(_PERSISTENCED),
            }
        case "nvidia-kernel-common":
            return {"/lib/modprobe.d/nvidia-graphics-drivers.conf": text(_BLACKLIST)}
        case "libnvidia-compute":
            names = (f"libcuda.so.{version}", f"libnvidia-ml.so.{version}")
            links = {f"{library}/{each.partition('.so')[0]}.so.1": File(link=each, mode=0o777) for each in names}
            return {**links, **{f"{library}/{each}": text(f"{STAND_IN}\n") for each in names}}
    return {}


def scripts(name: str) -> dict[str, str]:
    """Maintainer scripts of a driver package, by its name without the branch."""
    if name == "nvidia-kernel-common":
        return {"postinst": _INITRD, "postrm": _INITRD}
    return {"postinst": _USER, "postrm": _NO_USER} if name in {"nvidia-compute-utils", "nvidia-persistenced"} else {}


def _licence(*, opened: bool) -> str:
    """By which the two kinds of modules are told apart."""
    return "Dual MIT/GPL" if opened else "NVIDIA"


def unit(name: str, description: str) -> dict[str, File]:
    """A service that does nothing, and its program."""
    body = f"# {STAND_IN}\n[Unit]\nDescription={description}\n\n[Service]\nExecStart=/usr/bin/{name}\n\n"
    path = f"/usr/lib/systemd/system/{name}.service"
    return {path: text(f"{body}[Install]\nWantedBy=multi-user.target\n"), f"/usr/bin/{name}": program(_DAEMON)}


def dkms_source(version: str, *, opened: bool) -> dict[str, File]:
    """Source for the real dkms: its `make` copies modules that are made already, so building takes no compiler."""
    folder = f"/usr/src/nvidia-{version}"
    lines = [f'PACKAGE_NAME="nvidia"\nPACKAGE_VERSION="{version}"\nAUTOINSTALL="yes"\nMAKE="cp made/*.ko ."\nCLEAN="true"']
    for number, name in enumerate(MODULES):
        places = f'BUILT_MODULE_NAME[{number}]="{name}"\nDEST_MODULE_LOCATION[{number}]="/updates/dkms"'
        lines.append(f'{places}\nSTRIP[{number}]="no"')
    made = {f"{folder}/made/{name}.ko": File(module(name, version, "any", _licence(opened=opened))) for name in MODULES}
    return {f"{folder}/dkms.conf": text(f"# {STAND_IN}\n" + "\n".join(lines) + "\n"), **made}


def dkms_scripts(version: str) -> dict[str, str]:
    """Builds for every kernel whose headers are there; a build that fails fails the installation, as with the real ones."""
    build = f'dkms install --force -m nvidia -v {version} -k "$(basename "${{tree%/build}}")"'
    loop = f'for tree in /lib/modules/*/build; do\n  [ -d "$tree/include" ] || continue\n  {build}\ndone'
    add = f"dkms status -m nvidia -v {version} | grep -q . || dkms add -m nvidia -v {version}"
    guard = '[ "$1" = configure ] || exit 0'
    return {
        "postinst": f"{guard}\n{add}\n{loop}",
        "prerm": f"dkms remove -m nvidia -v {version} --all || true",
    }


def prebuilt(flavour: str, release: str, version: str) -> dict[str, File]:
    """The parts that Canonical's packages link into signed modules when they are installed."""
    folder = f"/lib/modules/{release}/kernel/nvidia-{flavour}/bits"
    licence = _licence(opened=flavour.endswith("-open"))
    return {f"{folder}/{name}.o": File(module(name, version, release, licence, CANONICAL)) for name in MODULES}


def prebuilt_scripts(flavour: str, release: str) -> dict[str, str]:
    """Makes the modules of their parts, and takes them away with the package: dpkg knows nothing of them."""
    folder = f"/lib/modules/{release}/kernel/nvidia-{flavour}"
    make = f'for part in {folder}/bits/*.o; do\n  cp "$part" "{folder}/$(basename "$part" .o).ko"\ndone\ndepmod {release}'
    return {"postinst": make, "prerm": f"rm -f {folder}/*.ko\ndepmod {release} || true"}


def tools(release_number: str) -> tuple[Package, ...]:
    """`update-initramfs` and its reader: the image is a tar of /etc/modprobe.d and /lib/modprobe.d."""
    update = f"""#!/bin/sh
# {STAND_IN}
set -e
all=
while getopts cudk:v flag; do
  case $flag in k) all=$OPTARG ;; *) ;; esac
done
[ -n "$all" ] && [ "$all" != all ] || all=$(cd /boot && ls vmlinuz-* 2> /dev/null | sed 's/^vmlinuz-//')
for release in $all; do
  echo "update-initramfs: Generating /boot/initrd.img-$release ({STAND_IN})"
  tar -C / -cf "/boot/initrd.img-$release" $(cd / && ls -d etc/modprobe.d lib/modprobe.d usr/lib/modprobe.d 2> /dev/null)
done
"""
    version = f"0.142ubuntu{release_number}"
    files = {
        "/usr/sbin/update-initramfs": program(update),
        "/usr/bin/lsinitramfs": program(f'#!/bin/sh\n# {STAND_IN}\nexec tar -tf "$@"\n'),
        "/usr/bin/unmkinitramfs": program(f'#!/bin/sh\n# {STAND_IN}\nexec tar -C "$2" -xf "$1"\n'),
    }
    return (Package("initramfs-tools", version, section="utils", files=files),)
