"""The machine underneath: accounts, permissions, services, clock, firewall."""

from rigprov.compliance.control import control, expect
from rigprov.compliance.machine import Machine, skip

ROLE = "host"
_OURS = "/etc/rigprov /opt/rigprov /var/lib/rigprov /usr/local/bin/rigprov-llm"
_LISTENING = "ss -Hltnp | awk '{print $4, $6}'"
_LOOPBACK = ("127.", "[::1]", "[::ffff:127.")
_TOOLS = {  # package -> what shows that it works
    "curl": "command -v curl",
    "gnupg": "command -v gpg",
    "kmod": "command -v modprobe",
    "pciutils": "command -v lspci",
    "python3": "command -v python3",
    "python3-apt": "python3 -c 'import apt'",
}
_EXPECTED = ('"sshd"', '"systemd-resolve"')  # LLMNR answers on the link only


@control(
    "RIG-SYS-001", severity="high", role=ROLE,
    reason="without the sticky bit every account may delete and replace the files of all others there",
    fix="`chmod 1777 /tmp /var/tmp`",
)  # fmt: skip
def test_tmp_is_sticky(machine: Machine) -> None:
    """The directories for temporary files belong to root and are sticky."""
    asked = machine.run("stat -Lc '%n %U %a' /tmp /var/tmp")
    bad = [line for line in asked.lines if not line.endswith(" root 1777")]
    expect(asked.rc == 0 and not bad, found="; ".join(bad) or "no such directory", expected="root 1777", output=asked.err)


@control(
    "RIG-SYS-002", severity="critical", role="base",
    reason="whoever can write to these files decides what root or the service runs",
    fix="`chmod o-w FILE`; see who wrote to it last",
)  # fmt: skip
def test_nothing_is_world_writable(machine: Machine) -> None:
    """Nothing of rigprov's, and nothing among the models, is writable by everybody."""
    models = machine.promises.models_path
    if not machine.ok(f"ls -d {_OURS} '{models}' 2>/dev/null | grep -q ."):
        skip("nothing of rigprov's is here")
    asked = machine.run(f"find {_OURS} '{models}' -xdev ! -type l -perm -0002 2>/dev/null")
    expect(not asked.lines, found=f"{len(asked.lines)} files", expected="none", output=asked.out)


@control(
    "RIG-SYS-003", severity="high", role="base",
    reason="records and settings that are not root's cannot be trusted by the next run",
    fix="`chown -R root:root /etc/rigprov /var/lib/rigprov` (the API key's group stays)",
)  # fmt: skip
def test_records_are_root_s(machine: Machine) -> None:
    """Rigprov's settings and records are there and belong to root."""
    machine.needs_role("base", "[ -d /var/lib/rigprov ]")
    asked = machine.run(
        "stat -c '%n %F' /etc/rigprov /var/lib/rigprov; find /etc/rigprov /var/lib/rigprov ! -user root 2>/dev/null"
    )
    whole = sum(line.endswith(" directory") for line in asked.lines)
    foreign = [line for line in asked.lines if not line.endswith(" directory")]
    found = f"{whole} of 2 directories, {len(foreign)} files of others"
    expect(whole == 2 and not foreign, found=found, expected="both, and all of root", output=[*foreign, asked.err])


@control(
    "RIG-SYS-004", severity="medium", role=ROLE,
    reason="a service that failed does not do what the machine is meant for",
    fix="`systemctl status UNIT` and `journalctl -u UNIT` say why; `systemctl reset-failed UNIT` after mending",
)  # fmt: skip
def test_no_unit_has_failed(machine: Machine) -> None:
    """No unit has failed."""
    machine.needs_systemd()
    asked = machine.run("systemctl list-units --failed --plain --no-legend --no-pager")
    expect(not asked.lines, found=f"{len(asked.lines)} failed units", expected="none", output=asked.out)


@control(
    "RIG-SYS-005", severity="medium", role=ROLE,
    reason="with a wrong clock certificates and package lists are refused, and logs cannot be compared",
    fix="`timedatectl set-ntp true`, or install chrony",
)  # fmt: skip
def test_the_clock_is_kept(machine: Machine) -> None:
    """The clock is synchronised."""
    machine.not_in_container("the clock is the outer machine's")
    machine.needs_systemd()
    found = machine.out("timedatectl show -p NTPSynchronized --value 2>/dev/null")
    others = machine.out("systemctl is-active systemd-timesyncd chrony chronyd ntp ntpsec 2>/dev/null | grep -c '^active'")
    expect(found == "yes", found=f"synchronised: {found or 'not told'}, {others} services for it run", expected="yes")


@control(
    "RIG-SYS-006", severity="medium", role=ROLE,
    reason="until it is rebooted the machine runs the old kernel and old libraries, with their gaps",
    fix="reboot when nobody works on it",
)  # fmt: skip
def test_no_reboot_is_pending(machine: Machine) -> None:
    """No reboot is pending."""
    asked = machine.run("cat /run/reboot-required /run/reboot-required.pkgs /var/run/reboot-required 2>/dev/null")
    there = machine.ok("[ -e /run/reboot-required ] || [ -e /var/run/reboot-required ]")
    expect(not there, found="a reboot is asked for", expected="none", output=dict.fromkeys(asked.lines))


@control(
    "RIG-SYS-007", severity="critical", role=ROLE,
    reason="another account with the number 0 is root under another name",
    fix="see who made it; `userdel NAME`, or give it a number of its own",
)  # fmt: skip
def test_only_root_is_root(machine: Machine) -> None:
    """Only root has the number 0."""
    names = machine.run("awk -F: '$3 == 0 {print $1}' /etc/passwd").lines
    expect(names == ["root"], found=", ".join(names), expected="root")


