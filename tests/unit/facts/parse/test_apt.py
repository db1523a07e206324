"""Packages, repositories, lock, reboot."""

import pytest

from rigprov.facts.parse import apt
from rigprov.facts.parse.fields import ParseError
from rigprov.model.host import AptSource, Offer, Package


def test_packages() -> None:
    text = "ii  docker-ce 5:29.1.3-1\nhi  nvidia-driver-580 580.95\niF  nvidia-dkms-580 580.95\n"
    text += "rc  docker.io 20.10\niHR broken 1\nun  absent\n"
    assert apt.packages(text, {"docker-ce": "Docker"}) == (
        Package("docker-ce", "5:29.1.3-1", "ii", hold=False, origin="Docker"),
        Package("nvidia-driver-580", "580.95", "hi", hold=True, origin=None),
        Package("nvidia-dkms-580", "580.95", "iF", hold=False, origin=None),
        Package("broken", "1", "iHR", hold=False, origin=None),
    )


@pytest.mark.parametrize("text", ["docker-ce", "ii a b c d", "?? docker 1"])
def test_packages_that_make_no_sense(text: str) -> None:
    with pytest.raises(ParseError, match="not a package"):
        apt.packages(text, {})


POLICY = """docker-ce:
  Installed: 5:29.1.3-1
  Candidate: 5:29.2.0-1
  Version table:
     5:29.2.0-1 500
        500 https://download.docker.com/linux/ubuntu jammy/stable amd64 Packages
 *** 5:29.1.3-1 500
        500 https://download.docker.com/linux/ubuntu jammy/stable amd64 Packages
        100 /var/lib/dpkg/status
cuda-keyring:
  Installed: 1.1-1
  Candidate: 1.1-1
  Version table:
 *** 1.1-1 600
        600 https://developer.download.nvidia.com/compute/cuda/repos/ubuntu2204/x86_64  Packages
        100 /var/lib/dpkg/status
local:
  Installed: 1
  Candidate: 1
  Version table:
 *** 1 100
        100 /var/lib/dpkg/status
odd:
  Installed: 1
  Candidate: 1
  Version table:
 *** 1 500
        500 http://mirror.example/debian bookworm-security/updates/main amd64 Packages
        100 /var/lib/dpkg/status
gone:
  Installed: (none)
  Candidate: 2
  Version table:
     2 500
        500 http://archive.ubuntu.com/ubuntu jammy/main amd64 Packages
"""
RELEASES = """/var/lib/apt/lists/download.docker.com_linux_ubuntu_dists_jammy_InRelease:Origin: Docker
/var/lib/apt/lists/developer.download.nvidia.com_compute_cuda_repos_ubuntu2204_x86%5f64_InRelease:Origin: NVIDIA
/var/lib/apt/lists/archive.ubuntu.com_ubuntu_dists_jammy_Release:Origin: Ubuntu
"""


def test_origins() -> None:
    expected = {"docker-ce": "Docker", "cuda-keyring": "NVIDIA", "odd": "http://mirror.example/debian"}
    assert apt.origins(POLICY, RELEASES) == expected


def test_one_line_sources() -> None:
    text = (
        "==> /etc/apt/sources.list\n"
        "# See the manual\n"
        "deb http://archive.ubuntu.com/ubuntu jammy main universe # why\n"
        "# deb http://archive.ubuntu.com/ubuntu jammy-backports main\n"
        "deb-src http://archive.ubuntu.com/ubuntu jammy main\n"
        "==> /etc/apt/sources.list.d/cuda.list\n"
        "deb [arch=amd64 signed-by=/usr/share/keyrings/cuda.gpg] https://nvidia.example/cuda/ /\n"
    )
    main, cuda = "/etc/apt/sources.list", "/etc/apt/sources.list.d/cuda.list"
    archive = ("http://archive.ubuntu.com/ubuntu",)
    assert apt.sources(text) == (
        AptSource(main, archive, ("jammy",), ("main", "universe"), None, enabled=True),
        AptSource(main, archive, ("jammy-backports",), ("main",), None, enabled=False),
        AptSource(cuda, ("https://nvidia.example/cuda/",), ("/",), (), "/usr/share/keyrings/cuda.gpg", enabled=True),
    )


