"""What the role nvidia_driver reads of a host's packages, and how it judges apt's simulations."""

from typing import Any

import pytest

from tests.unit.roles.nvidia_driver import module

survey, transaction, removal = module("survey"), module("transaction"), module("removal")

LISTING = (
    "libcuda1\tamd64\tii \t535.1-1\n"
    "libcuda1\ti386\tii \t535.1-1\n"
    "nvidia-smi\tamd64\thi \t535.1-1\n"
    "nvidia-kernel-dkms\tamd64\tiF \t535.1-1\n"
    "dkms\tall\tii \t3.0.10\n"
    "old-driver\tamd64\trc \t470\n"
    "linux-image-6.1.0-50-cloud-amd64\tamd64\tiU \t6.1\n"
    "torn\tamd64\tiHR\t1\n"
    "nvidia-persistenced\tamd64\tun \t\n"
)


@pytest.fixture
def found() -> Any:
    return survey.packages(LISTING, "amd64")


@pytest.mark.parametrize(
    ("spec", "here"),
    [
        ("libcuda1", True),
        ("libcuda1=535.1-1", True),
        ("libcuda1=535.2-1", False),
        ("libcuda1:amd64", True),
        ("libcuda1:amd64=535.2-1", False),
        ("libcuda1:i386", True),
        ("dkms:i386", False),
        ("nvidia-smi", True),
        ("nvidia-kernel-dkms", False),
        ("old-driver", False),
        ("nvidia-persistenced", False),
        ("never-heard-of", False),
    ],
)
def test_is_here(found: Any, spec: str, here: bool) -> None:
    assert survey.is_here(found, spec, "amd64") is here


def test_half_way(found: Any) -> None:
    assert survey.half_way(found) == ["linux-image-6.1.0-50-cloud-amd64", "nvidia-kernel-dkms", "torn"]


@pytest.mark.parametrize(
    ("patterns", "hits", "unknown"),
    [
        (["nvidia-*", "libcuda?"], ["libcuda1", "libcuda1:i386", "nvidia-smi"], []),
        (["dkms", "nvidia-kernel-dkms", "mistyped"], ["dkms"], ["nvidia-kernel-dkms", "mistyped"]),
        (["nothing-*"], [], []),
        (["libcuda1:amd64"], ["libcuda1", "libcuda1:i386"], []),
        ([], [], []),
    ],
)
def test_packages_to_hold(found: Any, patterns: list[str], hits: list[str], unknown: list[str]) -> None:
    assert survey.matching(found, patterns) == (hits, unknown)


@pytest.mark.parametrize(
    ("wrong", "says"),
    [
        ({"packages": ["--allow-unauthenticated"]}, '"--allow-unauthenticated" is not a package'),
        ({"packages": ["nvidia-driver-"]}, None),
        ({"packages": ["nvidia smi"]}, '"nvidia smi" is not a package'),
        ({"packages": ["a.deb; rm"]}, "is not a package"),
        ({"packages": ["libcuda1:i386=1:535.1-1~deb12u1+b1"]}, None),
        ({"hold": ["-o"]}, '"-o" is not a package'),
        ({"blacklist": ["nouveau\ninstall x /bin/sh"]}, "is not a kernel module's name"),
        ({"exclude": ['nvidia"; }']}, "cannot stand in apt's configuration"),
        ({"exclude": ["nvidia-("]}, "is not a regular expression"),
        ({"exclude": ["nvidia-", "^lib(nvidia|cuda)", "linux-image$"]}, None),
    ],
)
def test_values_that_would_be_taken_for_something_else(wrong: dict[str, list[str]], says: str | None) -> None:
    wants = {"packages": [], "hold": [], "blacklist": [], "exclude": [], **wrong}
    if says is None:
        survey.check_values(wants)
    else:
        with pytest.raises(survey.RefusedError, match=says.replace("(", r"\(")):
            survey.check_values(wants)


