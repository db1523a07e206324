"""Ask apt what an installation would do, and judge it; changes nothing.

Runs on the host (Python 3.8 or later, nothing but the standard library). Wants come as JSON on stdin, the findings go to
stdout as JSON: `refused` where the transaction must not run, else what it would bring that is not there.
"""

import json
import os
import re
import subprocess
import sys

# apt's way to list what it will not touch by itself: a heading, then indented names
HELD = re.compile(r"^The following held packages will be changed:\n((?:  .*\n)+)", re.MULTILINE)
# what apt says before its last words, "you have held broken packages"
UNMET = re.compile(r"^ (\S+ : .+|\s+.*(?:Depends|PreDepends|Conflicts|Breaks): .+)$", re.MULTILINE)


class RefusedError(Exception):
    """apt cannot do it, or would do more than was planned."""


def simulate(install, remove):
    """Exit code, stdout and stderr of apt's simulation."""
    # with holds ignored, those of this role do not stand in its way, and `judge` sees which others would have
    argv = [
        "apt-get",
        "--simulate",
        "--yes",
        "--no-install-recommends",
        "--ignore-hold",
        "--allow-change-held-packages",
        "install",
    ]
    argv += [*install, *("%s-" % name for name in remove)]
    done = subprocess.run(argv, capture_output=True, text=True, check=False, env={**os.environ, "LC_ALL": "C.UTF-8"})
    return done.returncode, done.stdout, done.stderr


def bare(name):
    """A package's name without its architecture."""
    return name.partition(":")[0]


def judge(wants, code, out, err):
    """What would be new, or a refusal that says what apt said."""
    if code:
        lines = [line[3:] for line in err.splitlines() if line.startswith("E: ")]
        why = "; ".join(" ".join(text.split()) for text in [*UNMET.findall(out), *lines]) or err.strip()[-500:]
        raise RefusedError("apt cannot install %s: %s" % (", ".join(wants["install"]), why))
    leaves = re.findall(r"(?m)^(?:Remv|Purg) (\S+)", out)
    surplus = sorted({bare(name) for name in leaves} - set(wants["remove"]))
    if surplus:
        raise RefusedError(
            "Installing %s would also remove %s, which nobody agreed to. No package was changed. Run again with "
            "--remove-conflicts if the plan names them, or remove them yourself."
            % (", ".join(wants["install"]), ", ".join(surplus))
        )
    held = " ".join(HELD.findall(out)).split()
    foreign = sorted({bare(name) for name in held} - set(wants["record"]["holds"]) - set(wants["remove"]))
    if foreign:
        raise RefusedError(
            "Installing %s would change %s, which somebody put on hold. No package was changed. `apt-mark unhold` them if "
            "that is what you want, and run again." % (", ".join(wants["install"]), ", ".join(foreign))
        )
    # an upgrade has the old version in brackets before the new one
    return {"new": sorted(set(re.findall(r"(?m)^Inst (\S+) \(", out))), "held": bool(held)}


def settings_left(listing):
    """Packages of which nothing but their settings is there, from dpkg-query's lines."""
    return {name for name, state in (line.split("\t") for line in listing.splitlines()) if state[1] == "c"}


def recorded(record, new, wants, settings):
    """The record with what the transaction brings: asked for, for building, or brought along; and if settings were here."""
    asked = {spec.partition("=")[0] for spec in wants["install"]}
    build = {spec.partition("=")[0] for spec in wants["build"]}
    fresh = {
        name: {"brought": bare(name) not in asked, "build": bare(name) in build, "settings": bare(name) in settings}
        for name in new
        if name not in record["packages"]
    }
    marks = [name for name, kind in fresh.items() if kind["brought"]]
    both = {**record["packages"], **fresh}
    return {**record, "packages": both, "marks": sorted({*record["marks"], *marks})}


def transaction(wants):
    """The judged simulation, and the record to write before it is carried out."""
    found = judge(wants, *simulate(wants["install"], wants["remove"]))
    query = ["dpkg-query", "--show", "--showformat", "${binary:Package}\t${db:Status-Abbrev}\n"]
    listing = subprocess.run(query, capture_output=True, text=True, check=False).stdout
    record = recorded(wants["record"], found["new"], wants, settings_left(listing))
    return {**found, "record": record, "record_changed": record != wants["record"]}


if __name__ == "__main__":
    try:
        findings = transaction(json.load(sys.stdin))
    except RefusedError as reason:
        findings = {"refused": str(reason)}
    json.dump(findings, sys.stdout)
