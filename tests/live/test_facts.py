"""`rigprov facts` over real SSH: one connection, keys checked, root by sudo, and nothing secret kept."""

import json
import shlex
import subprocess
import sys
import time
from collections.abc import Callable
from pathlib import Path

import pytest

from rigprov.facts.connection import Access, ansible_variables
from rigprov.facts.inventory import resolve
from tests.targets import Target
from tests.targets.rootfs import key

pytestmark = pytest.mark.live

Rigprov = Callable[..., subprocess.CompletedProcess[str]]
Targets = Callable[..., list[Target]]

WORD = "not-a-real-word-7391"
TOKEN = "hf_" + "ZyXwVuTsRqPoNmLkJiHgFeDc"


def logins(target: Target) -> int:
    """Successful logins so far, this one included."""
    return int(target.run("sudo journalctl -u ssh --no-pager | grep -c 'Accepted publickey'").stdout)


def hosts(done: subprocess.CompletedProcess[str]) -> list[dict[str, object]]:
    found = json.loads(done.stdout)["data"]["hosts"]
    assert isinstance(found, list)
    return found


def alias(folder: Path, target: Target, *lines: str, name: str = "rig") -> Path:
    """An ssh configuration with its own, empty known_hosts file."""
    text = (
        f"Host {name}\n  HostName {target.ip}\n  User ops\n  IdentityFile {key()}\nHost *\n  UserKnownHostsFile {folder}/known\n"
    )
    text += "".join(f"  {line}\n" for line in ("GlobalKnownHostsFile /dev/null", "ConnectTimeout 5", *lines))
    path = folder / "config"
    path.write_text(text)
    return path


def fingerprint(target: Target) -> str:
    shown = subprocess.run(["ssh-keygen", "-lf", target.folder / "host_key.pub"], capture_output=True, text=True, check=True)
    return shown.stdout.split()[1]


def test_one_connection_tells_it_all(module_target: Target, rigprov: Rigprov, tmp_path: Path) -> None:
    before = logins(module_target)
    done = rigprov("facts", module_target.name, "-F", module_target.ssh_config, "--record", tmp_path / "rec", "--json")
    after = logins(module_target)

    assert (done.returncode, done.stderr) == (0, "")
    assert after - before == 2  # the command's one, and the one that counts
    (host,) = hosts(done)
    assert host["os"] == {
        "id": "debian",
        "version_id": "12",
        "codename": "bookworm",
        "id_like": [],
        "pretty": "Debian GNU/Linux 12 (bookworm)",
    }
    assert host["privilege"] == {"user": "ops", "how": "sudo"}
    kind = host["virtualisation"]
    assert isinstance(kind, dict)
    assert (kind["container"], kind["init"], kind["systemd_running"], kind["provider"]) == (
        "systemd-nspawn",
        "systemd",
        True,
        None,
    )
    assert [
        key for key in ("disks", "mounts", "pci", "packages", "apt_sources", "swaps") if not isinstance(host[key], list)
    ] == []
    assert (host["docker"], host["nvidia"], host["apt_lock_holder"], host["reboot_required"]) == (None, None, None, None)
    assert host["boot_id"] == module_target.run("cat /proc/sys/kernel/random/boot_id").stdout.strip()
    again = rigprov("facts", "--from", tmp_path / "rec", "--json")
    assert hosts(again) == [host]


def test_unknown_key_stops_with_its_fingerprint_until_accepted(module_target: Target, rigprov: Rigprov, tmp_path: Path) -> None:
    config = alias(tmp_path, module_target, "HashKnownHosts yes")
    stopped = rigprov("facts", "rig", "-F", config)
    accepted = rigprov("facts", "rig", "-F", config, "--accept-new-host-key")
    known = rigprov("facts", "rig", "-F", config)
    strict: list[str | Path] = ["ssh", "-F", config, "-o", "StrictHostKeyChecking=yes", "-o", "BatchMode=yes", "rig", "true"]

    assert (stopped.returncode, stopped.stdout) == (6, "")
    assert f"the SSH key of `rig` is not known: ssh-ed25519 {fingerprint(module_target)}" in stopped.stderr
    assert f"`rigprov trust -F {config} rig --fingerprint SHA256:...`" in stopped.stderr
    assert (accepted.returncode, known.returncode) == (0, 0), accepted.stderr + known.stderr
    assert subprocess.run(strict, capture_output=True, check=False).returncode == 0  # OpenSSH, and so Ansible, agree


