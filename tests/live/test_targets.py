"""The harness itself: a throw-away machine behaves like a machine, and leaves nothing behind."""

import subprocess
import time
from collections.abc import Callable
from pathlib import Path

import pytest

from tests.targets import Target, TargetError, cgroup, network, sweep
from tests.targets.system import run

pytestmark = pytest.mark.live

Targets = Callable[..., list[Target]]


def out(target: Target, command: str) -> str:
    done = target.run(command)
    assert done.returncode == 0, done.stderr
    return done.stdout.strip()


def test_three_machines_at_once_are_three_machines(targets: Targets) -> None:
    machines = targets(3)

    for command in ("hostname", "cat /etc/machine-id", "cut -d' ' -f2 /etc/ssh/ssh_host_ed25519_key.pub", "hostname -I"):
        assert len({out(machine, command) for machine in machines}) == 3, command
    assert [out(machine, "hostname") for machine in machines] == [machine.name for machine in machines]
    assert [out(machine, "hostname -I") for machine in machines] == [machine.ip for machine in machines]


def test_it_is_what_a_fresh_server_is(module_target: Target) -> None:
    assert out(module_target, "sudo systemctl is-system-running --wait") == "running"
    assert out(module_target, ". /etc/os-release; echo $ID $VERSION_ID; whoami; sudo whoami") == "debian 12\nops\nroot"
    assert out(module_target, "findmnt -no FSTYPE /; command -v docker || echo no docker") == "ext4\nno docker"
    assert out(module_target, "sudo apt-get update -qq && apt-cache policy docker.io | grep -c Candidate") == "1"


def test_root_may_not_log_in_and_a_changed_host_key_stops(module_target: Target, tmp_path: Path) -> None:
    as_root = subprocess.run(
        ["ssh", "-F", module_target.ssh_config, f"root@{module_target.name}", "true"], capture_output=True, text=True, check=False
    )
    other_key = tmp_path / "key"
    run("ssh-keygen", "-q", "-t", "ed25519", "-N", "", "-f", other_key)
    known = tmp_path / "known_hosts"
    known.write_text(f"{module_target.ip} {other_key.with_suffix('.pub').read_text()}")
    changed = subprocess.run(
        ["ssh", "-F", module_target.ssh_config, "-o", f"UserKnownHostsFile={known}", module_target.name, "true"],
        capture_output=True,
        text=True,
        check=False,
    )

    assert (as_root.returncode, "Permission denied" in as_root.stderr) == (255, True)
    assert (changed.returncode, "Host key verification failed" in changed.stderr) == (255, True)


def test_it_cannot_change_the_controllers_devices(module_target: Target) -> None:
    done = module_target.run("sudo sh -c 'echo 1500 > /sys/devices/virtual/net/lo/mtu'")

    assert (done.returncode, "Read-only file system" in done.stderr) == (2, True)


def test_a_reboot_keeps_disk_and_address(module_target: Target) -> None:
    before = out(module_target, "echo note > note; cat /proc/sys/kernel/random/boot_id /etc/machine-id; hostname -I").split()
    module_target.run("sudo systemctl reboot")
    end = time.monotonic() + 30
    while True:
        done = module_target.run("cat /proc/sys/kernel/random/boot_id /etc/machine-id; hostname -I; cat note")
        if done.returncode == 0 and done.stdout.split()[0] != before[0]:
            break
        assert time.monotonic() < end, done
        time.sleep(0.1)

    assert done.stdout.split()[1:] == [*before[1:], "note"]


def test_a_power_cut_loses_what_was_not_written(target: Target) -> None:
    out(target, "echo safe > safe; sync safe; sync .; echo at risk > risk")
    target.kill()

    assert not cgroup.is_populated(target.name)
    target.start()
    assert out(target, "cat safe") == "safe"
    assert target.run("grep -q 'at risk' risk").returncode != 0


