"""The ledger on a real machine: quick second runs, changes by hand, ledgers that must not be believed, two runs at once."""

import base64
import json
import os
import subprocess
import sys
import time
from collections.abc import Callable, Iterator
from pathlib import Path
from urllib.parse import urlsplit

import pytest

from rigprov.catalog.sources import SOURCES
from rigprov.errors import Exit
from rigprov.ledger.judge import judge
from rigprov.model.ledger import Drift
from rigprov.report.ledger import drift_line
from tests.live.ledger_breaks import ALONE, BREAKS, PUT_BACK
from tests.targets import Target

pytestmark = pytest.mark.live

Rigprov = Callable[..., subprocess.CompletedProcess[str]]
LEDGER = "/var/lib/rigprov/ledger"
# Seconds, of the quickest of some tries. Half of it is the aim on two quiet cores; what runs beside the tests costs as much.
TRIES = 3
QUICK_S = 3.0
DEAF = 'import socket, time; s = socket.create_server(("127.0.0.9", 443)); time.sleep(600)'
SMALL = """
from dataclasses import replace
from rigprov.tiers import STARTER
TIER = replace(STARTER, name="small", roles=("base", "model_storage"), benchmarks=())
"""
KINDS = """
- hosts: all
  gather_facts: false
  become: true
  vars:
    rigprov_ledger: {swap: {rigprov: x, content: x, values: []}}
    __swap_managed: {sysctls: [net.ipv4.ip_forward], mounts: [/mnt], swaps: [/none], members: ["games:daemon"],
      blocks: [{path: /etc/fstab, marker: "# {mark} test"}]}
  tasks:
    - rigprov.workstation.ledger: {step: begin, roles: [swap]}
    - rigprov.workstation.ledger: {step: note, role: swap}
    - rigprov.workstation.ledger: {step: end}
"""

KINDS_SAID = (
    "kernel setting net.ipv4.ip_forward: value: expected 1, found 0",
    "mount /mnt: mounted: expected no, found yes",
    "mount /mnt: fstype: expected none, found tmpfs",
    "swap /none: fstab: expected none, found /none none swap sw",
    "member games:daemon: member: expected no, found yes",
    "rigprov's lines in /etc/fstab: expected absent, found block",
)


def words(target: Target, *more: str) -> list[str]:
    return ["apply", "--tier", "starter", "--model", "smollm2-135m", "-F", str(target.ssh_config), target.name, *more]


def root(target: Target, script: str) -> str:
    """Run as root. Packed, so that nothing on the way reads its quotes."""
    packed = base64.b64encode(script.encode()).decode()
    done = target.run(f"echo {packed} | base64 -d | sudo sh -e")
    assert done.returncode == 0, f"{script}: {done.stdout}{done.stderr}"
    return done.stdout


@pytest.fixture(scope="module")
def converged(module_target: Target, tmp_path_factory: pytest.TempPathFactory) -> Target:
    home = tmp_path_factory.mktemp("home")
    done = subprocess.run(
        [sys.executable, "-m", "rigprov", *words(module_target, "--yes", "--no-verify")],
        env={**os.environ, "HOME": str(home), "XDG_STATE_HOME": str(home)},
        capture_output=True,
        text=True,
        check=False,
    )
    assert done.returncode == 0, done.stderr
    assert "note: nothing is noted" not in done.stdout
    return module_target


def test_a_second_run_is_quick_by_one_connection_and_shows_the_kept_proof(converged: Target, rigprov: Rigprov) -> None:
    first = rigprov(*words(converged, "--yes"))
    assert first.returncode == 0, first.stderr
    assert "checked by the ledger" in first.stdout, "no role had to run; only the measurement was missing"
    logins = "journalctl --sync; journalctl -u ssh -o cat --no-pager | grep -c Accepted"
    before, times = int(root(converged, logins)), []
    for _ in range(TRIES):
        begun = time.monotonic()
        again = rigprov(*words(converged, "--yes"))
        times.append(time.monotonic() - begun)
        assert again.returncode == 0, again.stderr
        assert "nothing changed; it already was as planned (5 roles, checked by the ledger)" in again.stdout
        assert "and not again, since nothing has changed" in again.stdout
        assert "tok/s decode" in again.stdout
    assert int(root(converged, logins)) - before == TRIES + 1, "one for each run, one for this question"
    assert min(times) < QUICK_S, times


