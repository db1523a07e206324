"""Compare a host's packages with what the role `nvidia_driver` wants there; reads only.

Runs on the host (Python 3.8 or later, nothing but the standard library). Wants come as JSON on stdin, the findings go to
stdout as JSON. What the driver itself is like is the business of `driver.py`.
"""

import fnmatch
import json
import os
import re
import shutil
import subprocess
import sys

PACKAGE = re.compile(r"[a-z0-9][a-z0-9.+-]+(:[a-z0-9-]+)?(=[A-Za-z0-9.+:~-]+)?")
PATTERN = re.compile(r"[a-z0-9*?][a-z0-9.+*?-]*(:[a-z0-9-]+)?")
MODULE = re.compile(r"[A-Za-z0-9_-]+")
# "abc" is how dpkg prints a state: wanted, is, error. Anything but installed, absent and removed is half-way.
WHOLE = ("i", "n", "c")


class RefusedError(Exception):
    """Something on the host or in the values stands in the way; the message names the way out."""


def run(*argv):
    """Standard output of a command, also of one that fails; empty where it is missing."""
    try:
        return subprocess.run(argv, capture_output=True, text=True, check=False).stdout
    except OSError:
        return ""


def read(path):
    """Text of a file, empty where there is none."""
    try:
        with open(path, encoding="utf-8", errors="replace") as file:
            return file.read()
    except OSError:
        return ""


def packages(listing, native):
    """State and version by name, from dpkg-query's lines. As apt does, only foreign architectures are named."""
    found = {}
    for line in listing.splitlines():
        name, architecture, state, version = line.split("\t")
        found[name if architecture in (native, "all", "") else "%s:%s" % (name, architecture)] = (state, version)
    return found


def is_here(found, spec, native=""):
    """Whether a package is properly installed, in the version asked for if one was."""
    name, _, version = spec.partition("=")
    plain, _, architecture = name.partition(":")
    state, installed = found.get(plain if architecture == native else name, ("un ", ""))
    return state in ("ii ", "hi ") and version in ("", installed)


def half_way(found):
    """Packages that dpkg has neither properly installed nor removed."""
    return sorted(name for name, (state, _) in found.items() if state[1] not in WHOLE or state[2] != " ")


def matching(found, patterns):
    """Properly installed packages that one of the names or shell patterns means; and the names that mean none.

    An architecture in a name says nothing here: both halves of a driver have to stay together.
    """
    patterns = [pattern.partition(":")[0] for pattern in patterns]
    here = [name for name in found if is_here(found, name)]
    plain = {name: name.partition(":")[0] for name in here}
    hits = sorted(name for name in here if any(fnmatch.fnmatchcase(plain[name], pattern) for pattern in patterns))
    names = [pattern for pattern in patterns if not re.search(r"[*?]", pattern)]
    return hits, [name for name in names if name not in plain.values()]


def check_values(wants):
    """Refuse values that apt or modprobe would take for something else."""
    rules = (
        ("packages", PACKAGE, "not a package's name or name=version"),
        ("hold", PATTERN, "not a package's name or a shell pattern of names"),
        ("blacklist", MODULE, "not a kernel module's name"),
    )
    for kind, rule, says in rules:
        wrong = [value for value in wants[kind] if not rule.fullmatch(value)]
        if wrong:
            raise RefusedError("nvidia_driver: %s is %s. Mend the value and run again." % (json.dumps(wrong[0]), says))
    for value in wants["exclude"]:
        if re.search(r'["\\\n;]', value):
            says = "cannot stand in apt's configuration (quote, backslash, semicolon or line break)"
            raise RefusedError("nvidia_driver_unattended_exclude: %s %s." % (json.dumps(value), says))
        try:
            re.compile(value)
        except re.error as error:
            says = "nvidia_driver_unattended_exclude: %s is not a regular expression: %s."
            raise RefusedError(says % (json.dumps(value), error)) from None


def blacklist(modules, path):
    """The file that keeps other drivers off the card, and whether it has to change; no text, no file."""
    lines = ["# Managed by rigprov, role nvidia_driver."]
    for module in modules:
        lines += ["blacklist %s" % module, *(["options nouveau modeset=0"] if module == "nouveau" else [])]
    text = "\n".join(lines) + "\n" if modules else ""
    return {"text": text, "due": read(path) != text}


def initramfs():
    """The command that makes every initramfs anew; empty where the machine boots without one."""
    images = [name for name in os.listdir("/boot") if name.startswith("initr")] if os.path.isdir("/boot") else []
    if not images:
        return []
    if shutil.which("update-initramfs"):
        return ["update-initramfs", "-u", "-k", "all"]
    return ["dracut", "--regenerate-all", "--force"] if shutil.which("dracut") else []


def survey(wants):
    """Everything the tasks need to know before they change anything."""
    if not shutil.which("apt-get") or not shutil.which("dpkg-query"):
        raise RefusedError("This machine has no apt and dpkg; rigprov provisions Debian and Ubuntu.")
    if not wants["rollback"]:
        check_values(wants)
    native = run("dpkg", "--print-architecture").strip()
    shape = "${Package}\\t${Architecture}\\t${db:Status-Abbrev}\\t${Version}\\n"
    found = packages(run("dpkg-query", "--show", "--showformat", shape), native)
    updates = "/var/lib/dpkg/updates"
    journal = [name for name in os.listdir(updates) if name.isdigit()] if os.path.isdir(updates) else []
    held, unknown = matching(found, wants["hold"])
    missing = {kind: [spec for spec in wants[kind] if not is_here(found, spec, native)] for kind in ("pin", "build", "driver")}
    return {
        "missing": missing,
        "conflicts": [name for name in wants["conflicts"] if is_here(found, name)],
        "half_way": half_way(found),
        "interrupted": bool(journal or half_way(found)),
        "hold": held,
        "hold_unknown": unknown,
        "held": run("apt-mark", "showhold").split(),
        "record": {"packages": {}, "marks": [], "holds": [], "units": [], **json.loads(read(wants["record"]) or "{}")},
        "blacklist": blacklist([] if wants["rollback"] else wants["blacklist"], wants["blacklist_file"]),
        "initramfs": initramfs(),
        "initramfs_due": os.path.exists(wants["initramfs_due"]),
        "directories": [path for path in wants["directories"] if os.path.isdir(path)],
        "files": [path for path in wants["files"] if os.path.lexists(path)],
        "boot_id": read("/proc/sys/kernel/random/boot_id").strip(),
    }


if __name__ == "__main__":
    try:
        findings = survey(json.load(sys.stdin))
    except RefusedError as reason:
        findings = {"refused": str(reason)}
    json.dump(findings, sys.stdout)