def test_without_its_cable_it_is_gone_until_it_is_plugged_in(module_target: Target) -> None:
    module_target.cut_network()
    gone = module_target.run("true")
    module_target.mend_network()
    module_target.wait_for_login(timeout_s=10)

    assert gone.returncode == 255


def test_a_small_disk_fills_up(targets: Targets) -> None:
    (small,) = targets(1, disk_mib=600)
    done = small.run("dd if=/dev/zero of=fill bs=1M")

    assert (done.returncode, "No space left on device" in done.stderr) == (1, True)
    assert small.run("sudo sh -c 'cat /dev/zero > /fill'").returncode == 1  # not for root either


def test_a_bare_machine_has_no_python(targets: Targets) -> None:
    (bare,) = targets(1, bare=True)

    assert out(bare, "command -v python3 || echo none; sudo dpkg --audit; sudo apt-get check -qq") == "none"


def test_a_kept_machine_comes_back_as_it_was(targets: Targets) -> None:
    (kept,) = targets(1, keep=True)
    before = out(kept, "echo hello > note; cat /etc/machine-id")
    kept.down()
    assert kept.run("true").returncode == 255
    kept.up()

    assert out(kept, "cat /etc/machine-id note").split() == [before, "hello"]


def test_a_name_that_is_up_is_refused(module_target: Target) -> None:
    with pytest.raises(TargetError, match=f"{module_target.name} is up already"):
        Target(module_target.name).up()


def traces(name: str) -> dict[str, list[str]]:
    """Everything on the controller that names the machine."""
    links = [line for line in run("ip", "-o", "link").splitlines() if network.BRIDGE in line and "master" in line]
    inside = [path.parent.name for path in Path("/proc").glob("[0-9]*/cgroup") if f"/rpt-{name}" in _text(path)]
    inside = [pid for pid in inside if "State:\tZ" not in _text(Path("/proc", pid, "status"))]  # dead; init has yet to collect it
    return {
        "processes": inside,
        "control groups": [str(path) for path in cgroup.folders(name) if path.exists()],
        "namespaces": [line for line in run("ip", "netns").splitlines() if line.split()[0] == f"rpt-{name}"],
        "links": links if network.address(name) else [],
        "mounts": [line for line in Path("/proc/mounts").read_text().splitlines() if f"/{name}/" in line],
        "loop devices": [line for line in run("losetup", "-a").splitlines() if f"/{name}/" in line],
        "notes": [str(path) for path in Path("/run/systemd/nspawn").glob(f"*/{name}")],
        "files": [str(path) for path in [Target(name).folder] if path.exists()],
    }


def _text(path: Path) -> str:
    try:
        return path.read_text()
    except OSError:
        return ""  # the process has ended


def test_nothing_of_it_is_left(target: Target) -> None:
    while_up = traces(target.name)
    target.down()

    assert [kind for kind, found in while_up.items() if not found] == []
    assert {kind: found for kind, found in traces(target.name).items() if found} == {}


def test_what_a_killed_run_left_is_swept(target: Target) -> None:
    finished = subprocess.Popen(["true"])
    finished.wait()
    left = Target(f"live-{finished.pid}-1")
    left.up()
    sweep()

    assert {kind: found for kind, found in traces(left.name).items() if found} == {}
    assert out(target, "echo still here") == "still here"


@pytest.mark.nightly  # it has to be alone; `make test` runs other machines beside it
def test_the_last_one_takes_bridge_and_firewall_rules_with_it(targets: Targets) -> None:
    if Path("/sys/class/net", network.BRIDGE).exists():
        pytest.skip("other machines of the harness are up, so this one is not the last")
    forwarding = Path("/proc/sys/net/ipv4/ip_forward").read_text()
    (last,) = targets(1)
    assert f"table ip {network.TABLE}" in run("nft", "list", "tables")
    last.down()

    assert not Path("/sys/class/net", network.BRIDGE).exists()
    assert f"table ip {network.TABLE}" not in run("nft", "list", "tables")
    assert Path("/proc/sys/net/ipv4/ip_forward").read_text() == forwarding