def test_a_second_run_does_not_wait_for_sources_that_say_nothing(converged: Target, rigprov: Rigprov) -> None:
    """What they said the last time stands, as there is nothing to fetch; other commands do wait."""
    assert rigprov(*words(converged, "--yes", "--no-verify")).returncode == 0
    names = " ".join(urlsplit(address).hostname or "" for address in SOURCES.values())
    root(converged, f"cp /etc/hosts /root/hosts; echo 127.0.0.9 {names} >>/etc/hosts")
    root(converged, f"systemd-run -q --unit deaf python3 -c '{DEAF}'")
    try:
        times, waited = [], time.monotonic()
        assert rigprov("facts", "-F", str(converged.ssh_config), converged.name).returncode == 0
        waited = time.monotonic() - waited
        for _ in range(TRIES):
            begun = time.monotonic()
            again = rigprov(*words(converged, "--yes", "--no-verify"))
            times.append(time.monotonic() - begun)
            assert "nothing changed; it already was as planned (5 roles, checked by the ledger)" in again.stdout, again.stderr
        assert min(times) < QUICK_S < waited, (times, waited)
    finally:
        root(converged, "systemctl stop deaf; cat /root/hosts >/etc/hosts; rm /root/hosts")


@pytest.mark.parametrize(
    ("change", "said"),
    [
        ("rm base.json", "nothing is noted of it"),
        ("truncate -s 300 base.json", "is damaged (JSONDecodeError"),
        ("truncate -s 0 base.json", "is damaged (JSONDecodeError"),
        ("sed -i 's/.format.: 1/\"format\": 2/' base.json", "is of a newer rigprov (format 2, this one knows 1)"),
        ("chown games base.json", "belongs to user 5 instead of root"),
        ("chmod 0666 base.json", "can be written by others than root (mode 0666)"),
        ('sed -i \'s/"machine_id.*/"machine_id": "0"/\' base.json', "it was written on another machine"),
        ("mv base.json b; ln -s b base.json", "is a link"),
        ("cp docker.json base.json", "its entry is of role docker"),
        ("chmod 0777 .", "can be written by others than root (mode 0777)"),
    ],
)
def test_a_ledger_that_cannot_be_trusted_is_never_believed(converged: Target, rigprov: Rigprov, change: str, said: str) -> None:
    root(converged, f"rm -rf /root/ledger; cp -a {LEDGER} /root/ledger")
    try:
        root(converged, f"cd {LEDGER}; {change}")
        done = rigprov(*words(converged, "--detect", "--json"))
        roles = json.loads(done.stdout)["data"]["hosts"][converged.name]["ledger"]
        others = {role for role, verdict in roles.items() if verdict["state"] != "holds"}
        assert done.returncode == Exit.BELOW_FLOOR
        assert said in roles["base"]["reason"]
        assert others == (set(roles) if change == "chmod 0777 ." else {"base"})
        assert rigprov(*words(converged, "--detect")).stdout.count(said) == 1, "said once, in one line"
    finally:
        root(converged, f"rm -rf {LEDGER}; mv /root/ledger {LEDGER}")
    assert rigprov(*words(converged, "--detect")).returncode == 0


def test_a_role_whose_entry_is_damaged_runs_alone_and_is_noted_again(converged: Target, rigprov: Rigprov) -> None:
    root(converged, f"truncate -s 100 {LEDGER}/base.json")
    done = rigprov(*words(converged, "--yes", "--no-verify"))
    assert done.returncode == 0, done.stderr
    assert "4 of 5 roles left out" in done.stdout
    assert rigprov(*words(converged, "--detect")).returncode == 0


def test_two_runs_at_once(converged: Target, rigprov: Rigprov, tmp_path: Path) -> None:
    for _ in running(converged, tmp_path):
        second = rigprov(*words(converged, "--yes", "--no-verify"))
        assert second.returncode == Exit.BLOCKED, second.stderr
        assert "another run works on this host: " in second.stderr
        assert "(process " in second.stderr
    assert rigprov(*words(converged, "--detect")).returncode == 0, "the first went to its end, and let go"


