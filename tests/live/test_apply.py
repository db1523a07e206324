"""`rigprov apply` on real machines: several at once, faults, dry run, interrupts, secrets."""

import json
import os
import re
import signal
import subprocess
import sys
import time
from collections.abc import Callable, Iterator
from contextlib import contextmanager, suppress
from pathlib import Path

import pytest

from rigprov.errors import Exit
from tests.live.test_facts import alias
from tests.targets import Target
from tests.targets.rootfs import key

pytestmark = pytest.mark.live

Targets = Callable[..., list[Target]]
Rigprov = Callable[..., subprocess.CompletedProcess[str]]

# Small enough to run in seconds: what `apply` does with a plan does not depend on which roles are in it.
SMALL = """
from rigprov.model.tier import Needs, Tier

TIER = Tier(
    name="small",
    summary="for tests",
    needs=Needs(ram_gib=0.5, disk_gib=0),
    roles=("base", "model_storage"),
    benchmarks=(),
    expectation="nothing",
)
"""
NOT_THERE = "10.255.255.1"  # no machine of the harness has it
# Everything on a machine that a run could change: files (not what only a login or apt's cache writes), packages, users.
STATE = (
    "sudo find /etc /opt /srv /usr /var/lib -xdev -type f -not -path '/var/lib/apt/*' -not -path '/var/lib/systemd/*'"
    " -printf '%p %s %m %u %T@\\n' | sort; dpkg -l; cat /etc/passwd /etc/group"
)


@pytest.fixture
def small(tmp_path: Path) -> Path:
    path = tmp_path / "small.py"
    path.write_text(SMALL)
    return path


def words(tier: Path, *targets: Target, more: tuple[str, ...] = ()) -> list[str]:
    way = ("-F", str(targets[0].ssh_config))
    return ["apply", "--tier", str(tier), "--yes", "--no-verify", *way, *(target.name for target in targets), *more]


def hosts_of(done: subprocess.CompletedProcess[str]) -> dict[str, dict[str, object]]:
    hosts: dict[str, dict[str, object]] = json.loads(done.stdout)["data"]["hosts"]
    return hosts


def out(target: Target, command: str) -> str:
    done = target.run(command)
    assert done.returncode == 0, done.stderr
    return done.stdout


def test_one_is_done_while_one_is_not_there_and_one_is_full(targets: Targets, rigprov: Rigprov, small: Path) -> None:
    fine, full = targets(2, docker=False, disk_mib=2000)
    out(full, "sudo dd if=/dev/zero of=/srv/fill bs=1M 2>/dev/null; sync; df /")
    done = rigprov(*words(small, fine, full, more=(f"ops@{NOT_THERE}", "--json")))
    document = json.loads(done.stdout)
    problems = {problem["host"]: problem for problem in document["problems"]}

    assert done.returncode == document["exit"] == Exit.APPLY_FAILED, done.stderr
    assert problems.keys() == {full.name, f"ops@{NOT_THERE}"}
    assert "the disk is full" in problems[full.name]["message"]
    assert "free some space" in problems[full.name]["hint"]
    assert NOT_THERE in problems[f"ops@{NOT_THERE}"]["message"]
    assert problems[f"ops@{NOT_THERE}"]["hint"]
    assert hosts_of(done)[fine.name]["run"]["state"] == "ok"  # type: ignore[index]
    assert out(fine, "stat -c %G /srv/models") == "models\n"

    again = rigprov(*words(small, fine))
    said = f"{fine.name}: nothing changed; it already was as planned (2 roles, checked by the ledger)"
    assert (again.returncode, again.stdout.splitlines()[0]) == (0, said)


def test_only_reachability_failed(rigprov: Rigprov, small: Path) -> None:
    done = rigprov("apply", "--tier", small, "--yes", f"ops@{NOT_THERE}")
    assert (done.returncode, done.stdout) == (Exit.UNREACHABLE, "")
    assert done.stderr.count("error: ") == 1


