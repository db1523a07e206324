"""`rigprov check` on a machine that was set up: it passes; whatever is broken by hand is found, by the control for it."""

import json
import os
import shlex
import subprocess
import sys
from collections.abc import Callable, Iterator
from pathlib import Path

import pytest
import yaml

from rigprov.compliance.registry import controls
from tests.live.breaks import BREAKS, GROUPS, Break
from tests.targets import Target

pytestmark = pytest.mark.live

Rigprov = Callable[..., subprocess.CompletedProcess[str]]
Check = Callable[..., tuple[int, dict[str, str], str]]

TIER = """\
from dataclasses import replace
from rigprov.tiers.starter import STARTER

bench = next(one for one in STARTER.benchmarks if one.model == "smollm2-135m")
roles = ("base", "model_storage", "docker", "models", "llm_runtime")
TIER = replace(STARTER, name="proof", roles=roles, benchmarks=(bench,))
"""
READY = "/var/lib/rigprov-test-ready"
MARK = "mkdir -p /root/kept && touch " + READY


def sudo(target: Target, command: str) -> str:
    done = target.run(f"sudo sh -ec {shlex.quote(command)}")
    assert done.returncode == 0, f"{command}: {done.stderr}{done.stdout}"
    return done.stdout.strip()


def states(done: subprocess.CompletedProcess[str], host: str) -> dict[str, str]:
    """Control -> how it ended."""
    answers = json.loads(done.stdout)["data"]["hosts"][host]["answers"]
    return {one["control"]["id"]: one["state"] for one in answers}


def failed(found: dict[str, str]) -> set[str]:
    return {ident for ident, state in found.items() if state in ("fail", "error")}


def complaints(said: str) -> str:
    """What failed and why, a line each: the whole document is too long to be read where tests fail."""
    answers = next(iter(json.loads(said)["data"]["hosts"].values()))["answers"]
    shown = ("found", "expected", "output", "note")
    return "\n".join(
        f"{one['control']['id']}: { ({key: one[key] for key in shown}) }" for one in answers if one["state"] in ("fail", "error")
    )


@pytest.fixture
def tier(tmp_path: Path) -> Path:
    path = tmp_path / "proof_tier.py"
    path.write_text(TIER)
    return path


@pytest.fixture
def check(module_target: Target, rigprov: Rigprov, tier: Path) -> Check:
    """Exit code, states and all that was printed, on the module's machine, which is set up first where it is not yet."""
    way = ("--tier", tier, "-F", module_target.ssh_config, module_target.name)
    if module_target.run(f"test -e {READY}").returncode:
        done = rigprov("apply", "--no-verify", "--yes", *way)
        assert (done.returncode, "reaches none of the sources" in done.stdout + done.stderr) == (0, False), done.stderr
        sudo(module_target, MARK)

    def call(*more: str | Path) -> tuple[int, dict[str, str], str]:
        ended = rigprov("check", "--json", *more, *way)
        key = sudo(module_target, "cat /etc/rigprov/llm/api_key 2>/dev/null || echo none")
        assert key not in ended.stdout + ended.stderr
        return ended.returncode, states(ended, module_target.name), ended.stdout

    return call


@pytest.fixture
def broken(module_target: Target) -> Iterator[Callable[[Break], None]]:
    """Break things; they are mended afterwards in the opposite order."""
    done: list[Break] = []

    def call(one: Break) -> None:
        done.append(one)
        sudo(module_target, one.how)

    yield call
    for one in reversed(done):
        sudo(module_target, one.mended)


def test_a_converged_machine_passes(check: Check, tmp_path: Path) -> None:
    code, found, said = check("--junit", tmp_path / "junit.xml")

    assert failed(found) == set(), complaints(said)
    assert code == 0
    assert len(found) == len(controls())
    assert sum(state == "pass" for state in found.values()) > 50
    assert (tmp_path / "junit.xml").read_text().count("<testcase ") == len(found)


@pytest.mark.parametrize("group", [GROUPS[0], *(pytest.param(group, marks=pytest.mark.nightly) for group in GROUPS[1:])])
def test_what_is_broken_is_found_and_nothing_else(check: Check, broken: Callable[[Break], None], group: str) -> None:
    """Many at a time, which do not touch one another; one at a time is the nightly test's."""
    chosen = [one for one in BREAKS if one.group == group]
    for one in chosen:
        broken(one)

    code, found, said = check()

    assert code == 5
    assert failed(found) == set().union(*(one.found for one in chosen)), complaints(said)


def test_mended_it_passes_again(check: Check) -> None:
    code, found, said = check()
    assert (code, failed(found)) == (0, set()), complaints(said)