def test_f30_changed_key_is_never_accepted(module_target: Target, rigprov: Rigprov, tmp_path: Path) -> None:
    config = alias(tmp_path, module_target)
    subprocess.run(["ssh-keygen", "-q", "-t", "ed25519", "-N", "", "-f", tmp_path / "other"], check=True)
    kind, data, *_ = (tmp_path / "other.pub").read_text().split()
    line = f"{module_target.ip} {kind} {data}\n"
    (tmp_path / "known").write_text(line)
    old = subprocess.run(
        ["ssh-keygen", "-lf", tmp_path / "other.pub"], capture_output=True, text=True, check=True
    ).stdout.split()[1]

    for more in ((), ("--accept-new-host-key",)):
        done = rigprov("facts", "rig", "-F", config, *more)
        assert done.returncode == 6
        assert f"on record ssh-ed25519 {old}, the host shows ssh-ed25519 {fingerprint(module_target)}" in done.stderr
        assert f"`rigprov trust -F {config} rig --fingerprint SHA256:...`" in done.stderr
        assert (tmp_path / "known").read_text() == line


def test_revoked_key_is_refused_even_as_a_new_one(module_target: Target, rigprov: Rigprov, tmp_path: Path) -> None:
    config = alias(tmp_path, module_target)
    kind, data, *_ = (module_target.folder / "host_key.pub").read_text().split()
    (tmp_path / "known").write_text(f"@revoked * {kind} {data}\n")
    done = rigprov("facts", "rig", "-F", config, "--accept-new-host-key")
    assert (done.returncode, "the SSH key of `rig` is marked as revoked" in done.stderr) == (6, True)


@pytest.mark.parametrize("way", ["second identity", "agent", "agent of its own", "agent, named by its public half"])
def test_keys_are_found_where_openssh_finds_them(way: str, module_target: Target, rigprov: Rigprov, tmp_path: Path) -> None:
    subprocess.run(["ssh-keygen", "-q", "-t", "ed25519", "-N", "", "-f", tmp_path / "wrong"], check=True)
    socket = tmp_path / "agent"
    with subprocess.Popen(["ssh-agent", "-D", "-a", socket], stdout=subprocess.DEVNULL, stderr=subprocess.DEVNULL) as agent:
        try:
            while not socket.exists():
                time.sleep(0.02)
            for file in (tmp_path / "wrong", key()):
                subprocess.run(["ssh-add", "-q", file], env={"SSH_AUTH_SOCK": str(socket), "PATH": "/usr/bin"}, check=True)
            (tmp_path / "right.pub").write_bytes(Path(f"{key()}.pub").read_bytes())
            lines = {
                "second identity": [f"IdentityFile {tmp_path}/wrong", f"IdentityFile {key()}", "IdentityAgent none"],
                "agent": [],
                "agent of its own": [f"IdentityAgent {socket}"],
                "agent, named by its public half": [f"IdentityFile {tmp_path}/right.pub", "IdentitiesOnly yes"],
            }[way]
            config = alias(tmp_path, module_target, "StrictHostKeyChecking accept-new", *lines)
            config.write_text(config.read_text().replace(f"  IdentityFile {key()}\n", "", 1 if way != "second identity" else 0))
            done = rigprov("facts", "rig", "-F", config, env={} if way == "agent of its own" else {"SSH_AUTH_SOCK": str(socket)})
        finally:
            agent.terminate()
    assert done.returncode == 0, done.stderr