def test_dry_run_on_a_bare_host_changes_nothing_and_the_real_run_brings_python(
    targets: Targets, rigprov: Rigprov, small: Path
) -> None:
    (bare,) = targets(1, bare=True, docker=False)
    before = out(bare, STATE)
    dry = rigprov(*words(small, bare, more=("--check",)))
    assert dry.returncode == 0, dry.stderr
    assert "cannot be simulated until Python is there" in dry.stdout
    assert out(bare, STATE) == before

    done = rigprov(*words(small, bare))
    assert done.returncode == 0, done.stderr
    assert f"{bare.name}: installed python3 python3-apt" in done.stdout
    assert "getting ready for Ansible: install Python" in done.stderr


def test_dry_run_on_a_fresh_host_predicts_and_changes_nothing(target: Target, rigprov: Rigprov, small: Path) -> None:
    before = out(target, STATE)
    dry = rigprov(*words(small, target, more=("--check", "--json")))
    run = hosts_of(dry)[target.name]["run"]
    assert dry.returncode == 0, dry.stderr
    assert (run["state"], run["changed"] > 0) == ("ok", True)  # type: ignore[index]
    assert out(target, STATE) == before


@pytest.mark.nightly
def test_the_package_managers_user_is_named_and_waited_for(target: Target, rigprov: Rigprov, small: Path) -> None:
    lock = "import fcntl, time; f = open('/var/lib/dpkg/lock-frontend', 'w'); fcntl.lockf(f, fcntl.LOCK_EX); time.sleep(22)"
    out(target, f'sudo systemd-run -q python3 -c "{lock}"')
    done = rigprov(*words(small, target))
    assert done.returncode == 0, done.stderr
    assert re.search(r": waiting for python3 \(process \d+\); up to \d+ min more", done.stderr), done.stderr


@contextmanager
def started(line: list[str], home: Path) -> Iterator[subprocess.Popen[str]]:
    """A run of rigprov that has reached its first role."""
    home.mkdir(exist_ok=True)
    process = subprocess.Popen(
        [sys.executable, "-m", "rigprov", *line],
        env={**os.environ, "HOME": str(home), "XDG_STATE_HOME": str(home / "state"), "PYTHONUNBUFFERED": "1"},
        stdin=subprocess.DEVNULL,
        stdout=subprocess.PIPE,
        stderr=subprocess.PIPE,
        text=True,
    )
    assert process.stderr is not None
    try:
        for text in process.stderr:
            if ": base (" in text:
                break
        yield process
    finally:
        process.kill()
        process.communicate()


def ansible_of(home: Path) -> list[str]:
    """Processes that belong to a run: they have its home in their environment."""
    found = []
    for entry in Path("/proc").iterdir():
        try:
            environment = (entry / "environ").read_bytes() if entry.name.isdigit() else b""
            state = (entry / "stat").read_text().rpartition(")")[2].split()[0] if environment else "Z"
        except (FileNotFoundError, ProcessLookupError, PermissionError):  # ended meanwhile, or somebody else's
            continue
        if f"HOME={home}".encode() + b"\0" in environment and state != "Z":
            found.append((entry / "cmdline").read_bytes().replace(b"\0", b" ").decode())
    return found


@pytest.mark.parametrize("number", [signal.SIGINT, pytest.param(signal.SIGTERM, marks=pytest.mark.nightly)])
def test_an_interrupt_stops_ansible_and_the_next_run_converges(
    target: Target, rigprov: Rigprov, small: Path, tmp_path: Path, number: signal.Signals
) -> None:
    with started(words(small, target), tmp_path / "cut") as process:
        process.send_signal(number)
        _, errors = process.communicate(timeout=60)
        assert process.returncode == Exit.INTERRUPTED, errors
        assert "run the same command again" in errors
        assert ansible_of(tmp_path / "cut") == []
    done = rigprov(*words(small, target))
    assert done.returncode == 0, done.stderr
    assert "nothing changed" in rigprov(*words(small, target)).stdout


