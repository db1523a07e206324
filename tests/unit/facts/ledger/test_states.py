"""States of packages, units, kernel settings, mounts, swap and accounts."""

import grp
import pwd
import subprocess

import pytest

from rigprov.facts.ledger import states
from rigprov.facts.ledger.states import observe
from rigprov.ledger.declared import KINDS

DPKG = (
    "curl\tcurl:amd64\tinstall\tinstalled\t7.88\n"
    "runc\trunc:amd64\thold\tinstalled\t1.1\n"
    "half\thalf:amd64\tinstall\thalf-configured\t2\n"
    "gone\tgone:amd64\tdeinstall\tconfig-files\t3\n"
    "libx\tlibx:i386\tinstall\tinstalled\t4\n"
)
UNITS = (
    "LoadState=loaded\nActiveState=active\nUnitFileState=enabled\n\nLoadState=not-found\nActiveState=inactive\nUnitFileState=\n\n"
    "LoadState=masked\nActiveState=inactive\nUnitFileState=masked\n"
)


def answers(monkeypatch, texts):
    def run(command, **_):
        code, text = texts.get(command[0], (127, ""))
        return subprocess.CompletedProcess(command, code, text, "it failed\n" if code else "")

    monkeypatch.setattr(subprocess, "run", run)


def of(kind, *names):
    return observe({"kind": kind, "name": name} for name in names)


def test_packages(monkeypatch):
    answers(monkeypatch, {"dpkg-query": (1, DPKG)})
    assert of("package", "curl", "runc", "half", "gone", "never", "libx:i386") == [
        {"version": "7.88", "hold": False},
        {"version": "1.1", "hold": True},
        {"version": "2 (half-configured)", "hold": False},
        {"version": "not installed", "hold": False},
        {"version": "not installed", "hold": False},
        {"version": "4", "hold": False},
    ]


def test_units(monkeypatch):
    answers(monkeypatch, {"systemctl": (0, UNITS)})
    assert of("unit", "a", "b", "c") == [
        {"enabled": "enabled", "active": "active"},
        {"enabled": "not-found", "active": "inactive"},
        {"enabled": "masked", "active": "inactive"},
    ]


def test_what_cannot_be_asked_is_unknown_and_not_absent(monkeypatch):
    answers(monkeypatch, {"dpkg-query": (2, ""), "systemctl": (1, "")})
    assert of("package", "curl") == [{"unknown": "it failed"}]
    assert of("unit", "a", "b") == [{"unknown": "it failed"}] * 2
    answers(monkeypatch, {"systemctl": (0, UNITS)})
    assert of("unit", "a") == [{"unknown": "systemctl told of 3 units instead of 1"}]


def test_a_kind_of_a_newer_rigprov_is_unknown():
    assert of("firewall", "x") == [{"unknown": "this rigprov knows no firewall"}]


def test_kernel_settings():
    assert of("sysctl", "kernel.ostype", "kernel.none") == [{"value": "Linux"}, {"is": "absent"}]


FSTAB = "# x\n\nUUID=1 /m xfs noatime,nofail 0 2\n/swapfile none swap sw 0 0\n"
MOUNTS = (
    "21 1 8:1 / / rw,relatime - ext4 /dev/root rw\n"
    "22 21 8:2 / /m rw,noatime shared:1 - xfs /dev/none rw\n"
    "23 21 0:5 / /with\\040blank rw - tmpfs tmp rw\n"
)
SWAPS = "Filename\tType\tSize\tUsed\tPriority\n/swapfile file 1024 0 -2\n"


@pytest.fixture
def kernel(tmp_path, monkeypatch):
    for name, text in {"_FSTAB": FSTAB, "_MOUNTS": MOUNTS, "_SWAPS": SWAPS}.items():
        (tmp_path / name).write_text(text)
        monkeypatch.setattr(states, name, str(tmp_path / name))
    return tmp_path


def test_mounts(kernel):
    assert of("mount", "/m", "/with blank", "/n") == [
        {"mounted": True, "fstab": "UUID=1 /m xfs noatime,nofail", "fstype": "xfs", "options": "rw,noatime", "uuid": "/dev/none"},
        {"mounted": True, "fstab": "", "fstype": "tmpfs", "options": "rw", "uuid": "tmp"},
        {"mounted": False, "fstab": ""},
    ]
    (kernel / "_FSTAB").unlink()
    assert of("mount", "/m")[0]["fstab"] == ""


def test_swap(kernel):
    assert of("swap", "/swapfile", "/other") == [
        {"active": True, "kib": 1024, "fstab": "/swapfile none swap sw"},
        {"active": False, "fstab": ""},
    ]


def test_accounts(monkeypatch):
    groups = [grp.struct_group(("llm", "x", 5, [])), grp.struct_group(("models", "x", 6, ["llm", "bob"]))]
    user = pwd.struct_passwd(("llm", "x", 7, 5, "", "/nonexistent", "/usr/sbin/nologin"))
    named = {each.gr_name: each for each in groups}
    monkeypatch.setattr(grp, "getgrall", lambda: groups)
    monkeypatch.setattr(grp, "getgrnam", named.__getitem__)
    monkeypatch.setattr(grp, "getgrgid", {5: groups[0]}.__getitem__)
    monkeypatch.setattr(pwd, "getpwnam", {"llm": user}.__getitem__)
    assert of("user", "llm", "none") == [
        {"uid": 7, "group": "llm", "groups": ["models"], "home": "/nonexistent", "shell": "/usr/sbin/nologin"},
        {"is": "absent"},
    ]
    assert of("group", "models", "none") == [{"gid": 6}, {"is": "absent"}]
    assert of("member", "bob:models", "eve:models", "bob:none") == [{"member": True}, {"member": False}, {"is": "absent"}]


def test_a_lock_says_whether_its_holder_runs(tmp_path):
    path = tmp_path / "pid"
    assert of("lock", str(path)) == [{"running": False}]
    path.write_text("1")
    assert of("lock", str(path)) == [{"running": False}]
    command = ["flock", "--close", str(path), "sh", "-c", "echo held; read -r end"]
    with subprocess.Popen(command, stdin=subprocess.PIPE, stdout=subprocess.PIPE, text=True) as holder:
        assert holder.stdout is not None
        assert holder.stdout.readline() == "held\n"
        assert of("lock", str(path)) == [{"running": True}]
        holder.communicate("\n")
    assert of("lock", str(path)) == [{"running": False}]


def test_every_kind_that_can_be_declared_can_be_observed(kernel, monkeypatch):
    answers(monkeypatch, {"dpkg-query": (1, ""), "systemctl": (0, "LoadState=not-found")})
    things = [{"kind": kind, "name": "/none", "marker": "x"} for kind in KINDS.values()]
    assert [state for state in observe(things) if "unknown" in state] == []


def test_a_file_that_may_not_be_read_is_unknown(tmp_path, monkeypatch):
    def denied(*_, **__):
        raise PermissionError(13, "Permission denied")

    monkeypatch.setattr(states, "path_state", denied)
    assert of("path", "/x") == [{"unknown": "Permission denied"}]