def test_the_blacklist(tmp_path: Any) -> None:
    file = tmp_path / "blacklist.conf"
    text = "# Managed by rigprov, role nvidia_driver.\nblacklist nouveau\noptions nouveau modeset=0\nblacklist nova_core\n"

    assert survey.blacklist(["nouveau", "nova_core"], file) == {"text": text, "due": True}
    file.write_text(text)
    assert survey.blacklist(["nouveau", "nova_core"], file) == {"text": text, "due": False}
    assert survey.blacklist([], file) == {"text": "", "due": True}
    file.unlink()
    assert survey.blacklist([], file) == {"text": "", "due": False}


def wants(*install: str, remove: tuple[str, ...] = (), build: tuple[str, ...] = (), **record: Any) -> dict[str, Any]:
    books = {"packages": {}, "marks": [], "holds": [], "units": [], **record}
    return {"install": list(install), "remove": list(remove), "build": list(build), "record": books}


INSTALLS = """The following held packages will be changed:
  nvidia-smi
Remv nvidia-driver-450 [450.1-1]
Inst nvidia-kernel-dkms (535.1-1 Debian:12.12/oldstable [amd64])
Inst nvidia-smi [530.1-1] (535.1-1 Debian:12.12/oldstable [amd64])
Inst libcuda1:i386 (535.1-1 Debian:12.12/oldstable [i386])
Conf nvidia-kernel-dkms (535.1-1 Debian:12.12/oldstable [amd64])
"""


def test_a_transaction_that_may_run() -> None:
    asked = wants("nvidia-kernel-dkms", remove=("nvidia-driver-450",), holds=["nvidia-smi"])

    assert transaction.judge(asked, 0, INSTALLS, "") == {"new": ["libcuda1:i386", "nvidia-kernel-dkms"], "held": True}


@pytest.mark.parametrize(
    ("asked", "code", "err", "says"),
    [
        (
            wants("nvidia-kernel-dkms", holds=["nvidia-smi"]),
            0,
            "",
            "Installing nvidia-kernel-dkms would also remove nvidia-driver-450, which nobody agreed to. No package was changed",
        ),
        (
            wants("nvidia-kernel-dkms", remove=("nvidia-driver-450",)),
            0,
            "",
            "Installing nvidia-kernel-dkms would change nvidia-smi, which somebody put on hold. No package was changed",
        ),
        (
            wants("nvidia-driver-515"),
            100,
            "E: Unable to locate package nvidia-driver-515\n",
            "apt cannot install nvidia-driver-515: Unable to locate package nvidia-driver-515",
        ),
    ],
)
def test_a_transaction_that_must_not_run(asked: Any, code: int, err: str, says: str) -> None:
    with pytest.raises(transaction.RefusedError, match=says):
        transaction.judge(asked, code, "" if code else INSTALLS, err)


def test_f06_held_broken_packages_are_explained_by_what_apt_said_before() -> None:
    out = (
        "The following packages have unmet dependencies:\n"
        " nvidia-driver-460 : Depends: libnvidia-gl-460 (= 460.1) but it is not going to be installed\n"
        "                     Depends: nvidia-dkms-460\n"
    )
    with pytest.raises(transaction.RefusedError) as refused:
        transaction.judge(wants("nvidia-driver-460"), 100, out, "E: Unable to correct problems, you have held broken packages.\n")
    assert str(refused.value) == (
        "apt cannot install nvidia-driver-460: nvidia-driver-460 : Depends: libnvidia-gl-460 (= 460.1) but it is not going to be "
        "installed; Depends: nvidia-dkms-460; Unable to correct problems, you have held broken packages."
    )


def test_the_record_tells_what_was_asked_for_from_what_came_along() -> None:
    before = {"gcc-12": {"brought": True, "build": False, "settings": False}}
    asked = wants("gcc=4:12", "nvidia-smi", build=("gcc=4:12",), packages=before, marks=["gcc-12"])

    record = transaction.recorded(asked["record"], ["gcc", "gcc-12", "nvidia-smi", "libcuda1:i386"], asked, {"libcuda1"})
    assert record["packages"] == {
        **before,
        "gcc": {"brought": False, "build": True, "settings": False},
        "nvidia-smi": {"brought": False, "build": False, "settings": False},
        "libcuda1:i386": {"brought": True, "build": False, "settings": True},
    }
    assert record["marks"] == ["gcc-12", "libcuda1:i386"]
    assert transaction.settings_left("a\tii \nb\trc \nc\tun \n") == {"b"}