def test_a_killed_controller_takes_ansible_with_it(target: Target, rigprov: Rigprov, small: Path, tmp_path: Path) -> None:
    with started(words(small, target), tmp_path / "cut") as process:
        assert any("ansible-playbook" in line for line in ansible_of(tmp_path / "cut"))
        process.send_signal(signal.SIGKILL)
        process.wait()
        end = time.monotonic() + 15
        while left := [line for line in ansible_of(tmp_path / "cut") if "[mux]" not in line]:  # those end by themselves
            assert time.monotonic() < end, left
            time.sleep(0.1)
    done = rigprov(*words(small, target))
    assert done.returncode == 0, done.stderr


@pytest.mark.nightly
def test_no_secret_is_left_anywhere(target: Target, rigprov: Rigprov, small: Path, tmp_path: Path) -> None:
    secrets = {"sudo": "Plant-sudo-4711", "hub": "hf_PlantHub4711abcdefgh", "models": "Plant-models-4711"}
    out(target, f"echo 'ops:{secrets['sudo']}' | sudo chpasswd")
    out(target, "sudo sh -c 'sed -i s/NOPASSWD:// /etc/sudoers /etc/sudoers.d/*'; sudo -k; ! sudo -n true 2>/dev/null")
    inventory = tmp_path / "hosts.yml"
    own = {"ansible_become_password": secrets["sudo"], "models_token": secrets["models"]}
    inventory.write_text(json.dumps({"all": {"hosts": {target.name: own}}}))
    seen: list[str] = []
    with started([*words(small, target), "-i", str(inventory), "--json"], tmp_path / "home") as process:
        while process.poll() is None:
            seen += _command_lines()
            time.sleep(0.05)
        printed, errors = process.communicate()
    assert process.returncode == 0, errors
    env = {"HF_TOKEN": secrets["hub"]}
    done = rigprov(*words(small, target), "-i", inventory, "--json", env=env)
    assert done.returncode == 0, done.stderr
    kept = [path.read_text() for path in tmp_path.rglob("*") if path.is_file() and path != inventory]
    patterns = " ".join(f"-e {secret}" for secret in secrets.values())
    readable = "find / /tmp /run /dev/shm -xdev -type f -perm -o=r -size -4M 2>/dev/null | xargs -d '\\n' cat 2>/dev/null"
    on_host = out(target, f"echo {secrets['sudo']} > /var/tmp/planted; {readable} | grep -ac {patterns}; rm /var/tmp/planted")
    assert any("ansible-playbook" in line for line in seen)
    for secret in secrets.values():
        assert not any(secret in text for text in (*seen, printed, errors, done.stdout, done.stderr, *kept))
    assert on_host.strip() == "1"  # the one just planted: the search does find


def _command_lines() -> Iterator[str]:
    """Of every process on the controller; the machines' own are among them."""
    for entry in Path("/proc").iterdir():
        with suppress(FileNotFoundError, ProcessLookupError):
            if entry.name.isdigit():
                yield (entry / "cmdline").read_bytes().decode(errors="replace")


def test_apply_through_a_jump_host(targets: Targets, rigprov: Rigprov, small: Path, tmp_path: Path) -> None:
    """The probe and Ansible take ssh's way, and Ansible takes one connection for all of its tasks."""
    gate, inner = targets(2, docker=False)
    config = alias(tmp_path, inner)
    text = f"Host gate\n  HostName {gate.ip}\n  User ops\n  IdentityFile {key()}\nHost rig\n  ProxyJump gate\n"
    config.write_text(text + config.read_text())
    came = f"sudo journalctl -u ssh --no-pager | grep 'Accepted publickey' | grep -c 'from {gate.ip} '"
    line = ("apply", "--tier", small, "--yes", "--no-verify", "-F", config, "rig")

    refused = rigprov(*line)
    assert (refused.returncode, "Host key verification failed" in refused.stderr) == (Exit.UNREACHABLE, True), refused.stderr
    done = rigprov(*line, "--accept-new-host-key")
    assert done.returncode == 0, done.stderr
    assert out(inner, "stat -c %G /srv/models") == "models\n"
    first = int(out(inner, came))
    assert first == 2, "facts, and Ansible's one for all tasks"
    again = rigprov(*line)
    assert (again.returncode, "nothing changed" in again.stdout) == (0, True), again.stderr
    assert int(out(inner, came)) - first == 1
