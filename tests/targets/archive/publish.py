"""Writes the repositories to disk: pools, indexes, signatures.

`tree(release)` has `keys/` and `www/`, and in the latter `now/` and `later/`: the same sites at two times. Their packages lie
in one pool.
"""

import gzip
import hashlib
import os
import shutil
import time
from collections.abc import Iterable, Mapping
from dataclasses import dataclass, replace
from email.utils import formatdate
from pathlib import Path

from tests.targets.archive import containers, cuda, ubuntu
from tests.targets.archive.deb import STAND_IN, File, Package
from tests.targets.archive.releases import Release
from tests.targets.archive.signing import PRESENT_CUDA_KEY, Ring, certificate, dearmored, ring
from tests.targets.system import home, locked

KEYS = ("ubuntu", "cuda", "container-toolkit", "docker", "stranger")
_LONG_AGO = 1_000_000_000
_DAY = 86_400


@dataclass(frozen=True)
class Suite:
    """One signed index. `path` is that of its site; a flat repository has no codename."""

    path: str
    key: str
    origin: str
    packages: tuple[Package, ...]
    label: str = ""
    codename: str = ""
    components: tuple[str, ...] = ()


def digest() -> str:
    """Name of the cached result: other sources, another name."""
    sources = sorted(path for path in Path(__file__).parent.iterdir() if path.is_file())
    return hashlib.sha256(b"".join(path.read_bytes() for path in sources)).hexdigest()[:12]


def tree(release: Release) -> Path:
    """The release's repositories on disk; built when they are missing."""
    path = home() / "archives" / digest() / release.codename
    with locked(f"archive-{release.codename}"):
        if not path.exists():
            for old in (home() / "archives").glob(f"*/{release.codename}"):
                shutil.rmtree(old)
            new = path.with_name(f".{release.codename}.new")
            shutil.rmtree(new, ignore_errors=True)
            _build(release, new)
            new.rename(path)
    return path


def _build(release: Release, folder: Path) -> None:
    (folder / "keys").mkdir(parents=True)
    with ring() as keys:
        armored = {name: keys.make(name) for name in KEYS}
        for name, text in armored.items():
            (folder / "keys" / f"{name}.asc").write_text(text)
        certificate(folder / "keys")
        for when in ("now", "later"):
            site = _Site(folder / "www", when, keys)
            for suite in _suites(release, later=when == "later", cuda_key=armored["cuda"]):
                site.publish(suite)
            site.faulty()
            site.extras(release, armored)


def _suites(release: Release, *, later: bool, cuda_key: str) -> Iterable[Suite]:
    first, now = tuple(ubuntu.first(release)), tuple(ubuntu.now(release))
    newest = tuple(ubuntu.later(release)) if later else ()
    updates = _newest((*now, *newest))
    for pocket, packages in {"": first, "-updates": updates, "-security": updates}.items():
        components = ("main", "restricted", "universe", "multiverse")
        yield Suite("ubuntu", "ubuntu", "Ubuntu", packages, "Ubuntu", f"{release.codename}{pocket}", components)
    repository = (*cuda.now(release), *(cuda.later(release) if later else ()))
    with_key = tuple(_with_key(package, cuda_key) for package in repository)
    yield Suite(f"compute/cuda/repos/{release.cuda}/x86_64", "cuda", "NVIDIA", with_key, "NVIDIA CUDA")
    versions = (*containers.TOOLKIT_NOW, *(containers.TOOLKIT_LATER if later else ()))
    toolkit = tuple(package for version in versions for package in containers.toolkit(version))
    label = "https://nvidia.github.io/libnvidia-container"
    yield Suite("libnvidia-container/stable/deb/amd64", "container-toolkit", label, toolkit, label)
    engines = (containers.DOCKER_NOW, *((containers.DOCKER_LATER,) if later else ()))
    docker = tuple(package for versions in engines for package in containers.docker(versions, release))
    yield Suite("linux/ubuntu", "docker", "Docker", docker, "Docker CE", release.codename, ("stable",))


def _newest(packages: Iterable[Package]) -> tuple[Package, ...]:
    """A pocket of Ubuntu's holds one version of each package: the last one published."""
    return tuple({package.name: package for package in packages}.values())


def _with_key(package: Package, armored: str) -> Package:
    if package.name != "cuda-keyring":
        return package
    key = File(dearmored(armored))
    return replace(package, files={path: file if file.content else key for path, file in package.files.items()})