def running(target: Target, home: Path) -> Iterator[None]:
    line = [sys.executable, "-m", "rigprov", *words(target, "--yes", "--no-verify", "--full")]
    env = {**os.environ, "HOME": str(home), "XDG_STATE_HOME": str(home)}
    with subprocess.Popen(line, env=env, stdout=subprocess.DEVNULL, stderr=subprocess.PIPE, text=True) as process:
        assert process.stderr is not None
        for text in process.stderr:
            if ": base (" in text:
                break
        yield
        process.communicate(timeout=180)
        assert process.returncode == 0


def playbook(target: Target, path: str, log: Path, *more: str) -> str:
    """To a file, since ssh's shared connection outlives Ansible and would hold a pipe open."""
    line = [str(Path(sys.executable).with_name("ansible-playbook")), path, "-i", str(target.inventory), "-l", target.name, *more]
    with log.open("w") as sink:
        done = subprocess.run(line, cwd=Path(__file__).parents[2], check=False, stdout=sink, stderr=sink, timeout=300)
    assert done.returncode == 0, log.read_text()
    return log.read_text()


def test_plain_ansible_notes_the_same(converged: Target, rigprov: Rigprov, tmp_path: Path) -> None:
    tier = tmp_path / "small.py"
    tier.write_text(SMALL)
    root(converged, f"rm {LEDGER}/base.json")
    playbook(converged, "playbooks/site.yml", tmp_path / "log", "-e", f"rigprov_tier={tier}")
    done = rigprov("apply", "--tier", tier, "--detect", "-F", converged.ssh_config, converged.name)
    assert (done.returncode, done.stderr) == (0, ""), done.stdout


def test_kernel_settings_mounts_and_members(converged: Target, rigprov: Rigprov, tmp_path: Path) -> None:
    """Kinds that a container's roles do not manage: noted for the role swap, which does not run here."""
    (tmp_path / "kinds.yml").write_text(KINDS)
    playbook(converged, str(tmp_path / "kinds.yml"), tmp_path / "log")
    changes = ["mount -t tmpfs x /mnt", "gpasswd -a games daemon", "sysctl -q -w net.ipv4.ip_forward=0"]
    changes += ["printf '%s\\n' '# BEGIN test' '/none none swap sw 0 0' '# END test' >> /etc/fstab"]
    try:
        root(converged, "; ".join(changes))
        facts = json.loads(rigprov("facts", "-F", converged.ssh_config, converged.name, "--json").stdout)["data"]["hosts"][0]
    finally:
        root(
            converged,
            f"umount /mnt; gpasswd -d games daemon; sysctl -q -w net.ipv4.ip_forward=1; rm /etc/fstab {LEDGER}/swap.json",
        )
    verdict = judge(facts["ledger"], {"swap": {"rigprov": "x", "content": "x", "values": []}})["swap"]
    assert set(KINDS_SAID) <= {drift_line(each) for each in verdict.drift}


@pytest.mark.parametrize(("change", "role", "said"), ALONE)
def test_only_the_role_concerned_runs(converged: Target, rigprov: Rigprov, change: str, role: str, said: str) -> None:
    root(converged, change)
    found = rigprov(*words(converged, "--detect"))
    assert found.returncode == Exit.BELOW_FLOOR
    assert said in found.stdout
    done = rigprov(*words(converged, "--yes", "--no-verify", "--json"))
    host = json.loads(done.stdout)["data"]["hosts"][converged.name]
    assert done.returncode == 0, done.stderr
    assert [ran["role"] for ran in host["run"]["roles"]] == [role]
    assert rigprov(*words(converged, "--detect")).returncode == 0


@pytest.mark.nightly
def test_changes_by_hand_are_found_named_and_put_back(converged: Target, rigprov: Rigprov) -> None:
    root(converged, "\n".join(f"( {change} ) > /dev/null" for change, _, _ in BREAKS))
    found = rigprov(*words(converged, "--detect", "--json"))
    roles = json.loads(found.stdout)["data"]["hosts"][converged.name]["ledger"]
    lines = {role: [drift_line(Drift(**each)) for each in verdict["drift"]] for role, verdict in roles.items()}
    assert found.returncode == Exit.BELOW_FLOOR
    assert [said for _, role, said in BREAKS if not any(said in line for line in lines[role])] == []
    done = rigprov(*words(converged, "--yes", "--no-verify"))
    assert done.returncode == 0, done.stderr
    assert rigprov(*words(converged, "--detect")).returncode == 0
    for said in PUT_BACK:
        assert root(converged, said.partition(" = ")[0]).strip() == said.partition(" = ")[2], said