def test_ansible_goes_the_same_way(module_target: Target, rigprov: Rigprov, tmp_path: Path) -> None:
    config = alias(tmp_path, module_target)
    assert rigprov("facts", "rig", "-F", config, "--accept-new-host-key").returncode == 0
    (target,) = resolve(["rig"], [])
    variables = ansible_variables(target, Access(ssh_config=config))
    inventory = tmp_path / "hosts.json"
    inventory.write_text(json.dumps({"all": {"hosts": {"rig": variables}}}))
    ansible = Path(sys.executable).parent / "ansible"
    done = subprocess.run([ansible, "rig", "-i", inventory, "-m", "ping"], capture_output=True, text=True, check=False)
    assert (done.returncode, '"ping": "pong"' in done.stdout) == (0, True), done.stdout + done.stderr


def test_the_others_are_told_when_some_do_not_answer(module_target: Target, rigprov: Rigprov, tmp_path: Path) -> None:
    config = alias(tmp_path, module_target, "StrictHostKeyChecking accept-new")
    names = ["rig", "nowhere.invalid", f"{module_target.ip}:9", f"nobody@{module_target.ip}"]
    done = rigprov("facts", *names, "-F", config, "--record", tmp_path / "rec", "--json")

    assert done.returncode == 6
    assert [host["host"] for host in hosts(done)] == ["rig"]
    assert "cannot be found: the name does not resolve" in done.stderr
    assert "refuses the connection: no SSH server listens there" in done.stderr
    assert "refused user `nobody`; tried no key, since there is none" in done.stderr
    assert [path.name for path in (tmp_path / "rec").iterdir()] == ["rig"]


def test_inventory_with_groups(module_target: Target, rigprov: Rigprov, tmp_path: Path) -> None:
    inventory = tmp_path / "hosts.yml"
    common = shlex.quote(f"-F {module_target.ssh_config}")
    inventory.write_text(
        f"gpus:\n  hosts:\n    rig:\n      ansible_host: {module_target.name}\n      ansible_ssh_common_args: {common}\n"
    )
    named = rigprov("facts", "gpus", "-i", inventory, "--json")
    pattern = rigprov("facts", "gpus:!nothing", "-i", inventory, "--json")
    wrong = rigprov("facts", "rigg", "-i", inventory)

    assert [host["host"] for host in hosts(named)] == ["rig"]
    assert [host["host"] for host in hosts(pattern)] == ["rig"]
    assert (wrong.returncode, "did you mean `rig`" in wrong.stderr) == (2, True)


def test_f31_a_user_without_sudo_and_a_chatty_login(module_target: Target, rigprov: Rigprov, tmp_path: Path) -> None:
    made = module_target.run(
        "sudo useradd -m -s /bin/bash plain && sudo cp -r ~/.ssh /home/plain/ && sudo chown -R plain: /home/plain/.ssh"
        " && echo 'echo Welcome; echo noise >&2' | sudo tee /home/plain/.bashrc"
    )
    assert made.returncode == 0, made.stderr
    done = rigprov("facts", f"plain@{module_target.name}", "-F", module_target.ssh_config, "--json")

    assert done.returncode == 0, done.stderr
    (host,) = hosts(done)
    assert host["privilege"] == {"user": "plain", "how": "none"}
    disks = host["disks"]
    assert isinstance(disks, list)
    told = [disk["signatures"] for disk in disks if disk["type"] == "disk"]
    assert told
    assert all(set(signatures) == {"missing"} and signatures["missing"].startswith("needs root: ") for signatures in told)


def test_who_holds_the_package_lock(module_target: Target, rigprov: Rigprov) -> None:
    hold = "import fcntl, time; f = open('/var/lib/dpkg/lock-frontend', 'w'); fcntl.lockf(f, fcntl.LOCK_EX); time.sleep(60)"
    module_target.run(f"sudo systemd-run --unit=holder /usr/bin/python3 -c {shlex.quote(hold)}")
    try:
        for _ in range(50):
            if "lock-frontend" in module_target.run("sudo cat /proc/locks; sudo ls -i /var/lib/dpkg/lock-frontend").stdout:
                break
            time.sleep(0.1)
        (host,) = hosts(rigprov("facts", module_target.name, "-F", module_target.ssh_config, "--json"))
    finally:
        module_target.run("sudo systemctl stop holder")
    assert str(host["apt_lock_holder"]).startswith("python3 (process ")


