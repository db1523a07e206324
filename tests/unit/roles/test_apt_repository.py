"""What the role apt_repository reads of a host's package sources, and its books of who uses which."""

import json
from pathlib import Path
from typing import Any

import pytest

from tests.unit.roles.scripts import load

repository, books = load("apt_repository", "repository"), load("apt_repository", "books")
URL = "https://developer.download.nvidia.com/compute/cuda/repos/ubuntu2204/x86_64"
ENTRY: dict[str, Any] = {
    "name": "cuda",
    "url": URL,
    "suites": ["/"],
    "components": [],
    "architectures": ["amd64"],
    "key_url": f"{URL}/3bf863cc.pub",
    "key_fingerprint": "EB693B3035CD5710E231E123A4B469963BF863CC",
}
DOCKER = {**ENTRY, "name": "docker", "url": "https://d.example/linux/debian", "suites": ["bookworm"], "components": ["stable"]}
DEB822 = "Types: deb\nURIs: https://d.example/linux/debian/\nSuites: bookworm\nComponents: stable\nSigned-By: /k.asc\n"


@pytest.fixture
def host(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Path:
    """An empty /etc/apt, with the record beside it."""
    for name in ("sources.list.d", "keyrings", "preferences.d"):
        (tmp_path / name).mkdir()
    for module in (repository, books):
        monkeypatch.setattr(module, "SOURCES", str(tmp_path / "sources.list.d"))
        monkeypatch.setattr(module, "KEYRINGS", str(tmp_path / "keyrings"))
        monkeypatch.setattr(module, "MAIN", str(tmp_path / "sources.list"))
    monkeypatch.setattr(books, "PREFERENCES", str(tmp_path / "preferences.d"))
    return tmp_path


def wants(host: Path, entry: dict[str, Any] = ENTRY, user: str = "cuda_toolkit", **changes: Any) -> dict[str, Any]:
    own = {"record": str(host / "record.json"), "user": user, "entry": entry, "name": entry.get("name", "")}
    return {**own, "pins": [], "replace_sources": [], "directories": [], "rollback": False, **changes}


def source(host: Path, name: str, text: str) -> str:
    file = host / "sources.list.d" / name
    file.write_text(text)
    return str(file)


@pytest.mark.parametrize(
    ("name", "text", "entry", "adopted"),
    [
        (
            "a.list",
            "deb [arch=amd64 signed-by=/k.asc] https://d.example/linux/debian bookworm stable test # note\n",
            DOCKER,
            True,
        ),
        ("a.list", "# deb https://d.example/linux/debian bookworm stable\n", DOCKER, False),
        ("a.list", "deb-src https://d.example/linux/debian bookworm stable\n", DOCKER, False),
        ("a.list", "deb https://d.example/linux/debian trixie stable\n", DOCKER, False),
        ("a.list", "deb https://d.example/linux/ubuntu bookworm stable\n", DOCKER, False),
        ("a.list", f"deb {URL}/ /\n", ENTRY, True),
        ("a.list", f"deb {URL} ./\n", ENTRY, True),
        ("a.list", "deb https://n.example/deb/$(ARCH) /\n", {**ENTRY, "url": "https://n.example/deb/amd64"}, True),
        ("a.sources", DEB822, DOCKER, True),
        ("a.sources", f"{DEB822}Enabled: no\n", DOCKER, False),
        ("a.sources", f"Enabled: no\nTypes: deb\nURIs: https://other.example\n\n{DEB822}", DOCKER, True),
        ("a.sources", "# " + DEB822.replace("\n", "\n# "), DOCKER, False),
        ("a.sources", DEB822.replace("Types: deb", "Types: deb-src"), DOCKER, False),
        ("a.sources", DEB822.replace("Suites: bookworm", "Suites:\n bookworm\n bookworm-updates"), DOCKER, True),
    ],
)
def test_an_entry_that_is_here_is_used_as_it_is(host: Path, name: str, text: str, entry: dict[str, Any], adopted: bool) -> None:
    file = source(host, name, text)

    found = repository.repository(wants(host, entry), "amd64")

    assert [proof["adopted"] for proof in found["proofs"]] == [file if adopted else ""]
    assert (found["due"], found["text"] == "") == (not adopted, adopted)


def test_our_own_entry_in_apts_form(host: Path) -> None:
    found = repository.repository(wants(host, {**DOCKER, "architectures": []}), "arm64")

    assert found["text"] == (
        "# Managed by rigprov, role apt_repository.\nTypes: deb\nURIs: https://d.example/linux/debian\nSuites: bookworm\n"
        f"Components: stable\nArchitectures: arm64\nSigned-By: {host}/keyrings/rigprov-docker.asc\n"
    )


def put_in_place(host: Path, entry: dict[str, Any] = ENTRY, users: tuple[str, ...] = ("cuda_toolkit",)) -> dict[str, Any]:
    """The host as the tasks leave it."""
    found: dict[str, Any] = repository.repository(wants(host, entry), "amd64")
    Path(found["path"]).write_text(found["text"])
    Path(found["keyring"]).write_text("key")
    known = {"users": list(users), "fingerprint": entry["key_fingerprint"], "key_sha256": repository.sha256(found["keyring"])}
    (host / "record.json").write_text(json.dumps({"repositories": {entry["name"]: known}, "moved": {}}))
    return found


def test_what_is_in_place_is_neither_proved_nor_written_again(host: Path) -> None:
    found = put_in_place(host)

    again = repository.repository(wants(host), "amd64")
    assert (again["due"], again["proofs"]) == (False, [])
    other = repository.repository(wants(host, user="nvidia_driver"), "amd64")
    assert (other["due"], other["proofs"]) == (False, [])
    Path(found["keyring"]).write_text("another")
    assert repository.repository(wants(host), "amd64")["due"]
    Path(found["keyring"]).unlink()
    assert repository.repository(wants(host), "amd64")["due"]


def test_an_entry_that_came_later_takes_the_place_of_ours(host: Path) -> None:
    put_in_place(host)
    source(host, "own.list", f"deb [signed-by=/k.gpg] {URL} /\n")

    found = repository.repository(wants(host), "amd64")

    assert (found["remove"], found["due"]) == (True, False)


@pytest.mark.parametrize(
    ("files", "entry", "words"),
    [
        (
            {"a.list": f"deb {URL} /\n", "b.list": f"deb [signed-by=/k.gpg] {URL} /\n"},
            ENTRY,
            r"a.list and .*b.list name .* with different keys, at which apt stops. Mend it, or name it in cuda_toolkit_repl",
        ),
        ({"a.list": "deb https://d.example/linux/debian bookworm test\n"}, DOCKER, "names .* bookworm without stable. Mend it"),
        (
            {"rigprov-cuda.sources": "mine"},
            ENTRY,
            "rigprov-cuda.sources is there and did not come from rigprov. Remove or rename",
        ),
        ({"../keyrings/rigprov-cuda.asc": "mine"}, ENTRY, "rigprov-cuda.asc is there and did not come from rigprov"),
        ({}, {**ENTRY, "name": "../x"}, "a name is made of a-z, 0-9 and -"),
        ({}, {**ENTRY, "url": "https://x y"}, "are words without blanks"),
        ({}, {**ENTRY, "url": "https://x\nEnabled: no"}, "are words without blanks"),
        ({}, {**ENTRY, "suites": []}, "are words without blanks"),
        ({}, {**ENTRY, "key_url": "ftp://x/key"}, "begin with https:// or http://"),
        ({}, {**ENTRY, "key_fingerprint": "3BF863CC"}, "key_fingerprint is 40 hexadecimal digits in capitals"),
        ({}, {**ENTRY, "components": ["main"]}, "a suite that ends with / has no components"),
        ({}, {**DOCKER, "components": []}, "any other has at least one"),
        ({}, {**ENTRY, "uri": "x"}, "exactly the keys architectures, .*; check uri"),
        ({}, {"name": "cuda"}, "check architectures, components, key_fingerprint, key_url, suites, url"),
    ],
)
def test_refusals(host: Path, files: dict[str, str], entry: dict[str, Any], words: str) -> None:
    for name, text in files.items():
        source(host, name, text)

    with pytest.raises(repository.RefusedError, match=words):
        repository.repository(wants(host, entry), "amd64")


def test_the_last_role_takes_the_repository_along(host: Path) -> None:
    found = put_in_place(host, users=("cuda_toolkit", "nvidia_driver"))

    one = books.books(wants(host, {}, "nvidia_driver", rollback=True))
    assert (one["remove"], one["after"]["repositories"]["cuda"]["users"]) == ([], ["cuda_toolkit"])
    (host / "record.json").write_text(json.dumps(one["after"]))
    last = books.books(wants(host, {}, rollback=True))
    assert (last["remove"], last["after"], last["after_changed"]) == ([found["path"], found["keyring"]], {}, True)
    stranger = books.books(wants(host, {}, "docker", rollback=True))
    assert (stranger["remove"], stranger["after_changed"]) == ([], False)


def test_a_key_that_an_entry_of_the_users_refers_to_stays(host: Path) -> None:
    found = put_in_place(host)
    source(host, "own.list", f"deb [signed-by={found['keyring']}] https://x.example /\n")

    assert books.books(wants(host, {}, rollback=True))["remove"] == [found["path"]]


def test_a_role_that_wants_another_repository_leaves_the_one_before(host: Path) -> None:
    found = put_in_place(host)

    new = books.books(wants(host, DOCKER))

    assert sorted(new["record"]["repositories"]) == ["cuda", "docker"]  # until all is in place
    assert (list(new["after"]["repositories"]), new["remove"]) == (["docker"], [found["path"], found["keyring"]])


def test_a_source_moved_aside_comes_back_with_the_last_role(host: Path) -> None:
    file = source(host, "cuda-ubuntu2204-x86_64.list", f"deb {URL} /\n")
    moving = books.books(wants(host, replace_sources=[file]))
    assert (moving["move"], moving["record"]["moved"]) == ([file], {file: "cuda"})
    assert repository.repository(wants(host, replace_sources=[file]), "amd64")["due"]
    Path(file).rename(f"{file}.rigprov-disabled")
    (host / "record.json").write_text(json.dumps(moving["record"]))

    again = books.books(wants(host, user="nvidia_driver", replace_sources=[file]))
    assert (again["move"], again["restore"]) == ([], [])
    (host / "record.json").write_text(json.dumps(again["record"]))
    first = books.books(wants(host, {}, rollback=True))
    assert (first["restore"], first["after"]["moved"]) == ([], {file: "cuda"})
    (host / "record.json").write_text(json.dumps(first["after"]))
    assert books.books(wants(host, {}, "nvidia_driver", rollback=True))["restore"] == [file]
    Path(file).write_text("made anew since")
    assert books.books(wants(host, {}, "nvidia_driver", rollback=True))["restore"] == []


@pytest.mark.parametrize(
    ("name", "words"),
    [
        ("/etc/apt/sources.list", "only the .list and .sources files of others"),
        ("{0}/sources.list.d/missing.list", "which is not there"),
        ("{0}/sources.list.d/../../passwd.list", "only the .list and .sources files of others"),
        ("{0}/sources.list.d/rigprov-x.sources", "only the .list and .sources files of others"),
        ("{0}/sources.list.d/twice.list", "twice.list.rigprov-disabled is there as well. Remove one of the two"),
    ],
)
def test_sources_that_cannot_be_moved_aside(host: Path, name: str, words: str) -> None:
    source(host, "rigprov-x.sources", "# Managed by rigprov, role apt_repository.\n")
    source(host, "twice.list", "")
    source(host, "twice.list.rigprov-disabled", "")

    with pytest.raises(books.RefusedError, match=words):
        books.books(wants(host, replace_sources=[name.format(host)]))


def test_pins_keep_their_order_and_go_when_they_are_no_longer_wanted(host: Path) -> None:
    pins = [
        {"package": "nvidia-container-toolkit*", "pin": "origin nvidia.github.io", "priority": 600},
        {"package": "nvidia-* libnvidia-*", "pin": "origin developer.download.nvidia.com", "priority": -1},
    ]
    found = books.books(wants(host, {}, pins=pins))["pins"]
    assert (found["write"], found["text"].count("Explanation: Managed by rigprov, role cuda_toolkit.")) == (True, 2)
    assert found["text"].index("nvidia-container-toolkit*") < found["text"].index("Package: nvidia-* libnvidia-*\n")
    Path(found["path"]).write_text(found["text"])

    assert not books.books(wants(host, {}, pins=pins))["pins"]["write"]
    assert books.books(wants(host, {}))["pins"]["remove"]
    Path(found["path"]).write_text("mine")
    assert not books.books(wants(host, {}))["pins"]["remove"]
    with pytest.raises(books.RefusedError, match="did not come from rigprov"):
        books.books(wants(host, {}, pins=pins))


@pytest.mark.parametrize("pin", [{}, {"package": "x", "pin": "origin y"}, {"package": "x", "pin": "origin y", "priority": 0}])
def test_a_pin_that_is_none(host: Path, pin: dict[str, Any]) -> None:
    with pytest.raises(books.RefusedError, match="each has a package, a pin and a priority other than 0"):
        books.books(wants(host, {}, pins=[pin]))
