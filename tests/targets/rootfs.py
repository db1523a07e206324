"""Cached root file systems and the disk images made of them.

`rootfs/<recipe>/` is what mmdebstrap built, once; `images/<recipe>-<kind>-<MiB>.img` is the ext4 disk that machines of one
size are copied from. Both are rebuilt when the recipe changes, and the old ones removed. Ubuntu-shaped ones also carry the
version of what makes them so.
"""

import shutil
import sys
import tempfile
import time
from pathlib import Path

from tests.targets import ubuntu
from tests.targets.disk import mounted
from tests.targets.recipe import BARE_WITHOUT, SUITE, Recipe, recipe
from tests.targets.system import home, locked, run, write

KINDS = ("standard", "bare", *ubuntu.SHAPES)


def key() -> Path:
    """The private SSH key that all throw-away machines accept; made on first use."""
    path = home() / "id_ed25519"
    with locked("key"):
        if not path.exists():
            run("ssh-keygen", "-q", "-t", "ed25519", "-N", "", "-C", "rigprov-tests", "-f", path)
    return path


def image(disk_mib: int, kind: str = "standard") -> Path:
    """Return a pristine disk image of that size, in MiB; build what is missing."""
    wanted = recipe()
    name = f"{kind}-{ubuntu.version()}" if kind in ubuntu.SHAPES else kind
    path = home() / "images" / f"{wanted.digest()}-{name}-{disk_mib}.img"
    with locked("rootfs"):
        if not path.exists():
            path.parent.mkdir(parents=True, exist_ok=True)
            _drop_old(wanted, kind, name)
            _make_image(tree(wanted, home() / "rootfs"), path, disk_mib, kind)
    return path


def _drop_old(wanted: Recipe, kind: str, name: str) -> None:
    for folder in (home() / "images", home() / "rootfs"):
        for path in folder.glob("*"):
            if not path.name.startswith(wanted.digest()):
                shutil.rmtree(path) if path.is_dir() else path.unlink()
    for path in (home() / "images").glob(f"{wanted.digest()}-{kind}-*.img"):
        if not path.name.startswith(f"{wanted.digest()}-{name}-"):
            path.unlink()


def _make_image(tree: Path, path: Path, disk_mib: int, kind: str) -> None:
    new = path.with_suffix(".new")
    new.unlink(missing_ok=True)
    # no blocks held back for root: a full disk is full for everybody
    options = "lazy_itable_init=1,lazy_journal_init=1,root_owner=0:0"
    run("mke2fs", "-q", "-t", "ext4", "-m", "0", "-L", "root", "-E", options, "-d", tree, new, f"{disk_mib}M")
    if kind != "standard":
        with tempfile.TemporaryDirectory(prefix="image-", dir=home()) as folder, mounted(new, Path(folder)):
            if kind in ubuntu.SHAPES:
                ubuntu.shape(Path(folder), kind)
            else:
                run("chroot", folder, "dpkg", "--purge", "--force-depends", *_bare_packages(Path(folder)))
                shutil.rmtree(Path(folder, "usr/lib/python3"), ignore_errors=True)
    run("sync", "-f", path.parent)  # copies of a synced image are made in a fifth of the time
    new.rename(path)


def _bare_packages(root: Path) -> list[str]:
    """Python, and every installed package that needs it."""
    listing = run("chroot", root, "dpkg-query", "-W", "-f", "${Package}\t${Depends} ${Pre-Depends}\n")
    needs = {name: depends for name, _, depends in (line.partition("\t") for line in listing.splitlines())}
    return sorted(name for name in needs if name in BARE_WITHOUT or "python3" in name or "python3" in needs[name])


def tree(wanted: Recipe, folder: Path) -> Path:
    """Return the root file system of a recipe, as a directory in `folder`; build it if it is missing."""
    path = folder / wanted.digest()
    if path.exists():
        return path
    started = time.monotonic()
    print(f"Building the root file system of the throw-away machines (Debian {SUITE}); once", file=sys.stderr, flush=True)
    new = path.with_name(f".{path.name}.new")
    if new.exists():
        shutil.rmtree(new)
    path.parent.mkdir(parents=True, exist_ok=True)
    _bootstrap(wanted, new)
    _set_up(wanted, new)
    new.rename(path)
    print(f"Built in {time.monotonic() - started:.0f} s", file=sys.stderr, flush=True)
    return path


def _bootstrap(wanted: Recipe, folder: Path) -> None:
    sources, options = home() / "debian.sources", home() / "apt.conf"
    write(sources, wanted.sources)
    write(options, "\n".join(wanted.apt_options))
    unneeded = ("man", "locale", "doc")
    excludes = [f"--dpkgopt=path-exclude=/usr/share/{name}/*" for name in unneeded]
    run(
        "mmdebstrap",
        "--variant=minbase",
        "--mode=root",
        f"--include={','.join(wanted.packages)}",
        f"--aptopt={options}",
        *excludes,
        SUITE,
        folder,
        sources,
    )


def _set_up(wanted: Recipe, folder: Path) -> None:
    """Put in what the recipe says beyond packages, and run the setup script inside."""
    for old in (folder / "etc/apt/sources.list.d").glob("*"):
        old.unlink()
    write(folder / "etc/apt/sources.list.d/debian.sources", wanted.sources)
    if wanted.apt_options:
        write(folder / "etc/apt/apt.conf.d/90controller-proxy", "\n".join(wanted.apt_options) + "\n")
    for number, pem in enumerate(wanted.authorities):
        write(folder / f"usr/local/share/ca-certificates/controller-{number}.crt", pem + "\n")
    write(folder / "run/rigprov-key.pub", key().with_suffix(".pub").read_text())
    run("chroot", folder, "/bin/sh", "-s", stdin=wanted.setup)
    (folder / "run/rigprov-key.pub").unlink()
