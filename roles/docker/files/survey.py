"""Compare a host with what the role `docker` wants there: packages, users, services; reads only.

Runs on the host (Python 3.8 or later, nothing but the standard library). Wants come as JSON on stdin, the findings go to
stdout as JSON. The tasks carry out what it finds, so that a host on which all is in place costs few of them.
"""

import grp
import json
import pwd
import subprocess
import sys
from pathlib import Path


class RefusedError(Exception):
    """Something on the host stands in the way; the message names the way out."""


def run(*argv):
    """Standard output of a command, also of one that fails; empty where it is missing."""
    try:
        return subprocess.run(argv, capture_output=True, text=True, check=False).stdout
    except OSError:
        return ""


def read(path):
    """Text of a file, empty where there is none."""
    try:
        return Path(path).read_text(encoding="utf-8", errors="replace")
    except OSError:
        return ""


def survey_users(wants, record):
    """Users who are still to join the group, and those whom the role brought in."""
    group = next((entry for entry in grp.getgrall() if entry.gr_name == "docker"), None)
    unknown = []
    for user in wants["users"]:
        try:
            pwd.getpwnam(user)  # also finds a directory service's users, which a listing may leave out
        except KeyError:
            unknown.append(user)
    if unknown and not wants["rollback"]:
        names = ", ".join(unknown)
        raise RefusedError(f"docker_users names {names}, unknown on this machine. Create the user first, or mend the name.")
    members = set(group.gr_mem) if group else set()
    missing = [user for user in wants["users"] if user not in members]
    brought = sorted(set(record) | set(missing))
    return {"group": bool(group), "missing": missing, "brought": brought, "leave": [u for u in record if u in members]}


def os_release():
    """The distribution's name and codename as Docker's repository spells them; derivatives count as their parent."""
    pairs = (line.split("=", 1) for line in read("/etc/os-release").splitlines() if "=" in line)
    values = {key: value.strip().strip("\"'") for key, value in pairs}
    ubuntu = values.get("ID") == "ubuntu" or "UBUNTU_CODENAME" in values
    codename = values.get("UBUNTU_CODENAME") or values.get("VERSION_CODENAME", "")
    return {"id": "ubuntu" if ubuntu else "debian", "codename": codename}


def installed(packages):
    """Which of the packages are properly installed."""
    query = ("dpkg-query", "--show", "--showformat", "${db:Status-Abbrev}")
    return [package for package in packages if run(*query, package) in ("ii ", "hi ")]


def service(wants):
    """State of Docker's service, and what an earlier run that was cut off has left to do."""
    state = run("systemctl", "is-active", "docker").strip()
    return {
        "unit": "docker.service" in run("systemctl", "list-unit-files", "docker.service"),
        "active": state == "active",
        "failed": state == "failed",
        "reload_due": "yes" in run("systemctl", "show", "--property=NeedDaemonReload", "--value", "docker", "containerd"),
        "restart_due": Path(wants["restart_due"]).exists(),
    }


def survey(wants):
    """Everything the tasks need to know."""
    if not Path("/run/systemd/system").is_dir() and not wants["rollback"]:
        raise RefusedError("systemd does not run on this machine, and Docker is run by it. Leave the role docker out.")
    record = json.loads(read(wants["record"]) or "{}")
    release = os_release()
    packages = wants["packages"] or wants["table"].get(release["codename"]) or wants["table"]["any"]
    here = installed({*packages, *record.get("packages", [])})
    missing = [package for package in packages if package not in here]
    users = survey_users(wants, record.get("users", []))
    new = {
        "packages": sorted({*record.get("packages", []), *missing}),
        "users": users.pop("brought"),
    }
    return {
        "os": release,
        "arch": run("dpkg", "--print-architecture").strip(),
        "packages": packages,
        "missing": missing,
        "added": [package for package in record.get("packages", []) if package in here],
        "conflicts": installed(wants["conflicts"]),
        "users": users,
        "record": new,
        "record_changed": new != record,
        "directories": [path for path in wants["directories"] if Path(path).is_dir()],
        "drop_ins": [path for path in wants["drop_ins"] if Path(path).exists()],
        "service": service(wants),
    }


if __name__ == "__main__":
    try:
        findings = survey(json.load(sys.stdin))
    except RefusedError as reason:
        findings = {"refused": str(reason)}
    json.dump(findings, sys.stdout)
