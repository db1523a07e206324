"""Makes a root file system Ubuntu-shaped: what it says it is, its package sources, its kernel, and the sites it knows.

The programs stay Debian's. What it is good for and what it is not: `tests/targets/README.md`.
"""

import shutil
import zlib
from pathlib import Path

from tests.targets.archive import RELEASES, Release, tree
from tests.targets.archive.publish import digest
from tests.targets.archive.signing import SITES, dearmored
from tests.targets.system import run, write

SHAPES = tuple(RELEASES)
HOSTS = "".join(f"127.0.0.1 {name}\n" for name in SITES)

_INSIDE = Path(__file__).with_name("inside")
_SETUP = Path(__file__).with_name("setup-ubuntu.sh")
_COMPONENTS = "main restricted universe multiverse"
# Base packages that the stand-in lacks come from Debian, where Ubuntu's would be: they are the wish of last resort.
_LAST_RESORT = "Package: *\nPin: release o=Debian\nPin-Priority: 100\n"
_DEBIAN_VERSION = {"jammy": "bookworm/sid", "noble": "trixie/sid"}


def version() -> str:
    """Changes with everything that decides what an Ubuntu-shaped machine holds."""
    own = b"".join(path.read_bytes() for path in (Path(__file__), _SETUP, *sorted(_INSIDE.iterdir())))
    return digest() + format(zlib.crc32(own), "08x")


def shape(root: Path, codename: str) -> None:
    """Turn the Debian root file system below `root` into an Ubuntu-shaped one."""
    release = RELEASES[codename]
    built = tree(release)
    place = root / "srv/stand-in"
    shutil.copytree(built, place, symlinks=True)
    (place / "site").symlink_to("www/now")
    for path in _INSIDE.iterdir():
        name = f"stand-in-{path.name}" if path.suffix == ".service" else path.name
        shutil.copyfile(path, place / name)
    shutil.copyfile(built / "keys/site.pem", root / "usr/local/share/ca-certificates/stand-in.crt")
    _names(root, release)
    _sources(root, release, (built / "keys/ubuntu.asc").read_text())
    kernel = release.kernels[0]
    run("chroot", root, "/bin/sh", "-s", kernel.release(kernel.abi), str(kernel.abi), stdin=_SETUP.read_text())


def _names(root: Path, release: Release) -> None:
    (root / "etc/os-release").unlink()
    write(root / "usr/lib/os-release", release.os_release)
    (root / "etc/os-release").symlink_to("../usr/lib/os-release")
    title = f"Ubuntu {release.number}.5 LTS"
    lines = {"ID": "Ubuntu", "RELEASE": release.number, "CODENAME": release.codename, "DESCRIPTION": f'"{title}"'}
    write(root / "etc/lsb-release", "".join(f"DISTRIB_{key}={value}\n" for key, value in lines.items()))
    write(root / "etc/issue", f"{title} (rigprov test stand-in) \\n \\l\n\n")
    write(root / "etc/debian_version", _DEBIAN_VERSION[release.codename] + "\n")


def _sources(root: Path, release: Release, armored: str) -> None:
    apt = root / "etc/apt"
    (apt / "sources.list.d/debian.sources").rename(apt / "sources.list.d/stand-in-base.sources")
    write(apt / "preferences.d/stand-in-base", _LAST_RESORT)
    suites = [f"{release.codename}{pocket}" for pocket in ("", "-updates", "-security")]
    sites = ["archive", "archive", "security"]
    if release.codename == "jammy":
        (apt / "trusted.gpg.d/ubuntu-keyring-2018-archive.gpg").write_bytes(dearmored(armored))
        lines = [
            f"deb http://{site}.ubuntu.com/ubuntu {suite} {_COMPONENTS}\n" for site, suite in zip(sites, suites, strict=True)
        ]
        write(apt / "sources.list", "".join(lines))
        return
    keyring = "usr/share/keyrings/ubuntu-archive-keyring.gpg"
    (root / keyring).write_bytes(dearmored(armored))
    stanzas = {"archive": f"{suites[0]} {suites[1]}", "security": suites[2]}
    form = "Types: deb\nURIs: http://{}.ubuntu.com/ubuntu/\nSuites: {}\nComponents: {}\nSigned-By: /{}\n"
    text = "\n".join(form.format(site, names, _COMPONENTS, keyring) for site, names in stanzas.items())
    write(apt / "sources.list.d/ubuntu.sources", text)
