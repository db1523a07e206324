"""The components that the role nvidia_driver adds to the distribution's package sources."""

from pathlib import Path
from typing import Any

import pytest

from tests.unit.roles.nvidia_driver import module

sources = module("sources")

DEBIAN = {"id": "debian", "codename": "bookworm"}
KEY = "/usr/share/keyrings/debian-archive-keyring.gpg"
WANTED = ["contrib", "non-free", "non-free-firmware"]
CLOUD = f"""Types: deb deb-src
URIs: mirror+file:///etc/apt/mirrors/debian.list
Suites: bookworm bookworm-updates
Components: main

# security
Types: deb
URIs: mirror+file:///etc/apt/mirrors/debian-security.list
Suites: bookworm-security
Components: main contrib
Signed-By: {KEY}
"""


def entries(folder: Path, **files: str) -> list[Any]:
    found: list[Any] = []
    for name, text in files.items():
        path = folder / name.replace("__", ".")
        path.write_text(text)
        found += sources.entries_of(str(path))
    return found


def test_both_formats_are_read(tmp_path: Path) -> None:
    one_line = (
        f"deb [arch=amd64,arm64 signed-by={KEY}] http://deb.example/debian bookworm main contrib # ours\n"
        "# deb http://deb.example/debian bookworm non-free\n"
        "deb-src http://deb.example/debian bookworm main\n"
        "deb http://flat.example/ ./\n"
    )
    assert entries(tmp_path, a__list=one_line) == [
        ("http://deb.example/debian", "bookworm", ["main", "contrib"], {"Architectures": "amd64 arm64", "Signed-By": KEY}),
        ("http://flat.example/", "./", [], {}),
    ]
    assert [entry[:3] for entry in entries(tmp_path, a__sources=CLOUD)] == [
        ("mirror+file:///etc/apt/mirrors/debian.list", "bookworm", ["main"]),
        ("mirror+file:///etc/apt/mirrors/debian.list", "bookworm-updates", ["main"]),
        ("mirror+file:///etc/apt/mirrors/debian-security.list", "bookworm-security", ["main", "contrib"]),
    ]
    assert entries(tmp_path, b__sources=CLOUD.replace("Types: deb", "Enabled: no\nTypes: deb")) == []


def test_only_what_is_lacking_is_added_beside_the_entries(tmp_path: Path) -> None:
    mirror = "URIs: mirror+file:///etc/apt/mirrors/debian"

    assert sources.lacking(entries(tmp_path, a__sources=CLOUD), WANTED, DEBIAN, {}).split("\n\n") == [
        f"{sources.MARK}\nTypes: deb\n{mirror}.list\nSuites: bookworm\nComponents: {' '.join(WANTED)}",
        f"Types: deb\n{mirror}.list\nSuites: bookworm-updates\nComponents: {' '.join(WANTED)}",
        f"Types: deb\n{mirror}-security.list\nSuites: bookworm-security\nComponents: {' '.join(WANTED[1:])}\nSigned-By: {KEY}\n",
    ]


def test_nothing_is_added_where_nothing_is_lacking(tmp_path: Path) -> None:
    complete = CLOUD.replace("Components: main contrib", "Components: main")
    complete = complete.replace("Components: main", f"Components: main {' '.join(WANTED)}")
    # an entry may also be completed by another one
    apart = f"deb http://deb.example/debian bookworm main\ndeb http://deb.example/debian bookworm {' '.join(WANTED)}\n"

    assert sources.lacking(entries(tmp_path, a__sources=complete), WANTED, DEBIAN, {}) == ""
    assert sources.lacking(entries(tmp_path, a__list=apart), WANTED, DEBIAN, {}) == ""


def test_a_key_in_the_entry_is_repeated(tmp_path: Path) -> None:
    key = "Signed-By:\n -----BEGIN PGP PUBLIC KEY BLOCK-----\n .\n mQ==\n -----END PGP PUBLIC KEY BLOCK-----"
    text = f"Types: deb\nURIs: http://deb.example/debian\nSuites: bookworm\nComponents: main\n{key}\n"

    added = sources.lacking(entries(tmp_path, a__sources=text), ["contrib"], DEBIAN, {})

    assert added.endswith(f"Components: contrib\n{key}\n")
    before, after = entries(tmp_path, a__sources=text), entries(tmp_path, b__sources=added)
    assert [entry[3] for entry in before] == [entry[3] for entry in after]


@pytest.mark.parametrize(
    ("uri", "suite", "origin", "own"),
    [
        ("http://mirror.example.org/debian", "bookworm", None, True),
        ("http://mirror.example.org/debian/", "bookworm-updates", "Debian", True),
        ("http://security.debian.org/debian-security", "bookworm-security", None, True),
        ("https://cache.example/remote", "bookworm", "Debian", True),
        ("https://cache.example/remote", "bookworm", None, False),
        ("https://packages.example/debian", "bookworm", "Example", False),
        ("https://packages.example/debian/12/prod", "bookworm", None, False),
        ("https://download.docker.com/linux/debian", "bookworm", "Docker", False),
        ("http://mirror.example.org/debian", "trixie", "Debian", False),
        ("http://mirror.example.org/debian", "$(ARCH)/", None, False),
    ],
)
def test_whose_entry_it_is(uri: str, suite: str, origin: str | None, own: bool) -> None:
    known = {(sources.same(uri), suite): origin} if origin else {}

    assert sources.is_own(uri, suite, DEBIAN, known) is own


def test_without_a_source_of_the_distribution_the_way_out_is_named(tmp_path: Path) -> None:
    foreign = entries(tmp_path, a__list="deb https://packages.example/x bookworm main\n")

    with pytest.raises(sources.RefusedError, match=r"No package source here is Debian's own for bookworm.*Mend /etc/apt"):
        sources.lacking(foreign, ["contrib"], DEBIAN, {})


@pytest.mark.parametrize(
    ("text", "expected"),
    [
        ("ID=debian\nVERSION_CODENAME=bookworm\n", DEBIAN),
        ("ID=ubuntu\nVERSION_CODENAME=noble\nUBUNTU_CODENAME=noble\n", {"id": "ubuntu", "codename": "noble"}),
        ('ID=linuxmint\nVERSION_CODENAME=xia\nUBUNTU_CODENAME="noble"\n', {"id": "ubuntu", "codename": "noble"}),
    ],
)
def test_whose_packages_a_derivative_takes(text: str, expected: dict[str, str], monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(sources, "read", lambda _: text)
    assert sources.os_release() == expected