class _Site:
    """The sites at one time."""

    def __init__(self, www: Path, when: str, keys: Ring) -> None:
        self._www = www
        self._root = www / when
        self._keys = keys
        # apt takes an index for news only when its date says so
        self._date = time.time() - (_DAY if when == "now" else 0)

    def publish(self, suite: Suite) -> None:
        """Write one suite: its packages to the pool, its index beside it."""
        base = self._root / suite.path
        self._pool(suite.path, suite.packages)
        index = base / "dists" / suite.codename if suite.codename else base
        index.mkdir(parents=True, exist_ok=True)
        indexes = self._indexes(index, suite)
        release = _release(suite, indexes, self._date)
        (index / "Release").write_text(release)
        self._sign(index, suite.key, release)

    def _sign(self, index: Path, key: str, release: str, *options: str) -> None:
        (index / "InRelease").write_text(self._keys.inline(key, release, *options))
        os.utime(index / "InRelease", (self._date, self._date))

    def _pool(self, path: str, packages: Iterable[Package]) -> None:
        pool = self._www / "pool" / path
        pool.mkdir(parents=True, exist_ok=True)
        for package in packages:
            file = pool / package.filename
            if not file.exists():
                file.write_bytes(package.deb)
        link = self._root / path / "pool"
        link.parent.mkdir(parents=True, exist_ok=True)
        if not link.is_symlink():
            link.symlink_to("/".join([".."] * (len(path.split("/")) + 1)) + f"/pool/{path}")

    def _indexes(self, folder: Path, suite: Suite) -> dict[str, bytes]:
        found: dict[str, bytes] = {}
        for component in suite.components or ("main",):
            packages = [each for each in suite.packages if not suite.components or _is_in(each, component, suite)]
            listing = "\n".join(each.stanza(f"pool/{each.filename}") for each in packages).encode()
            name = f"{component}/binary-amd64/Packages" if suite.components else "Packages"
            found |= {name: listing, f"{name}.gz": gzip.compress(listing, 1, mtime=0)}
        for name, content in found.items():
            (folder / name).parent.mkdir(parents=True, exist_ok=True)
            (folder / name).write_bytes(content)
        return found

    def faulty(self) -> None:
        """Repositories that apt must refuse, each with one package: see `tests/targets/README.md`."""
        sample = Package("stand-in-sample", "1.0")
        for fault in ("unsigned", "expired", "retired-key", "sha1"):
            suite = Suite(f"faulty/{fault}", "cuda", STAND_IN, (sample,))
            self.publish(suite)
            folder = self._root / suite.path
            text = (folder / "Release").read_text()
            (folder / "InRelease").unlink()
            if fault == "expired":
                self._sign(folder, "cuda", _release(suite, self._indexes(folder, suite), _LONG_AGO, valid_until=_LONG_AGO))
            elif fault == "retired-key":
                (folder / "Release.gpg").write_text(self._keys.detached_by_another("cuda", text, PRESENT_CUDA_KEY))
            elif fault == "sha1":
                self._sign(folder, "cuda", text, "--digest-algo", "SHA1")

    def extras(self, release: Release, armored: Mapping[str, str]) -> None:
        """What the vendors' instructions download beside the repositories: keys, and the package with NVIDIA's."""
        base = self._root / f"compute/cuda/repos/{release.cuda}/x86_64"
        (base / "3bf863cc.pub").write_text(armored["cuda"])
        keyring = next((self._www / "pool").glob("compute/**/cuda-keyring_*.deb"))
        shutil.copyfile(keyring, base / keyring.name)
        (self._root / "libnvidia-container/gpgkey").write_text(armored["container-toolkit"])
        (self._root / "linux/ubuntu/gpg").write_text(armored["docker"])


def _is_in(package: Package, component: str, suite: Suite) -> bool:
    return len(suite.components) == 1 or package.component == component


def _release(suite: Suite, indexes: Mapping[str, bytes], date: float, valid_until: float = 0) -> str:
    fields = {
        "Origin": suite.origin,
        "Label": suite.label,
        "Suite": suite.codename,
        "Codename": suite.codename,
        "Date": formatdate(date, usegmt=True),
        "Valid-Until": formatdate(valid_until, usegmt=True) if valid_until else "",
        "Architectures": "amd64",
        "Components": " ".join(suite.components),
        "Description": f"{STAND_IN}: empty packages, nothing of the vendor's",
    }
    lines = [f"{name}: {value}" for name, value in fields.items() if value]
    sums = [f" {hashlib.sha256(content).hexdigest()} {len(content)} {name}" for name, content in sorted(indexes.items())]
    return "\n".join([*lines, "SHA256:", *sums]) + "\n"
