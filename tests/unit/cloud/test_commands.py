"""rigprov's own commands with these inventories."""

from pathlib import Path

import pytest

from rigprov.cli import main
from rigprov.errors import UsageError
from rigprov.facts.inventory import resolve
from rigprov.facts.inventory_file import load
from tests.meta.checkout import ROOT
from tests.unit.cloud import api as stand_in
from tests.unit.cloud.api import KEY, said, serving

pytestmark = pytest.mark.process


@pytest.fixture
def account(monkeypatch: pytest.MonkeyPatch):
    """`account(replies)`: inventory/runpod.yml of this checkout, at a server that answers so. Not run from the checkout."""
    monkeypatch.setenv("RUNPOD_API_KEY", KEY)
    file = str(ROOT / "inventory/runpod.yml")

    def use(server: stand_in.Api) -> str:
        monkeypatch.setenv("RIGPROV_RUNPOD_URL", server.url)
        return file

    return use


def test_targets_of_the_ready_file(account, monkeypatch, tmp_path: Path, capsys) -> None:
    monkeypatch.chdir(tmp_path)
    monkeypatch.setenv("ANSIBLE_VERBOSITY", "4")  # it would print more than the listing
    monkeypatch.setenv("ANSIBLE_DEBUG", "1")
    with serving([said(stand_in.PODS)]) as server:
        found = resolve(["gpu_h100_80gb_hbm3"], [account(server)])
    (target,) = found
    assert (target.name, target.address, target.port, target.user) == ("chat-aaa112", "203.0.113.8", 40022, "root")
    assert target.variables["rigprov_tier"] == "advanced"
    assert capsys.readouterr().err == ""


def test_all_leaves_out_what_is_not_ready_and_says_so(account, capsys) -> None:
    with serving([said(stand_in.PODS)]) as server:
        found = resolve(["all"], [account(server)])
    assert len(found) == 9
    assert capsys.readouterr().err == (
        "left out: `asleep` (it is stopped), `booting` (it is starting), `no-port-yet` (it has no public port for SSH yet), "
        "`runpod-aaa124` (it has no public port for SSH yet), `proxy-only` (it publishes no port for SSH: `22/tcp` is not among "
        "its ports, and RunPod's proxy runs no commands) and 1 more\n"
    )


@pytest.mark.parametrize(
    ("pods", "wanted", "message"),
    [
        ([], "all", "there is no machine in `FILE`"),
        ([], "runpod", "there is no machine in `FILE`"),
        ([3], "all", "`all` in `FILE` holds no machine that is ready: `asleep` (it is stopped)"),
        ([3], "runpod_stopped", "`runpod_stopped` in `FILE` holds no machine that is ready: `asleep` (it is stopped)"),
        ([0, 3], "asleep", "`asleep` of `FILE` is not ready: it is stopped"),
        ([0], "tier_advanced", "there is no host or group `tier_advanced` in `FILE`"),
    ],
)
def test_nothing_to_work_on(account, pods: list[int], wanted: str, message: str) -> None:
    listing = {"pods": [stand_in.PODS["pods"][number] for number in pods]}
    with serving([said(listing)]) as server:
        file = account(server)
        with pytest.raises(UsageError) as caught:
            resolve([wanted], [file])
    assert str(caught.value).replace(file, "FILE") == message
    assert caught.value.hint


@pytest.mark.parametrize(("verb", "more"), [("plan", []), ("apply", ["--yes"])])
def test_a_command_on_no_machines(account, capsys, verb: str, more: list[str]) -> None:
    with serving([said({"pods": []})]) as server:
        file = account(server)
        code = main([verb, "--tier", "starter", "-i", file, *more, "all"])
    out, err = capsys.readouterr()
    expected = f"error: there is no machine in `{file}`\nhint: rent or add one; a provider lists those of the API key's account\n"
    assert (code, out, err) == (2, "", expected)


def test_a_command_with_a_key_that_is_not_taken(account, capsys) -> None:
    with serving([stand_in.DENIED]) as server:
        file = account(server)
        code = main(["plan", "--tier", "starter", "-i", file, "all"])
    out, err = capsys.readouterr()
    sentence = f"RunPod's API at {server.url} does not accept the API key (no such key: <redacted>)"
    expected = f"error: inventory `{file}` cannot be read: {sentence}\nhint: put a valid one into RUNPOD_API_KEY\n"
    assert (code, out, err) == (2, "", expected)


def test_more_variables_of_a_machine_in_a_file_of_the_user_s_own(account, tmp_path: Path) -> None:
    own = tmp_path / "own.yml"
    own.write_text("all: {hosts: {asleep: {docker_users: [me]}}}")
    with serving([said({"pods": [stand_in.PODS["pods"][3]]})]) as server:
        found = load([str(own), account(server)])
    assert [(name, found["docker_users"], found["rigprov_state"]) for name, found in found.hosts.items()] == [
        ("asleep", ["me"], "EXITED")
    ]


def test_a_provider_that_is_out_of_order_is_not_the_user_s_fault(account, tmp_path: Path, capsys) -> None:
    own = tmp_path / "runpod.yml"
    own.write_text("plugin: rigprov.workstation.runpod\nretries: 0\n")
    with serving([stand_in.BROKEN]) as server:
        account(server)
        code = main(["plan", "--tier", "starter", "-i", str(own), "all"])
    out, err = capsys.readouterr()
    assert (code, out) == (6, "")
    assert err.startswith(f"error: inventory `{own}` cannot be read: RunPod's API at {server.url} is out of order (HTTP 500)")