@pytest.mark.nightly
@pytest.mark.parametrize("one", BREAKS, ids=lambda one: one.id)
def test_one_thing_broken_is_one_control_failed(check: Check, broken: Callable[[Break], None], one: Break) -> None:
    broken(one)
    code, found, said = check()
    assert (code, failed(found)) == (5, one.found), complaints(said)


def test_selection_and_waivers(check: Check, broken: Callable[[Break], None], tmp_path: Path) -> None:
    broken(next(one for one in BREAKS if one.id == "RIG-SYS-006"))
    path = tmp_path / "waivers.yml"
    waiver = {"id": "RIG-SYS-006", "reason": "rebooted on Sunday", "until": "2099-01-01"}

    def waived(**more: str) -> Path:
        path.write_text(yaml.safe_dump([waiver | more]))
        return path

    assert check("--role", "host", "--severity", "critical")[0] == 0
    assert check("--id", "RIG-SYS-006")[:2] == (5, {"RIG-SYS-006": "fail"})
    assert check("--id", "RIG-SYS-006", "--waivers", waived())[:2] == (0, {"RIG-SYS-006": "waived"})
    code, found, said = check("--id", "RIG-SYS-006", "--waivers", waived(until="2020-01-01"))
    assert (code, found) == (5, {"RIG-SYS-006": "fail"})
    assert "its waiver ended on 2020-01-01 (it was given because: rebooted on Sunday)" in said


def test_pytest_alone_runs_it(check: Check, module_target: Target, tmp_path: Path) -> None:
    """By hand, over testinfra's own ssh and through Ansible, with nothing of rigprov's command line."""
    check("--id", "RIG-SYS-001")
    config = module_target.ssh_config
    inventory = tmp_path / "hosts"
    inventory.write_text(f"{module_target.name} ansible_ssh_common_args='-F {config}' ansible_become=true\n")
    ssh = [f"--hosts=ssh://{module_target.name}", f"--ssh-config={config}", "--sudo"]
    ansible = [f"--hosts=ansible://{module_target.name}", "--force-ansible", f"--ansible-inventory={inventory}"]
    # Ansible starts anew for each command, so it is asked few.
    for way, named, passed in [(ssh, "tmp_is_sticky or data_root or every_gpu", 2), (ansible, "data_root or every_gpu", 1)]:
        done = pytest_in(tmp_path, *way, "-k", named, "--pyargs", "rigprov.compliance", "-q", "-rs")
        assert f"{passed} passed, 1 skipped" in done.stdout, done.stdout + done.stderr
        assert "no NVIDIA GPU is given to this container" in done.stdout


def pytest_in(folder: Path, *words: str) -> subprocess.CompletedProcess[str]:
    env = {key: value for key, value in os.environ.items() if not key.startswith("PYTEST_")}
    env["PATH"] = f"{Path(sys.executable).parent}{os.pathsep}{env['PATH']}"  # testinfra calls Ansible's programs by name
    (folder / "pytest.ini").write_text("[pytest]\naddopts = --strict-markers\n")
    line = [sys.executable, "-m", "pytest", "-c", str(folder / "pytest.ini"), *words]
    return subprocess.run(line, cwd=folder, env=env, capture_output=True, text=True, check=False)


def test_a_bare_machine_fails_with_findings(targets: Callable[..., list[Target]], rigprov: Rigprov, tier: Path) -> None:
    bare = targets(1, bare=True)[0]

    done = rigprov("check", "--tier", tier, "-F", bare.ssh_config, bare.name, "--json")
    found = states(done, bare.name)

    assert done.returncode == 5
    assert "error" not in found.values(), done.stdout
    assert {"RIG-DKR-001", "RIG-STO-001", "RIG-MOD-001", "RIG-RUN-001", "RIG-SYS-014", "RIG-UPD-005"} <= failed(found)
    assert len(failed(found)) < 15, "what follows from something else that is missing is skipped, with its id"


def test_a_host_that_does_not_answer(module_target: Target, rigprov: Rigprov) -> None:
    done = rigprov("check", "-F", module_target.ssh_config, "ops@127.0.0.1:1")
    assert (done.returncode, done.stdout) == (6, "")


def test_bad_input_is_refused_before_any_host(module_target: Target, rigprov: Rigprov, tmp_path: Path) -> None:
    (tmp_path / "w.yml").write_text("- id: RIG-SYS-006\n  until: 2099-01-01\n")
    done = rigprov("check", "--waivers", tmp_path / "w.yml", "-F", module_target.ssh_config, "ops@127.0.0.1:1")
    assert done.returncode == 2
    assert "w.yml:1: the waiver has no reason" in done.stderr
