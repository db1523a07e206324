"""Work out which of the packages that the role brought can go again; changes nothing.

Runs on the host (Python 3.8 or later, nothing but the standard library). Wants come as JSON on stdin, the findings go to
stdout as JSON.
"""

import json
import os
import re
import subprocess
import sys

# A kernel is never taken away: the machine may be running it.
KERNEL = re.compile(r"linux-(image|modules)-(?!nvidia)")


class RefusedError(Exception):
    """Something else has come to need the driver; the message names it."""


def run(*argv):
    """Standard output of a command, also of one that fails."""
    return subprocess.run(argv, capture_output=True, text=True, check=False, env={**os.environ, "LC_ALL": "C.UTF-8"}).stdout


def bare(name):
    """A package's name without its architecture."""
    return name.partition(":")[0]


def known(names):
    """The packages that dpkg knows in any state but "not installed", each with the letter of that state."""
    listing = run("dpkg-query", "--show", "--showformat", "${Package}\\t${Architecture}\\t${db:Status-Abbrev}\\n")
    rows = (line.split("\t") for line in listing.splitlines())
    found = {form: state[1] for name, architecture, state in rows for form in (name, "%s:%s" % (name, architecture))}
    return {name: found[name] for name in names if found.get(name, "n") != "n" and not KERNEL.match(name)}


def would_go(names):
    """All packages that removing these would take away."""
    out = run("apt-get", "--simulate", "--allow-change-held-packages", "purge", *names) if names else ""
    return {bare(name) for name in re.findall(r"(?m)^(?:Remv|Purg) (\S+)", out)}


def needs(names):
    """All installed packages that these depend on, at any depth, and they themselves."""
    if not names:
        return set()
    options = ("--recurse", "--installed", "--no-suggests", "--no-recommends", "--no-conflicts", "--no-breaks", "--no-replaces")
    listing = run("apt-cache", "depends", *options, "--no-enhances", *names)
    return {bare(line.split()[-1].strip("<>")) for line in listing.splitlines() if line.strip()}


def removal(wants):
    """The packages to purge, and those to remove with their settings left, which were there before."""
    record = wants["packages"]
    states = known(record)
    here = [name for name, state in states.items() if state != "c"]
    # what was brought along and has been asked for by hand since is somebody's
    adopted = {bare(name) for name in run("apt-mark", "showmanual").split()}
    keep = needs([bare(name) for name in here if record[name]["brought"] and bare(name) in adopted])
    going = [name for name in here if bare(name) not in keep]
    keep |= needs(sorted(would_go(going) - {bare(name) for name in going}))
    driver = [name for name in going if not record[name]["brought"] and not record[name]["build"]]
    stuck = sorted(bare(name) for name in driver if bare(name) in keep)
    if stuck:
        others = sorted(would_go([name for name in going if bare(name) in stuck]) - {bare(name) for name in going})
        raise RefusedError(
            "%s cannot be taken out: %s would go with it, and did not come from here. Remove that first and run again."
            % (", ".join(stuck), ", ".join(others))
        )
    going = [name for name in going if bare(name) not in keep]
    # of those that made way for another driver since, the settings are still there
    going += [name for name, state in states.items() if state == "c" and not record[name]["settings"]]
    return {
        "purge": [name for name in going if not record[name]["settings"]],
        "remove": [name for name in going if record[name]["settings"]],
    }


if __name__ == "__main__":
    try:
        findings = removal(json.load(sys.stdin))
    except RefusedError as reason:
        findings = {"refused": str(reason)}
    json.dump(findings, sys.stdout)
