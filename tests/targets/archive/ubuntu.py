"""Ubuntu's repository, as pockets: what the release came with, what is there now, and what a test can let come later."""

import re
from pathlib import Path

from tests.targets.archive import drivers, kernels, modules, payload
from tests.targets.archive.deb import Package, program
from tests.targets.archive.drivers import FIRST, LATER, NOW, TRANSITIONAL, Branch
from tests.targets.archive.releases import Release


def first(release: Release) -> list[Package]:
    """Pocket `jammy`: the first kernel of each flavour is the present one here, and so are their modules."""
    found = [*payload.tools(release.number), _ubuntu_drivers(release)]
    for of in release.kernels:
        found += [*kernels.kernel(of, of.abi), *kernels.metas(of, of.abi), modules.signatures(of, of.abi, 0)]
    return found + _drivers(FIRST, release, 0, 0)


def now(release: Release) -> list[Package]:
    """Pocket `jammy-updates`, as it is when a machine comes up."""
    found = _drivers(NOW, release, 0, 1) + [modules.signatures(of, of.abi, 1) for of in release.kernels]
    return found + _transitional(found)


def later(release: Release) -> list[Package]:
    """What comes on top: the next version of two branches, a new kernel of each flavour with modules for the new drivers."""
    found: list[Package] = []
    for of in release.kernels:
        found += [*kernels.kernel(of, of.abi + 1), *kernels.metas(of, of.abi + 1)]
        found += [modules.signatures(of, of.abi, 2), modules.signatures(of, of.abi + 1, 0)]
    rest = tuple(branch for branch in NOW if branch.name not in {each.name for each in LATER})
    found += _drivers(LATER, release, 1, 0)
    for branch in rest:  # no new driver, but modules for the new kernel all the same
        found += _modules(branch, release, 1, 0)
    for branch in (*LATER, *rest):  # one source package holds the modules of all branches: all are built anew
        found += [package for of in release.kernels for package in modules.prebuilt(branch, of, of.abi, 2)]
    return found + _transitional(found)


def _drivers(branches: tuple[Branch, ...], release: Release, newer_abi: int, build: int) -> list[Package]:
    found: list[Package] = []
    for branch in branches:
        found += [*drivers.packages(branch, release), *_modules(branch, release, newer_abi, build)]
    return found


def _modules(branch: Branch, release: Release, newer_abi: int, build: int) -> list[Package]:
    found: list[Package] = []
    for of in release.kernels:
        abi = of.abi + newer_abi
        found += [*modules.prebuilt(branch, of, abi, build), *modules.metas(branch, of, abi, build, release)]
    return found


def _transitional(found: list[Package]) -> list[Package]:
    metas = [package for package in found if not re.search(r"-\d+\.\d+\.0-\d+-", package.name)]
    return [each for old, new in TRANSITIONAL.items() for each in drivers.transitional(metas, old, new)]


def _ubuntu_drivers(release: Release) -> Package:
    files = {"/usr/bin/ubuntu-drivers": program(Path(__file__).with_name("ubuntu-drivers.sh").read_text())}
    return Package("ubuntu-drivers-common", release.drivers, section="admin", files=files)