@control(
    "RIG-SYS-008", severity="critical", role=ROLE,
    reason="an account without a password is open to everybody at the machine, and to every program on it",
    fix="`passwd NAME`, or `passwd --lock NAME`",
)  # fmt: skip
def test_no_account_lacks_a_password(machine: Machine) -> None:
    """No account has an empty password."""
    names = machine.run("awk -F: '$2 == \"\" {print $1}' /etc/shadow").lines
    expect(not names, found=", ".join(names), expected="none")


@control(
    "RIG-SYS-009", severity="critical", role=ROLE,
    reason="who reads the passwords' hashes can guess them at leisure; who writes to these files is root",
    fix="`chown root:shadow /etc/shadow; chmod 640 /etc/shadow`, 644 for passwd and group, 440 for sudoers",
)  # fmt: skip
def test_account_files_are_closed(machine: Machine) -> None:
    """The files of accounts and of sudo are closed to others."""
    asked = machine.run(
        "find /etc/passwd /etc/group \\( ! -user root -o -perm /0022 \\) -printf '%p %u %m\\n';"
        "find /etc/shadow /etc/gshadow \\( ! -user root -o -perm /0027 \\) -printf '%p %u %m\\n';"
        "find /etc/sudoers /etc/sudoers.d \\( ! -user root -o -perm /0022 \\) -printf '%p %u %m\\n'"
    )
    expect(not asked.lines, found=f"{len(asked.lines)} open", expected="none", output=asked.out)


@control(
    "RIG-SYS-010", severity="high", role=ROLE,
    reason="with rules that it cannot read, sudo refuses everybody, rigprov too",
    fix="`visudo -c` names file and line",
)  # fmt: skip
def test_sudo_is_sound(machine: Machine) -> None:
    """Sudo can read its rules."""
    machine.needs("visudo")
    asked = machine.run("visudo -c")
    expect(asked.rc == 0, found=f"visudo -c ends with {asked.rc}", expected="parsed OK", output=asked.both)


@control(
    "RIG-SYS-011", severity="critical", role=ROLE,
    reason="whoever can write to a directory or unit that root runs from is root",
    fix="`chmod go-w FILE`",
)  # fmt: skip
def test_what_root_runs_is_closed(machine: Machine) -> None:
    """Units, cron jobs and the directories of programs are writable by root only."""
    deep = "/etc/systemd/system /etc/cron.d /etc/cron.daily /etc/cron.hourly /etc/profile.d /etc/ld.so.conf.d /etc/udev/rules.d"
    flat = "/usr/local/bin /usr/local/sbin /usr/bin /usr/sbin /etc /etc/crontab"
    asked = machine.run(
        f"find {deep} ! -type l -perm -0002 2>/dev/null; find {flat} -maxdepth 1 ! -type l -perm -0002 2>/dev/null | sort -u"
    )
    expect(not asked.lines, found=f"{len(asked.lines)} writable by everybody", expected="none", output=asked.out)


@control(
    "RIG-SYS-012", severity="medium", role=ROLE,
    reason="a service that listens on the network is meant for everybody, unless a firewall says for whom",
    fix="bind it to 127.0.0.1, or set a firewall: `ufw allow OpenSSH; ufw enable`",
)  # fmt: skip
def test_the_network_sees_ssh_only(machine: Machine) -> None:
    """Without a firewall nothing but SSH listens on the network."""
    machine.needs("ss")
    outside = [line for line in machine.run(_LISTENING).lines if not line.startswith(_LOOPBACK)]
    # Where systemd holds the socket, SSH's port is systemd's.
    others = sorted(
        line for line in outside if not any(name in line for name in _EXPECTED) and ':22 users:(("systemd"' not in line
    )
    if _firewall(machine):
        return
    expect(not others, found=f"{len(others)} listen, and no firewall rules", expected="SSH only, or a firewall", output=others)


def _firewall(machine: Machine) -> bool:
    """Whether anything filters what comes in: Docker's own rules are for its containers and do not count."""
    if "Status: active" in machine.out("ufw status 2>/dev/null") or machine.out("firewall-cmd --state 2>/dev/null") == "running":
        return True
    rules = machine.out("nft list ruleset 2>/dev/null")
    closed = "hook input" in rules and any("hook input" in line and "policy drop" in line for line in rules.splitlines())
    return closed or "-P INPUT DROP" in machine.out("iptables -S INPUT 2>/dev/null")


@control(
    "RIG-SYS-013", severity="medium", role=ROLE,
    reason="machines that were cloned with their id are one to DHCP, logs and monitoring",
    fix="`rm /etc/machine-id; systemd-machine-id-setup`, then reboot",
)  # fmt: skip
def test_the_machine_has_an_id(machine: Machine) -> None:
    """The machine has a machine-id."""
    machine.needs_systemd()
    found = machine.out("cat /etc/machine-id 2>/dev/null")
    sound = len(found) == 32 and set(found) <= set("0123456789abcdef") and len(set(found)) > 1
    expect(sound, found=found or "none", expected="32 hexadecimal digits")


@control(
    "RIG-SYS-014", severity="low", role="base",
    reason="the other roles and `rigprov doctor` ask the machine with these programs",
    fix="`rigprov apply` installs them",
)  # fmt: skip
def test_base_tools_are_there(machine: Machine) -> None:
    """The programs that the other roles need are there."""
    machine.needs_role("base", "[ -d /var/lib/rigprov ]")
    promised = machine.promises.base_packages
    wanted = [package for package in _TOOLS if promised is None or package in promised]
    if not wanted:
        skip("the plan installs none of them here")
    missing = [package for package in wanted if not machine.ok(_TOOLS[package])]
    expect(not missing, found=f"missing: {', '.join(missing)}", expected=", ".join(wanted))
