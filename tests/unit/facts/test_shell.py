"""Scripts on this machine, and how failures are told. (Over SSH: the live tests.)"""

import threading
import time
from collections.abc import Mapping

import pytest

from rigprov.errors import ApplyError, RigprovError, UnreachableError
from rigprov.facts import shell
from rigprov.facts.connection import Access
from rigprov.facts.shell import ScriptResult, run_script
from rigprov.facts.transport import Raw
from rigprov.facts.wrapper import Wrapped, wrap
from rigprov.model.target import Target

HERE = Target("here", local=True)


def local(script: str, timeout_s: float = 20) -> ScriptResult | RigprovError:
    return run_script([HERE], Access(), script, root=False, timeout_s=timeout_s)["here"]


def test_output_errors_and_exit_status() -> None:
    found = local("printf 'a\\377b'; echo bad >&2; exit 3")
    assert isinstance(found, ScriptResult)
    assert (found.rc, found.stdout, found.stderr) == (3, "a\ufffdb", "bad\n")


def test_time_limit() -> None:
    started = time.monotonic()
    found = local("sleep 30", timeout_s=0.5)
    assert (str(found), isinstance(found, UnreachableError)) == ("`here` did not finish within 0.5 s", True)
    assert time.monotonic() - started < 5


def test_a_script_of_its_own_for_each_host() -> None:
    hosts = [Target(name, local=True) for name in ("b", "a")]
    found = run_script(hosts, Access(), {"a": "echo 1", "b": "echo 2"}, root=False, timeout_s=20)
    assert {name: result.stdout for name, result in found.items() if isinstance(result, ScriptResult)} == {"b": "2\n", "a": "1\n"}
    assert list(found) == ["b", "a"]


def test_hosts_run_at_the_same_time(monkeypatch: pytest.MonkeyPatch) -> None:
    together = threading.Barrier(3)

    def wait(target: Target, wrapped: Wrapped, timeout_s: float) -> Raw:
        together.wait(timeout=5)
        return Raw(0, f"\n{wrapped.mark} none me \nok\n", "")

    monkeypatch.setattr(shell, "run_local", wait)
    found = run_script([Target(name, local=True) for name in "abc"], Access(), "", root=False, timeout_s=1)
    assert {name: getattr(result, "stdout", result) for name, result in found.items()} == {"a": "ok\n", "b": "ok\n", "c": "ok\n"}


def answer(monkeypatch: pytest.MonkeyPatch, stdout: str, stderr: str = "", rc: int = 1) -> None:
    def give(target: Target, wrapped: Wrapped, timeout_s: float) -> Raw:
        return Raw(rc, stdout.replace("MARK", wrapped.mark), stderr)

    monkeypatch.setattr(shell, "run_local", give)


@pytest.mark.parametrize(
    ("stdout", "stderr", "message"),
    [
        ("This account is currently not available.\n", "", "`here` runs no commands: This account is currently not available."),
        ("", "", "`here` runs no commands: exit status 1, no output"),
    ],
)
def test_a_login_shell_that_runs_nothing(monkeypatch: pytest.MonkeyPatch, stdout: str, stderr: str, message: str) -> None:
    answer(monkeypatch, stdout, stderr)
    found = local("true")
    assert (str(found), isinstance(found, UnreachableError)) == (message, True)


@pytest.mark.parametrize(
    ("password", "hint"), [(None, "run with `--ask-become-pass`"), ("x", "check the password and the user's sudo rights")]
)
def test_root_that_cannot_be_had(monkeypatch: pytest.MonkeyPatch, password: str | None, hint: str) -> None:
    answer(monkeypatch, "\nMARK refused ops sudo asks for a password\n")
    found = run_script([HERE], Access(become_password=password), "true", root=True, timeout_s=5)["here"]
    assert isinstance(found, ApplyError)
    assert (str(found), found.hint) == ("cannot become root on `here` as `ops`: sudo asks for a password", hint)


def test_login_noise_is_no_failure(monkeypatch: pytest.MonkeyPatch) -> None:
    answer(monkeypatch, "Welcome\n\nMARK sudo ops \nout\n", "perl: warning: Setting locale failed.\n", rc=0)
    assert local("true") == ScriptResult(0, "out\n", "perl: warning: Setting locale failed.\n", "ops", "sudo", "")


def test_a_defect_surfaces(monkeypatch: pytest.MonkeyPatch) -> None:
    def fail(*_: object) -> Mapping[str, str]:
        raise ZeroDivisionError

    monkeypatch.setattr(shell, "run_local", fail)
    with pytest.raises(ZeroDivisionError):
        local("true")


def test_one_bad_address_does_not_stop_the_others() -> None:
    found = run_script([Target("bad", address="-x"), HERE], Access(), "echo ok", root=False, timeout_s=20)
    assert str(found["bad"]) == "`-x` is not an address"
    assert isinstance(found["here"], ScriptResult)


def test_scripts_are_wrapped_with_a_new_mark_each_time() -> None:
    assert wrap("", root=False, password=None).mark != wrap("", root=False, password=None).mark