def test_deb822_sources() -> None:
    path = "/etc/apt/sources.list.d/a.sources"
    text = (
        f"==> {path}\n"
        "# comment\nTypes: deb deb-src\nURIs: https://a.example/ https://b.example/\nSuites: noble noble-updates\n"
        "Components: main\n universe\nSigned-By: /k.gpg\n\n"
        "Types: deb-src\nURIs: https://c.example\nSuites: noble\n\n"
        "Enabled: no\nTypes: deb\nURIs: https://d.example\nSuites: ./\n"
        "Signed-By:\n -----BEGIN PGP PUBLIC KEY BLOCK-----\n .\n mQ\n"
    )
    assert apt.sources(text) == (
        AptSource(
            path,
            ("https://a.example/", "https://b.example/"),
            ("noble", "noble-updates"),
            ("main", "universe"),
            "/k.gpg",
            enabled=True,
        ),
        AptSource(path, ("https://d.example",), ("./",), (), "inline key 0d4449bc1c25", enabled=False),
    )


@pytest.mark.parametrize(("other", "same"), [("mQ", True), ("mR", False)])
def test_keys_in_the_entries_themselves_are_told_apart(other: str, same: bool) -> None:
    """apt reads no source at all where two entries for one address have different ones."""
    entry = "Types: deb\nURIs: https://a.example\nSuites: noble\nSigned-By:\n -----BEGIN PGP PUBLIC KEY BLOCK-----\n .\n {}\n"
    first, second = apt.sources(f"==> /etc/apt/sources.list.d/a.sources\n{entry.format('mQ')}\n{entry.format(other)}")
    assert (first.signed_by == second.signed_by) is same


@pytest.mark.parametrize(
    ("text", "holder"),
    [
        ("", None),
        (
            "/var/lib/dpkg/lock-frontend 4242 unattended-upgr\n/var/lib/dpkg/lock 4242 unattended-upgr\n",
            "unattended-upgr (process 4242)",
        ),
        ("/var/lib/dpkg/lock 7 apt-get update\n", "apt-get update (process 7)"),
        ("/var/lib/dpkg/lock 7 \n", "a process that cannot be seen (process 7)"),
    ],
)
def test_lock_holder(text: str, holder: str | None) -> None:
    assert apt.lock_holder(text) == holder


@pytest.mark.parametrize(
    ("text", "packages"), [("", None), ("required\n", ()), ("required\nlinux-base\nlibc6\nlinux-base\n", ("linux-base", "libc6"))]
)
def test_reboot_required(text: str, packages: tuple[str, ...] | None) -> None:
    assert apt.reboot_required(text) == packages


def test_keyrings_are_sorted() -> None:
    assert apt.keyrings("/b.gpg\n/a.asc\n\n") == ("/a.asc", "/b.gpg")


OFFERED = """nvidia-driver-580-open:
  Installed: (none)
  Candidate: 580.178.04-0ubuntu0.22.04.1
  Version table:
     580.178.04-0ubuntu0.22.04.1 500
        500 http://archive.ubuntu.com/ubuntu jammy-updates/restricted amd64 Packages
     580.65.06-0ubuntu0.22.04.1 500
        500 http://security.ubuntu.com/ubuntu jammy-security/restricted amd64 Packages
nvidia-driver-999:
  Installed: (none)
  Candidate: (none)
  Version table:
cuda-nvcc-13-0:
  Installed: 13.0.88-1
  Candidate: 13.0.88-1
  Version table:
 *** 13.0.88-1 600
        600 https://developer.download.nvidia.com/compute/cuda/repos/ubuntu2204/x86_64  Packages
        100 /var/lib/dpkg/status
nvidia-local:
  Installed: 1.0
  Candidate: 1.0
  Version table:
 *** 1.0 100
        100 /var/lib/dpkg/status
"""


def test_offers() -> None:
    """In the candidate's version, by the origin of its repository; what only dpkg knows cannot be installed again."""
    releases = "/var/lib/apt/lists/archive.ubuntu.com_ubuntu_dists_jammy-updates_InRelease:Origin: Ubuntu"
    assert apt.offers(OFFERED, releases) == (
        Offer("cuda-nvcc-13-0", "13.0.88-1", "https://developer.download.nvidia.com/compute/cuda/repos/ubuntu2204/x86_64"),
        Offer("nvidia-driver-580-open", "580.178.04-0ubuntu0.22.04.1", "Ubuntu"),
    )
    assert apt.offers("", releases) == ()