def test_nothing_secret_is_kept_or_printed(module_target: Target, rigprov: Rigprov, tmp_path: Path) -> None:
    planted = (
        f"deb https://me:{WORD}@repo.example/debian stable main # {TOKEN}",
        f"//nas/share /mnt cifs user=me,password={WORD},noauto 0 0",
    )
    module_target.run(f"echo {shlex.quote(planted[0])} | sudo tee /etc/apt/sources.list.d/x.list")
    module_target.run(f"echo {shlex.quote(planted[1])} | sudo tee -a /etc/fstab")
    try:
        done = rigprov("facts", module_target.name, "-F", module_target.ssh_config, "--record", tmp_path / "rec", "--json")
    finally:
        module_target.run("sudo rm /etc/apt/sources.list.d/x.list; sudo sed -i '/nas/d' /etc/fstab")
    kept = "".join(path.read_text() for path in (tmp_path / "rec").iterdir()) + done.stdout + done.stderr

    assert done.returncode == 0, done.stderr
    assert ("repo.example" in kept, "//nas/share" in kept) == (True, True)
    assert [secret for secret in (WORD, TOKEN) if secret in kept] == []


def test_through_a_jump_host(targets: Targets, rigprov: Rigprov, tmp_path: Path) -> None:
    gate, inner = targets(2)
    config = alias(tmp_path, inner)
    text = f"Host gate\n  HostName {gate.ip}\n  User ops\n  IdentityFile {key()}\nHost rig\n  ProxyJump gate\n"
    config.write_text(text + config.read_text())
    stopped = rigprov("facts", "rig", "-F", config)
    accepted = rigprov("facts", "rig", "-F", config, "--accept-new-host-key", "--json")

    assert (stopped.returncode, "the way through the jump host failed: Host key verification failed." in stopped.stderr) == (
        6,
        True,
    )
    assert accepted.returncode == 0, accepted.stderr
    assert inner.run("sudo journalctl -u ssh --no-pager | grep 'Accepted publickey' | tail -n 2").stdout.count(gate.ip) == 1
    assert len((tmp_path / "known").read_text().splitlines()) == 2


def test_sudo_with_a_password(target: Target, rigprov: Rigprov, tmp_path: Path) -> None:
    made = target.run(
        f"echo ops:{WORD} | sudo chpasswd && sudo grep -rl NOPASSWD /etc/sudoers.d"
        " | sudo xargs sed -i 's/NOPASSWD://' && sudo -k; sudo -n true"
    )
    assert made.returncode != 0
    inventory = tmp_path / "hosts.yml"
    common = json.dumps(f"-F {target.ssh_config}")

    def told(*lines: str) -> dict[str, object]:
        rig = [f"ansible_host: {target.name}", f"ansible_ssh_common_args: {common}", *lines]
        inventory.write_text("all:\n  hosts:\n    rig:\n" + "".join(f"      {line}\n" for line in rig))
        (host,) = hosts(rigprov("facts", "rig", "-i", inventory, "--json"))
        return host

    assert told()["privilege"] == {"user": "ops", "how": "none"}
    assert told(f"ansible_become_password: {WORD}")["privilege"] == {"user": "ops", "how": "sudo-password"}
    assert told("ansible_become_password: wrong")["privilege"] == {"user": "ops", "how": "none"}
    words = [sys.executable, "-m", "rigprov", "facts", target.name, "-F", str(target.ssh_config), "-K", "--json"]
    asked = subprocess.run(words, input=f"{WORD}\n", capture_output=True, text=True, check=False)
    assert (asked.returncode, hosts(asked)[0]["privilege"]) == (0, {"user": "ops", "how": "sudo-password"})
    logged = target.run(f"echo {WORD} | sudo -S journalctl --no-pager").stdout
    assert ("COMMAND" in logged, WORD in logged) == (True, False)
