"""What stops a plan before any role is thought of: the system, the tier's needs, the way to root."""

from rigprov.model.host import HostFacts
from rigprov.model.missing import Missing
from rigprov.model.plan import Blocker
from rigprov.plan.case import GIB, Case
from rigprov.plan.storage.advice import unused_room
from rigprov.plan.storage.mounted import not_by_itself
from rigprov.plan.storage.place import Place
from rigprov.tiers.fit import DISK_TOLERANCE, Finding, judge

FAMILY = ("debian", "ubuntu")
CODES = {"machine": "machine-unsupported", "ram": "ram-short", "disk": "disk-short", "gpu": "gpu-short"}
HALF = {"U": "unpacked", "F": "half-configured", "H": "half-installed"}


def decide(case: Case, place: Place) -> tuple[tuple[Blocker, ...], tuple[str, ...]]:
    """Blockers and warnings."""
    findings = judge(case.facts, case.tier, place.path, place.mount)
    stops = [found for found in findings if found.state == "missed"]
    missed = tuple(Blocker(CODES[found.need], f"tier {case.tier.name} {found.message}", _fix(case, found)) for found in stops)
    # Unknown, or scant: whether the chosen model finds room is judged with the model.
    unsure = tuple(f"tier {case.tier.name} {found.message}" for found in findings if found.state in ("unknown", "scant"))
    return (*_system(case.facts), *_root(case), *missed), (*unsure, *_state(case.facts))


def _fix(case: Case, found: Finding) -> str:
    """The way out; for the disk with what this host has: room that lies unused, and a file system that is not taken by itself."""
    if found.need != "disk":
        return found.fix
    need = int(case.tier.needs.disk_gib * (1 - DISK_TOLERANCE) * GIB)
    more = [words for words in (unused_room(case.facts), not_by_itself(case.facts, need)) if words]
    return "; or: ".join([*more, found.fix])


def _system(facts: HostFacts) -> tuple[Blocker, ...]:
    if facts.os.id in FAMILY or any(like in FAMILY for like in facts.os.id_like):
        return ()
    name = facts.os.pretty or facts.os.id or "this system"
    return (
        Blocker(
            "os-unsupported", f"{name} is neither Debian nor Ubuntu, nor built on them", "use Ubuntu 22.04 or Debian 12, or newer"
        ),
    )


def _root(case: Case) -> tuple[Blocker, ...]:
    user, how = case.facts.privilege.user, case.facts.privilege.how
    if how == "none":
        fix = f"log in as root, or give {user} sudo: `usermod -aG sudo {user}`"
        return (Blocker("no-root", f"user {user} may not become root on this host", fix),)
    if how == "sudo-password" and not case.consent.sudo_password:
        fix = "give it with --ask-become-pass"
        return (Blocker("sudo-password", f"sudo asks user {user} for a password", fix),)
    return ()


def _state(facts: HostFacts) -> tuple[str, ...]:
    """What is odd about the host without stopping anything."""
    found = []
    if isinstance(facts.reboot_required, tuple):
        asked = ", ".join(facts.reboot_required) or "no package named"
        found.append(f"a reboot is pending on this host already ({asked})")
    if isinstance(facts.apt_lock_holder, str):
        found.append(f"{facts.apt_lock_holder} holds apt's lock just now; apply waits for it")
    packages = () if isinstance(facts.packages, Missing) else facts.packages
    broken = [f"{package.name} ({HALF[package.status[1:2]]})" for package in packages if package.status[1:2] in HALF]
    if broken:
        found.append(f"a package operation was cut off here: {', '.join(broken)}; apply lets dpkg finish it")
    return tuple(found)
