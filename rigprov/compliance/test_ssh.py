"""The SSH server: settings as it itself reads them, and its keys."""

from rigprov.compliance.control import control, expect
from rigprov.compliance.machine import Machine, skip

ROLE = "host"
# Where nobody is logged in over SSH, its directory may be missing, and without it the server says nothing.
_ASK = "[ -d /run/sshd ] || {{ mkdir -m 755 /run/sshd; trap 'rmdir /run/sshd' EXIT; }}; sshd {}"
_ADMINS = "{ getent group sudo admin wheel | cut -d: -f4 | tr ',' '\\n'; echo root; } | sort -u"


def _settings(machine: Machine) -> dict[str, str]:
    """What `sshd -T` prints: the settings in force, includes and defaults resolved."""
    machine.needs("sshd")
    asked = machine.run(_ASK.format("-T"))
    if asked.rc:
        skip("the settings cannot be read (RIG-SSH-001)")
    return {line.partition(" ")[0].lower(): line.partition(" ")[2].lower() for line in asked.lines}


@control(
    "RIG-SSH-001", severity="critical", role=ROLE,
    reason="with settings that it cannot read, the SSH server does not come back after its next restart",
    fix="`sshd -t` names file and line",
)  # fmt: skip
def test_settings_are_sound(machine: Machine) -> None:
    """The SSH server can read its settings."""
    machine.needs("sshd")
    asked = machine.run(_ASK.format("-t"))
    expect(asked.rc == 0, found=f"sshd -t ends with {asked.rc}", expected="no complaint", output=asked.both)


@control(
    "RIG-SSH-002", severity="high", role=ROLE,
    reason="root's is the one name that every attacker knows",
    fix="`PermitRootLogin prohibit-password` (or no) in /etc/ssh/sshd_config.d/, then `systemctl reload ssh`",
)  # fmt: skip
def test_root_cannot_log_in_by_password(machine: Machine) -> None:
    """Root cannot log in with a password."""
    found = _settings(machine).get("permitrootlogin", "")
    expect(found != "yes", found=f"PermitRootLogin {found}", expected="prohibit-password or no")


@control(
    "RIG-SSH-003", severity="critical", role=ROLE,
    reason="an account without a password is open to everybody who reaches the port",
    fix="`PermitEmptyPasswords no` in /etc/ssh/sshd_config.d/, then `systemctl reload ssh`",
)  # fmt: skip
def test_no_empty_passwords(machine: Machine) -> None:
    """The SSH server takes no empty passwords."""
    found = _settings(machine).get("permitemptypasswords", "")
    expect(found == "no", found=f"PermitEmptyPasswords {found}", expected="no")


@control(
    "RIG-SSH-004", severity="medium", role=ROLE,
    reason="passwords are guessed from all over the world, and an administrator's is root's",
    fix="`PasswordAuthentication no` in /etc/ssh/sshd_config.d/ once the keys work, then `systemctl reload ssh`",
)  # fmt: skip
def test_administrators_have_keys(machine: Machine) -> None:
    """No administrator can log in with a password over SSH."""
    settings = _settings(machine)
    if settings.get("passwordauthentication") != "yes" and settings.get("kbdinteractiveauthentication") != "yes":
        return
    root = settings.get("permitrootlogin") == "yes"
    listed = machine.run(f"for u in $({_ADMINS}); do getent shadow $u | cut -d: -f1,2; done").lines
    usable = [line.partition(":")[0] for line in listed if line.partition(":")[2].startswith(("$", "_"))]
    open_ = [name for name in usable if name != "root" or root]
    expect(not open_, found=", ".join(open_), expected="keys only")


@control(
    "RIG-SSH-005", severity="critical", role=ROLE,
    reason="whoever can read a host key can pretend to be this machine",
    fix="`chmod 600 /etc/ssh/ssh_host_*_key`; keys that were open should be made anew",
)  # fmt: skip
def test_host_keys_are_closed(machine: Machine) -> None:
    """Only root can read the private host keys."""
    keys = machine.run("ls /etc/ssh/ssh_host_*_key 2>/dev/null").lines
    if not keys:
        skip("there are no host keys")
    asked = machine.run("find /etc/ssh -name 'ssh_host_*_key' \\( ! -user root -o -perm /0037 \\) -printf '%p %u %m\\n'")
    expect(not asked.lines, found=f"{len(asked.lines)} of {len(keys)} open", expected="root 600", output=asked.out)


@control(
    "RIG-SSH-006", severity="critical", role=ROLE,
    reason="whoever may write to an administrator's authorized_keys is that administrator",
    fix="`chmod go-w ~/.ssh ~/.ssh/authorized_keys` and see whose they are",
)  # fmt: skip
def test_authorized_keys_are_closed(machine: Machine) -> None:
    """Nobody else can write to the authorized keys of administrators."""
    find = 'find "$h/.ssh" -maxdepth 1 \\( -name authorized_keys -o -path "$h/.ssh" \\) -perm /0022 2>/dev/null'
    asked = machine.run(f'for u in $({_ADMINS}); do h=$(getent passwd $u | cut -d: -f6); [ -d "$h/.ssh" ] && {find}; done; true')
    expect(not asked.lines, found=f"{len(asked.lines)} open", expected="writable by their owners only", output=asked.out)
