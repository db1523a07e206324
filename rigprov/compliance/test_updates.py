"""Packages: whole, from signed sources, with security updates that leave the GPU and the runtime alone."""

import re

from rigprov.compliance.control import control, expect
from rigprov.compliance.machine import Machine, skip

ROLE = "base"
_SOURCES = "/etc/apt/sources.list /etc/apt/sources.list.d/*.list /etc/apt/sources.list.d/*.sources"
_LISTS_DAYS = 30


def _periodic(machine: Machine) -> bool:
    """Whether unattended-upgrades is there and switched on."""
    machine.needs_apt()
    on = machine.out("apt-config dump APT::Periodic::Unattended-Upgrade")
    return "unattended-upgrades" in machine.packages and bool(re.search(r'"(?!0")[^"]+"', on))


def _left_alone(machine: Machine, packages: list[str]) -> list[str]:
    """Those of the packages that unattended-upgrades may move: neither excluded nor on hold."""
    listed = machine.out("apt-config dump Unattended-Upgrade::Package-Blacklist")
    rules = re.findall(r'Package-Blacklist:: "([^"]+)"', listed)
    held = set(machine.run("apt-mark showhold").lines)
    return [name for name in packages if name not in held and not any(_fits(rule, name) for rule in rules)]


def _fits(rule: str, name: str) -> bool:
    try:
        return re.match(rule, name) is not None
    except re.error:
        return False


@control(
    "RIG-UPD-001", severity="high", role=ROLE,
    reason="a package that is only half configured stops every further installation, security updates too",
    fix="`dpkg --configure -a`, then `apt-get -f install`; `rigprov apply` does both",
)  # fmt: skip
def test_packages_are_whole(machine: Machine) -> None:
    """No package is half installed or half configured."""
    machine.needs_apt()
    asked = machine.run("dpkg --audit")
    expect(not asked.lines and asked.rc == 0, found="dpkg --audit complains", expected="nothing", output=asked.both)


@control(
    "RIG-UPD-002", severity="high", role=ROLE,
    reason="with dependencies broken apt installs nothing more",
    fix="`apt-get check` names them; `apt-get -f install` after looking at what it would remove",
)  # fmt: skip
def test_dependencies_hold(machine: Machine) -> None:
    """All dependencies of installed packages are met."""
    machine.needs_apt()
    asked = machine.run("apt-get -qq check -o Debug::NoLocking=true")
    expect(asked.rc == 0, found=f"apt-get check ends with {asked.rc}", expected="no complaint", output=asked.both)


@control(
    "RIG-UPD-003", severity="critical", role=ROLE,
    reason="from a source whose signature is not checked anybody on the way can install what they like, as root",
    fix="take `trusted=yes` and `allow-insecure` out, and name the key with signed-by; `rigprov apply` proves vendors' keys",
)  # fmt: skip
def test_sources_are_signed(machine: Machine) -> None:
    """Every package source is checked by its signature."""
    machine.needs_apt()
    pattern = "^[^#]*(trusted *= *(yes|true|1)|allow-(insecure|weak|downgrade-to-insecure) *= *(yes|true|1))"
    deb822 = "^(Trusted|Allow-Insecure|Allow-Weak|Allow-Downgrade-To-Insecure): *(yes|true|1)"
    lax = machine.run(f"grep -siHE '{pattern}' {_SOURCES}; grep -siHE '{deb822}' {_SOURCES}").lines
    options = machine.run(
        "apt-config dump | grep -iE '(AllowUnauthenticated|AllowInsecureRepositories|AllowWeakRepositories) \"(1|true|yes)\"'"
    )
    found = [*lax, *options.lines]
    expect(not found, found=f"{len(found)} unchecked", expected="none", output=found)


@control(
    "RIG-UPD-004", severity="high", role=ROLE,
    reason="keys that others can write to let them sign packages",
    fix="`chmod go-w` them and `chown root:root`",
)  # fmt: skip
def test_keys_and_sources_are_closed(machine: Machine) -> None:
    """Apt's sources, keys and settings are writable by root only."""
    machine.needs_apt()
    asked = machine.run("find /etc/apt /usr/share/keyrings ! -type l \\( ! -user root -o -perm /0022 \\) 2>/dev/null")
    expect(not asked.lines, found=f"{len(asked.lines)} open", expected="none", output=asked.out)