class Host:
    """apt and dpkg of a host, as far as `removal` asks them: packages with what each depends on."""

    def __init__(self, depends: dict[str, list[str]], manual: str, settings: str = "") -> None:
        self.depends, self.manual, self.settings = depends, manual, settings

    def closure(self, names: list[str]) -> set[str]:
        found: set[str] = set()
        waiting = list(names)
        while waiting:
            name = waiting.pop()
            if name not in found:
                found.add(name)
                waiting += self.depends[name]
        return found

    def __call__(self, *argv: str) -> str:
        if argv[0] == "dpkg-query":
            left = "".join(f"{name}\tamd64\trc \n" for name in self.settings.split())
            return "".join(f"{name}\tamd64\tii \n" for name in self.depends) + left
        if argv[0] == "apt-mark":
            return self.manual.replace(" ", "\n")
        names = [word for word in argv[1:] if word in self.depends]
        if argv[0] == "apt-cache":
            return "".join(f"{name}\n" for name in self.closure(names))
        gone = [name for name in self.depends if self.closure([name]) & set(names)]
        return "".join(f"Purg {name} [1]\n" for name in gone)


def recorded(brought: str = "", named: str = "", build: str = "", settings: str = "") -> dict[str, Any]:
    names = [*brought.split(), *named.split(), *build.split()]
    return {
        name: {"brought": name in brought.split(), "build": name in build.split(), "settings": name in settings.split()}
        for name in names
    }


DRIVER = {"nvidia-smi": ["libcuda1"], "libcuda1": ["libc6"], "libc6": [], "gcc": ["cpp"], "cpp": ["libc6"]}


@pytest.mark.parametrize(
    ("here", "manual", "purge"),
    [
        (DRIVER, "nvidia-smi gcc", ["libcuda1", "cpp", "nvidia-smi", "gcc"]),
        # what was brought along and asked for since, with all that it needs
        (DRIVER, "nvidia-smi gcc cpp", ["libcuda1", "nvidia-smi", "gcc"]),
        # something of the user's has come to need the compiler
        (DRIVER | {"build-essential": ["gcc"]}, "nvidia-smi gcc build-essential", ["libcuda1", "nvidia-smi"]),
        # an installation that was cut off before it began
        ({"libc6": []}, "", []),
    ],
    ids=["all of it", "asked for since", "needed by others", "never came"],
)
def test_what_can_be_removed(monkeypatch: Any, here: dict[str, list[str]], manual: str, purge: list[str]) -> None:
    monkeypatch.setattr(removal, "run", Host(here, manual))

    done = removal.removal({"packages": recorded(brought="libcuda1 cpp", named="nvidia-smi", build="gcc")})

    assert done == {"purge": purge, "remove": []}


def test_a_driver_that_something_else_needs_is_not_removed(monkeypatch: Any) -> None:
    monkeypatch.setattr(removal, "run", Host(DRIVER | {"my-engine": ["nvidia-smi"]}, "nvidia-smi my-engine"))

    with pytest.raises(removal.RefusedError, match="nvidia-smi cannot be taken out: my-engine would go with it"):
        removal.removal({"packages": recorded(brought="libcuda1", named="nvidia-smi")})


def test_settings_of_what_made_way_for_another_driver_go_as_well(monkeypatch: Any) -> None:
    monkeypatch.setattr(removal, "run", Host(DRIVER, "nvidia-smi gcc", "old-smi older-smi somebodys"))

    done = removal.removal({"packages": recorded(brought="libcuda1 older-smi", named="nvidia-smi old-smi", settings="older-smi")})

    assert done == {"purge": ["libcuda1", "nvidia-smi", "old-smi"], "remove": []}


def test_kernels_stay_and_settings_that_were_here_before_too(monkeypatch: Any) -> None:
    names = "linux-image-6.8.0-1-generic linux-modules-6.8.0-1-generic linux-modules-nvidia-580-generic libcuda1"
    monkeypatch.setattr(removal, "run", Host({name: [] for name in names.split()}, ""))

    done = removal.removal({"packages": recorded(brought=names, settings="libcuda1")})

    assert done == {"purge": ["linux-modules-nvidia-580-generic"], "remove": ["libcuda1"]}
