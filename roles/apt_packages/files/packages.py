"""What a role's packages need: what is missing, what apt would do about it, what is to be held; reads only.

Runs on the host (Python 3.8 or later, nothing but the standard library). Wants come as JSON on stdin, the findings go to
stdout as JSON; the tasks carry them out. apt itself says beforehand what comes and goes, so that a surprise costs nothing.
"""

import fnmatch
import json
import os
import re
import subprocess
import sys
from pathlib import Path

# apt cannot say what it would do: in check mode the repository and its lists are not there yet.
UNKNOWN = re.compile(r"Unable to locate|has no installation candidate|was not found|unmet dependencies|dpkg was interrupted")


class RefusedError(Exception):
    """Something stands in the way; the message names the way out."""


def run(*argv):
    """Exit code and output of a command, in English."""
    done = subprocess.run(
        argv, stdout=subprocess.PIPE, stderr=subprocess.STDOUT, text=True, check=False, env={**os.environ, "LC_ALL": "C"}
    )
    return done.returncode, done.stdout


def installed():
    """Version of every properly installed package."""
    _, listing = run("dpkg-query", "--show", "--showformat", "${Package} ${Version} ${db:Status-Abbrev}\n")
    rows = (line.split(" ", 2) for line in listing.splitlines())
    return {row[0]: row[1] for row in rows if len(row) > 2 and row[2] in ("ii ", "hi ")}  # noqa: PLR2004  (three fields)


def held():
    """Names of the packages that no upgrade may touch."""
    return set(run("apt-mark", "showhold")[1].split())


def is_here(wish, here):
    """Whether "name" or "name=version" is installed."""
    name, _, version = wish.partition("=")
    return name in here and (not version or fnmatch.fnmatchcase(here[name], version))


def simulate(*words):
    """Names that apt would bring and those that it would take; RefusedError with its reason where it cannot."""
    status, output = run("apt-get", "--simulate", "--yes", "--no-install-recommends", "--allow-change-held-packages", *words)
    if status != 0:
        said = [line[3:].strip() for line in output.splitlines() if line.startswith("E: ")]
        unmet = [line.strip() for line in output.splitlines() if " : " in line]
        raise RefusedError("; ".join([*unmet, *said]) or "apt does not say why")
    names = {kind: re.findall(rf"(?m)^{kind} ([^\s:]+)", output) for kind in ("Inst", "Remv")}
    return names["Inst"], names["Remv"]


def ask_install(wants):
    """What comes with the missing packages; RefusedError where more than that happens."""
    user, asked = wants["user"], ", ".join(wants["here"]["missing"])
    try:
        come, go = simulate("install", *wants["here"]["missing"])
    except RefusedError as reason:
        if wants["check"] and UNKNOWN.search(str(reason)):
            return {"new": [wish.partition("=")[0] for wish in wants["here"]["missing"]]}
        raise RefusedError(f"apt cannot install {asked}: {reason}. No package was changed.") from None
    theirs = sorted(held() & {*come, *go} - {*wants["here"]["record"]["held"]})
    if theirs:
        raise RefusedError(
            f"With {asked} apt would change {', '.join(theirs)}, which is on hold and not by rigprov. No package was changed. "
            "Take the hold off (`apt-mark unhold`) if it may change, and run again."
        )
    barred = [name for name in come + go if any(re.match(pattern, name) for pattern in wants["never"])]
    if barred:
        raise RefusedError(
            f"With {asked} apt would also touch {', '.join(sorted(set(barred)))}, which is not the business of {user}. "
            f"No package was changed. Name versioned packages that stand alone in {user}_packages."
        )
    if go:
        raise RefusedError(
            f"With {asked} apt would remove {', '.join(sorted(set(go)))}, which nobody asked for. No package was changed. "
            "Remove these packages yourself if you can do without them, and run again."
        )
    here = installed()
    return {"new": sorted({name for name in come if name not in here})}


def ask_remove(wants, record):
    """Which of the packages that came with the role can go without taking anything else along."""
    here = installed()
    asked = [name for name in record["asked"] if name in here]
    brought = [name for name in record["brought"] if name in here]
    surplus = []
    for names in (sorted({*asked, *brought}), asked):
        if not names:
            return []
        surplus = sorted(set(simulate("remove", *names)[1]) - {*asked, *brought})
        if not surplus:
            return names
    raise RefusedError(
        f"Removing {', '.join(asked)} would also remove {', '.join(surplus)}, which nobody asked for. Remove these packages "
        f"yourself if you can do without them, and run again; or keep {wants['user']}."
    )


def survey(wants):
    """Everything the tasks need to know but what apt would do."""
    path = Path(wants["record"])
    record = {"asked": [], "brought": [], "held": [], **(json.loads(path.read_text()) if path.exists() else {})}
    here, on_hold = installed(), held()
    missing = [wish for wish in wants["install"] if not is_here(wish, here)]
    renewed = {wish.partition("=")[0] for wish in missing}  # apt takes the hold off what it changes by order
    return {
        "missing": missing,
        "hold": [name for name in wants["hold"] if name not in on_hold or name in renewed],
        "unhold": sorted(name for name in record["held"] if name in on_hold and name not in wants["hold"]),
        "remove": ask_remove(wants, record) if wants["rollback"] else [],
        "record": record,
        "exists": path.exists(),
        "state": path.parent.is_dir(),
    }


def recorded(wants):
    """The record once the missing packages and the holds are in; written before they are."""
    record, missing = wants["here"]["record"], [wish.partition("=")[0] for wish in wants["here"]["missing"]]
    new = wants["new"]
    kept = [name for name in record["held"] if name not in wants["here"]["unhold"]]
    return {
        "asked": sorted({*record["asked"], *(name for name in missing if name in new)}),
        "brought": sorted({*record["brought"], *(name for name in new if name not in missing)}),
        "held": sorted({*kept, *wants["here"]["hold"]}),
    }


def answer(wants):
    """The question's findings."""
    if wants["ask"] == "survey":
        return survey(wants)
    new = ask_install(wants)["new"] if wants["here"]["missing"] else []
    record = recorded({**wants, "new": new})
    return {"record": record, "changed": record != wants["here"]["record"]}


if __name__ == "__main__":
    try:
        findings = answer(json.load(sys.stdin))
    except RefusedError as reason:
        findings = {"refused": str(reason)}
    json.dump(findings, sys.stdout)
