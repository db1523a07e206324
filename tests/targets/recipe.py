"""What goes into the root file system: Debian 12 as a fresh cloud image brings it, and what the controller knows.

The mirror and the extra certificate authorities are read from this machine when a root file system is built.
"""

import hashlib
import re
import shlex
from dataclasses import dataclass
from functools import cache
from pathlib import Path

from tests.targets.system import TargetError, run

SUITE = "bookworm"

_PACKAGES = """
    systemd-sysv dbus udev libpam-systemd systemd-resolved systemd-timesyncd polkitd
    openssh-server sudo python3 python3-apt
    iproute2 iputils-ping netbase ca-certificates curl gnupg apt-utils lsb-release
    kmod pciutils procps less cron locales fdisk parted xfsprogs
"""

# Without these a machine is what a minimal image is: nothing that Ansible could run on.
BARE_WITHOUT = ("python3-minimal", "python3.11-minimal", "libpython3.11-minimal", "lsb-release")

_SYSTEM_BUNDLE = Path("/etc/ssl/certs/ca-certificates.crt")
_PEM = re.compile(r"-----BEGIN CERTIFICATE-----.+?-----END CERTIFICATE-----\n?", re.DOTALL)


@dataclass(frozen=True)
class Recipe:
    """Everything that decides what a root file system holds."""

    packages: tuple[str, ...]
    sources: str  # deb822
    apt_options: tuple[str, ...]
    authorities: tuple[str, ...]  # PEM
    setup: str  # shell script run inside, as root

    def digest(self) -> str:
        """Name of the cached result: another recipe, another name."""
        return hashlib.sha256(repr(self).encode()).hexdigest()[:12]


@cache
def recipe() -> Recipe:
    """Return the recipe for this machine."""
    return Recipe(
        packages=tuple(_PACKAGES.split()),
        sources=_sources(),
        apt_options=_proxies(),
        authorities=_extra_authorities(),
        setup=Path(__file__).with_name("setup-rootfs.sh").read_text(),
    )


def _sources() -> str:
    """The Debian mirrors of this machine's own apt configuration, for our suite."""
    release = dict(line.split("=", 1) for line in shlex.split(Path("/etc/os-release").read_text(), comments=True) if "=" in line)
    own = release.get("VERSION_CODENAME", SUITE)
    # apt's reading of its configuration alone; with the package lists it takes a second
    quick = ("-o", "Dir::State::lists=/nonexistent/", "-o", "Dir::State::status=/dev/null")
    shape = "$(REPO_URI) $(RELEASE) $(COMPONENT)"
    listing = run("apt-get", *quick, "indextargets", "--no-release-info", "--format", shape, "Created-By: Packages")
    found: dict[str, str] = {}
    for line in listing.splitlines():
        uri, name, component = line.split()
        kind = name.removeprefix(own)
        if name.startswith(own) and kind in ("", "-updates", "-security") and component == "main":
            found.setdefault(kind, uri)
    if "" not in found:
        raise TargetError(f"apt on this machine has no source for {own} main, so there is no Debian mirror to build from")
    keyring = "/usr/share/keyrings/debian-archive-keyring.gpg"
    return "\n".join(
        f"Types: deb\nURIs: {uri}\nSuites: {SUITE}{kind}\nComponents: main\nSigned-By: {keyring}\n"
        for kind, uri in sorted(found.items())
    )


def _proxies() -> tuple[str, ...]:
    """The apt proxies of this machine, as apt.conf lines."""
    lines = run("apt-config", "dump", "--format", '%f "%v";%n').splitlines()
    return tuple(line for line in lines if re.match(r"Acquire::https?::Proxy\b.* \"[^\"]", line))


def _extra_authorities() -> tuple[str, ...]:
    """Certificate authorities that this machine trusts beyond Debian's own list (a company's proxy, for one).

    A throw-away machine trusts what its controller trusts, or it could not reach what the controller reaches.
    """
    if not _SYSTEM_BUNDLE.exists():
        return ()
    shipped: set[str] = set()
    for path in Path("/usr/share/ca-certificates").rglob("*.crt"):
        shipped.update(map(str.strip, _PEM.findall(path.read_text(errors="replace"))))
    ours = map(str.strip, _PEM.findall(_SYSTEM_BUNDLE.read_text(errors="replace")))
    return tuple(sorted(set(ours) - shipped))
