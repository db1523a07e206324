"""What the role nvidia_driver finds out about the driver itself."""

from typing import Any

import pytest

from tests.unit.roles.nvidia_driver import module

driver = module("driver")


@pytest.mark.parametrize(
    ("name", "is_driver"),
    [
        ("nvidia.ko", True),
        ("nvidia.ko.zst", True),
        ("nvidia-current.ko", True),
        ("nvidia-current-open.ko.xz", True),
        ("nvidia-tesla-470.ko", True),
        ("nvidia-uvm.ko", False),
        ("nvidia-current-modeset.ko", False),
        ("nvidia-drm.ko.zst", False),
        ("nvidiafb.ko", False),
    ],
)
def test_which_file_is_the_module(name: str, is_driver: bool) -> None:
    assert bool(driver.MODULE.fullmatch(name)) is is_driver


def test_f11_dkms_states_in_both_formats() -> None:
    listing = (
        "nvidia-current/535.309.01, 6.1.0-56-cloud-amd64, x86_64: installed\n"
        "nvidia, 580.95.05, 5.15.0-1-generic, x86_64: installed (original_module exists)\n"
        "nvidia/580.95.05, 6.8.0-2-generic, x86_64: built\n"
        "nvidia-current/535.309.01: added\n"
        "zfs/2.1.11, 6.1.0-56-cloud-amd64, x86_64: built\n"
        "Error! Could not locate dkms.conf file.\n"
    )
    assert driver.dkms_states(listing) == {
        "6.1.0-56-cloud-amd64": "installed",
        "5.15.0-1-generic": "installed",
        "6.8.0-2-generic": "built",
    }


@pytest.mark.parametrize(
    ("modules", "states", "file", "lacking"),
    [
        ("dkms", {"k": "installed"}, "/x/nvidia.ko", []),
        ("dkms", {"k": "built"}, "/x/nvidia.ko", [{"kernel": "k", "state": "built"}]),
        ("dkms", {}, "/x/nvidia.ko", [{"kernel": "k", "state": "not known to DKMS"}]),
        ("dkms", {"k": "installed"}, "", [{"kernel": "k", "state": "no module"}]),
        ("prebuilt", {}, "", [{"kernel": "k", "state": "no module"}]),
        ("present", {}, "/x/nvidia.ko", []),
    ],
)
def test_kernels_without_the_driver(monkeypatch: Any, modules: str, states: dict[str, str], file: str, lacking: Any) -> None:
    monkeypatch.setattr(driver, "module_file", lambda _: file)

    assert driver.lacking({"kernels": ["k"], "modules": modules}, states) == lacking


def test_the_tail_of_a_build_log_says_what_went_wrong() -> None:
    log = "DKMS make.log\nmake: Entering directory\n" + "  CC nv.o\n" * 40
    failed = "gcc: error: unrecognized command-line option '-ftrivial-auto-var-init=zero'\nmake[3]: *** [x.o] Error 1\nleaving\n"

    assert driver.tail(log + failed) == f"{' | '.join(failed.splitlines()[:2])}"
    assert driver.tail(log).count("CC nv.o") == driver.LOG_LINES
    assert driver.tail("") == ""


def wants(**other: Any) -> dict[str, Any]:
    return {"source": "nvidia", "branch": "570", "flavour": "open", "blacklist": ["nouveau"], **other}


@pytest.mark.parametrize(
    ("asked", "here", "says"),
    [
        # F15: Ubuntu's 570 is an empty package that brings 580
        (wants(), {"version": "580.95.05", "flavour": "open"}, "branch 570 was asked for, but the packages brought 580.95.05"),
        (wants(), {"version": "570.1", "flavour": "proprietary"}, "open modules were asked for, but the packages brought prop"),
        (wants(), {"version": "570.1", "flavour": "open"}, ""),
        (wants(branch="570.1.2"), {"version": "570.1", "flavour": ""}, ""),
        (wants(branch=""), {"version": "580.1", "flavour": "open"}, ""),
        (wants(), {"version": "", "flavour": ""}, ""),
        (wants(source="adopt"), {"version": "535.1", "flavour": "proprietary"}, ""),
    ],
)
def test_another_driver_than_was_asked_for(asked: Any, here: Any, says: str) -> None:
    found = driver.other_than_asked(asked, here)

    assert (found.startswith(says), bool(found)) == (True, bool(says))


@pytest.mark.parametrize(
    ("in_kernel", "with_module", "versions", "reason"),
    [
        ({"nouveau"}, ["run"], (None, "580.1"), "nouveau is loaded and may hold the card"),
        (set(), ["run"], (None, "580.1"), ""),
        ({"nvidia"}, ["run"], ("580.1", "580.1"), ""),
        ({"nvidia"}, ["run"], ("570.1", "580.1"), "version 570.1 is loaded, and 580.1 is installed"),  # F18
        (set(), ["new"], (None, "580.1"), "the driver is there for new, and run is running"),
        (set(), [], (None, ""), ""),
    ],
)
def test_when_a_reboot_is_needed(
    monkeypatch: Any, in_kernel: set[str], with_module: list[str], versions: tuple[str | None, str], reason: str
) -> None:
    loaded, installed = versions
    monkeypatch.setattr(driver.os.path, "isdir", lambda path: path.removeprefix("/sys/module/") in in_kernel)
    monkeypatch.setattr(driver, "module_file", lambda kernel: "/x/nvidia.ko" if kernel in with_module else "")
    monkeypatch.setattr(driver, "kernels_with_module", lambda: with_module)
    monkeypatch.setattr(driver, "run", lambda *_: f"{installed}\n")

    assert driver.reboot_reason(wants(), "run", loaded) == reason


@pytest.mark.parametrize(
    ("unit", "command"),
    [
        (
            "[Service]\nExecStart=/usr/bin/nvidia-persistenced --user nvidia-persistenced --no-persistence-mode --verbose\n",
            "/usr/bin/nvidia-persistenced --user nvidia-persistenced --verbose",
        ),
        ("ExecStart=/usr/bin/persistenced \\\n  --no-persistence-mode --user x\n", "/usr/bin/persistenced --user x"),
        ("ExecStart=/usr/bin/nvidia-persistenced --user nvpd\n", ""),
        ("", ""),
    ],
)
def test_the_daemons_command_with_persistence_on(unit: str, command: str) -> None:
    assert driver.exec_start(unit) == command