@control(
    "RIG-UPD-005", severity="medium", role=ROLE,
    reason="known gaps stay open on a machine that nobody updates",
    fix="`rigprov apply` installs it; where it was switched off: `dpkg-reconfigure -f noninteractive unattended-upgrades`",
)  # fmt: skip
def test_security_updates_come_by_themselves(machine: Machine) -> None:
    """Security updates are installed automatically."""
    machine.needs_systemd()
    on = _periodic(machine)
    origins = machine.out("apt-config dump | grep -iE '^Unattended-Upgrade::(Allowed-Origins|Origins-Pattern)::'")
    found = "not installed" if "unattended-upgrades" not in machine.packages else "switched off" if not on else "without a source"
    expect(
        on and "security" in origins.lower(),
        found=found,
        expected="unattended-upgrades, from the security archive",
        output=origins,
    )


@control(
    "RIG-UPD-006", severity="high", role="docker",
    reason="a new containerd at night stops every container",
    fix="`rigprov apply` excludes Docker's packages from unattended upgrades",
)  # fmt: skip
def test_updates_leave_docker_alone(machine: Machine) -> None:
    """Unattended upgrades leave Docker alone."""
    machine.needs_apt()
    known = ("docker.io", "docker-ce", "containerd", "containerd.io", "runc")
    packages = [name for name in machine.packages if name in known]
    if not packages:
        skip("Docker did not come in packages")
    loose = _left_alone(machine, packages)
    expect(not loose, found=f"may move {', '.join(loose)}", expected="excluded or on hold", output=loose)


@control(
    "RIG-UPD-007", severity="high", role="nvidia_driver",
    reason="an unattended upgrade of the driver stops every new GPU program until a reboot",
    fix="`rigprov apply` excludes and holds the driver's packages",
)  # fmt: skip
def test_updates_leave_the_driver_alone(machine: Machine) -> None:
    """Unattended upgrades leave NVIDIA's driver alone."""
    machine.needs_gpu()
    machine.needs_apt()
    packages = [
        name
        for name in machine.packages
        if re.match(r"nvidia-(driver|dkms|kernel|utils|headless)|libnvidia-(compute|gl|cfg)", name)
    ]
    if not packages:
        skip("the driver did not come in packages")
    loose = _left_alone(machine, packages)
    expect(not loose, found=f"may move {len(loose)} packages", expected="excluded or on hold", output=loose)


@control(
    "RIG-UPD-008", severity="low", role=ROLE,
    reason="with old lists nobody knows that there is a security update",
    fix="`apt-get update`; `systemctl status apt-daily.timer`",
)  # fmt: skip
def test_lists_are_fresh(machine: Machine) -> None:
    """The package lists are at most a month old."""
    machine.needs_systemd()
    machine.needs_apt()
    there = machine.ok("ls /var/lib/apt/lists/*Release 2>/dev/null | grep -q .")
    # The lists have the server's times; a fetch that found nothing new touches the directory only.
    touched = machine.out("stat -c %Y /var/lib/apt/lists /var/lib/apt/lists/partial 2>/dev/null | sort -n | tail -n1")
    last, now = int(touched or 0) if there else 0, int(machine.out("date +%s"))
    days = (now - last) // 86400
    expect(days <= _LISTS_DAYS, found=f"{days} days old" if last else "no lists", expected=f"at most {_LISTS_DAYS} days")


@control(
    "RIG-UPD-009", severity="low", role=ROLE,
    reason="a dialog that nobody sees holds up an unattended installation for ever",
    fix="`rigprov apply` sets needrestart to ask nothing",
)  # fmt: skip
def test_needrestart_asks_nothing(machine: Machine) -> None:
    """Needrestart asks no questions during installations."""
    machine.needs_role("base", "[ -d /var/lib/rigprov ]")
    machine.needs("needrestart")
    asked = machine.run(
        "cat /etc/needrestart/needrestart.conf /etc/needrestart/conf.d/*.conf 2>/dev/null | grep -E '^ *\\$nrconf\\{restart\\}'"
    )
    last = asked.lines[-1] if asked.lines else "not set: it asks"
    expect(re.search(r"['\"][al]['\"]", last), found=last, expected="$nrconf{restart} = 'l' or 'a'")
