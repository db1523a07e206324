from collections.abc import Mapping
from dataclasses import replace
from pathlib import Path
from typing import Any

import pytest

from rigprov.apply import bootstrap as module
from rigprov.apply.bootstrap import bootstrap, needs
from rigprov.errors import ApplyError, UnreachableError, UsageError
from rigprov.facts.build import host_facts
from rigprov.facts.connection import Access
from rigprov.facts.recording import read
from rigprov.facts.shell import ScriptResult
from rigprov.model.host import HostFacts, Package, Privilege
from rigprov.model.missing import Missing
from rigprov.model.target import Target

RECORDED = host_facts(read(Path(__file__).parents[2] / "fixtures/facts/desktop-3090"))
READY_PACKAGES = tuple(Package(name, "1", "ii", False, None) for name in ("python3-apt", "jq"))
HALF = Package("jq", "1", "iU", False, None)


def facts(**changes: Any) -> HostFacts:
    return replace(RECORDED, **{"python": "3.11.2", "packages": READY_PACKAGES, "apt_lock_holder": None, "extra": {}, **changes})


@pytest.mark.parametrize(
    ("changes", "wanted"),
    [
        ({}, ()),
        ({"python": None, "packages": ()}, ("install Python", "install python3-apt")),
        ({"packages": Missing("dpkg-query is missing")}, ("install python3-apt",)),
        ({"packages": READY_PACKAGES[:1], "privilege": Privilege("root", "root")}, ()),  # root needs no sudo
        ({"packages": (*READY_PACKAGES, HALF)}, ("finish an interrupted package installation",)),
        (
            {"extra": {"dpkg_audit": "The following packages are only half configured"}},
            ("finish an interrupted package installation",),
        ),
        ({"apt_lock_holder": "apt-get (process 7)"}, ("wait for apt-get (process 7), which uses the package manager",)),
        ({"extra": {"cloud_init": "running"}}, ("wait for cloud-init",)),
        ({"extra": {"cloud_init": "done"}}, ()),
    ],
)
def test_what_a_host_needs(changes: dict[str, Any], wanted: tuple[str, ...]) -> None:
    assert needs(facts(**changes)) == wanted


class Hosts:
    """Stands in for `run_script`: each call gives every host its next answer."""

    def __init__(self, answers: Mapping[str, list[ScriptResult | ApplyError | UnreachableError]]) -> None:
        self.answers = answers
        self.calls: list[list[str]] = []

    def __call__(self, targets: list[Target], access: Access, script: str, *, root: bool, timeout_s: float) -> dict[str, Any]:
        assert root
        assert script.startswith("# What Ansible itself needs")
        self.calls.append([target.name for target in targets])
        return {target.name: self.answers[target.name].pop(0) for target in targets}


def carried_out(
    monkeypatch: pytest.MonkeyPatch, answers: Mapping[str, list[Any]], of: HostFacts, **options: Any
) -> tuple[dict[str, Any], Hosts, list[str]]:
    hosts, said = Hosts(answers), list[str]()
    monkeypatch.setattr(module, "run_script", hosts)
    monkeypatch.setattr(module, "_PAUSE_S", 0)
    targets = [Target(name) for name in answers]
    options = {"check": False, **options}
    done = bootstrap(
        targets, dict.fromkeys(answers, of), Access(), say=lambda host, text: said.append(f"{host}: {text}"), **options
    )
    return done, hosts, said


def test_a_host_that_is_ready_costs_no_round_trip(monkeypatch: pytest.MonkeyPatch) -> None:
    done, hosts, said = carried_out(monkeypatch, {"a": []}, facts())
    assert (done, hosts.calls, said) == ({}, [], [])


def test_a_bare_host_is_made_ready_while_another_waits(monkeypatch: pytest.MonkeyPatch) -> None:
    busy = ScriptResult(75, "unattended-upgr (process 12)\n", "")
    answers = {"a": [ScriptResult(0, "installed python3\n", "")], "b": [busy, ScriptResult(0, "installed python3\n", "")]}
    done, hosts, said = carried_out(monkeypatch, answers, facts(python=None))
    assert done == {"a": "installed python3", "b": "installed python3"}
    assert hosts.calls == [["a", "b"], ["b"]]
    assert said == [
        "a: getting ready for Ansible: install Python",
        "b: getting ready for Ansible: install Python",
        "b: waiting for unattended-upgr (process 12); up to 15 min more",
    ]


def test_waiting_has_an_end(monkeypatch: pytest.MonkeyPatch) -> None:
    busy = ScriptResult(75, "unattended-upgr (process 12)\n", "")
    done, _, _ = carried_out(monkeypatch, {"a": [busy]}, facts(python=None), limit_s=-1)
    assert isinstance(done["a"], ApplyError)
    assert "still in use by unattended-upgr (process 12)" in str(done["a"])


def test_check_mode_only_says_what_it_would_do(monkeypatch: pytest.MonkeyPatch) -> None:
    done, hosts, said = carried_out(monkeypatch, {"a": []}, facts(python=None), check=True)
    assert (done, hosts.calls, said) == ({"a": "install Python"}, [], [])


def test_without_a_way_to_become_root_nothing_is_tried(monkeypatch: pytest.MonkeyPatch) -> None:
    done, hosts, _ = carried_out(monkeypatch, {"a": []}, facts(python=None, privilege=Privilege("me", "none")))
    assert isinstance(done["a"], UsageError)
    assert hosts.calls == []


def test_a_failure_is_named_by_its_cause(monkeypatch: pytest.MonkeyPatch) -> None:
    full = ScriptResult(100, "", "E: You don't have enough free space in /var/cache/apt/archives/.\n")
    done, _, _ = carried_out(monkeypatch, {"a": [full]}, facts(python=None))
    assert isinstance(done["a"], ApplyError)
    assert str(done["a"]) == "getting ready for Ansible failed: the disk is full: there is no room in /var/cache/apt/archives"


def test_a_host_that_does_not_answer_keeps_its_error(monkeypatch: pytest.MonkeyPatch) -> None:
    gone = UnreachableError("`a` does not answer")
    done, _, _ = carried_out(monkeypatch, {"a": [gone]}, facts(python=None))
    assert done == {"a": gone}
