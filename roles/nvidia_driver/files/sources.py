"""Work out which components the distribution's own package sources lack; reads only.

Runs on the host (Python 3.8 or later, nothing but the standard library). Wants come as JSON on stdin, the findings go to
stdout as JSON. The sources that are there stay as they are: a file of the role's own names the same mirrors, suites and keys
with the components that are missing.
"""

import json
import os
import re
import subprocess
import sys

MARK = "# Managed by rigprov, role nvidia_driver."
# `deb [options] uri suite component...`
ONE_LINE = re.compile(r"^deb\s+(?:\[(?P<options>[^\]]*)\]\s*)?(?P<uri>\S+)\s+(?P<suite>\S+)\s*(?P<components>[^#]*)")
KEPT = ("Architectures", "Signed-By", "Trusted", "Check-Valid-Until")  # fields that a second entry has to repeat
NAMES = {"arch": "Architectures", "signed-by": "Signed-By", "trusted": "Trusted", "check-valid-until": "Check-Valid-Until"}


class RefusedError(Exception):
    """No source to take the components from."""


def read(path):
    """Text of a file, empty where there is none."""
    try:
        with open(path, encoding="utf-8", errors="replace") as file:
            return file.read()
    except OSError:
        return ""


def stanzas(text):
    """Entries of a deb822 file: fields by name, continuation lines kept as they are."""
    for part in re.split(r"\n\s*\n", re.sub(r"(?m)^#.*\n?", "", text)):
        fields = re.findall(r"(?m)^([A-Za-z-]+):[ \t]*(.*(?:\n[ \t].*)*)", part)
        values = {name.title(): value.strip() for name, value in fields}
        if "deb" in values.get("Types", "").split() and not re.match(r"(?i)no|false|off|0|disable", values.get("Enabled", "")):
            yield values


def entries_of(path):
    """(uri, suite, components, kept fields) of each active entry in a file of package sources."""
    text = read(path)
    if path.endswith(".sources"):
        for values in stanzas(text):
            kept = {name: values[name] for name in KEPT if name in values}
            for uri in values.get("Uris", "").split():
                for suite in values.get("Suites", "").split():
                    yield uri, suite, values.get("Components", "").split(), kept
        return
    for match in filter(None, map(ONE_LINE.match, map(str.strip, text.splitlines()))):
        pairs = (word.partition("=") for word in (match["options"] or "").split())
        kept = {NAMES[name.lower()]: value.replace(",", " ") for name, _, value in pairs if name.lower() in NAMES}
        yield match["uri"], match["suite"], match["components"].split(), kept


def same(uri):
    """An address in the form in which two spellings of it are equal."""
    return re.sub(r"/+", "/", uri + "/")


def origins():
    """Who says to be behind (uri, suite), for the package lists that are there."""
    shape = "$(REPO_URI)|$(RELEASE)|$(ORIGIN)"
    argv = ("apt-get", "indextargets", "--format", shape, "Created-By: Packages")
    rows = subprocess.run(argv, capture_output=True, text=True, check=False).stdout.splitlines()
    return {(same(uri), suite): origin for uri, suite, origin in (row.split("|") for row in rows)}


def is_own(uri, suite, release, known):
    """Whether an entry is the distribution's; where no list says so, its path has to."""
    if not re.fullmatch(re.escape(release["codename"]) + r"(-[a-z]+)?", suite):
        return False
    origin = known.get((same(uri), suite), "")
    if origin and not origin.startswith("$("):
        return origin.lower() == release["id"]
    return bool(re.search(r"/%s(-security|-ports)?/?$|/mirrors/%s[a-z-]*\.list/?$" % (release["id"], release["id"]), uri))


def lacking(entries, wanted, release, known):
    """deb822 text with what is lacking; empty where nothing is."""
    own = [entry for entry in entries if is_own(entry[0], entry[1], release, known)]
    if not own:
        raise RefusedError(
            "No package source here is %s's own for %s, so its components %s cannot be added. Mend /etc/apt/sources.list "
            "and run again." % (release["id"].title(), release["codename"], ", ".join(wanted))
        )
    there, kept = {}, {}
    for uri, suite, components, fields in own:
        there.setdefault((uri, suite), set()).update(components)
        kept.setdefault((uri, suite), fields)
    parts = []
    for (uri, suite), components in there.items():
        missing = [component for component in wanted if component not in components]
        if missing:
            fields = {"Types": "deb", "URIs": uri, "Suites": suite, "Components": " ".join(missing), **kept[uri, suite]}
            # a key given whole spans lines, which begin with a space; the first of them stays empty
            lines = ("%s:%s%s\n" % (name, "\n " if "\n" in value else " ", value) for name, value in fields.items())
            parts.append("".join(lines))
    return MARK + "\n" + "\n".join(parts) if parts else ""


def os_release():
    """The distribution's name and codename; of a derivative of Ubuntu those of the Ubuntu that its packages come from."""
    pairs = (line.split("=", 1) for line in read("/etc/os-release").splitlines() if "=" in line)
    values = {key: value.strip().strip("\"'") for key, value in pairs}
    if "UBUNTU_CODENAME" in values:
        return {"id": "ubuntu", "codename": values["UBUNTU_CODENAME"]}
    return {"id": values.get("ID", ""), "codename": values.get("VERSION_CODENAME", "")}


def sources(wants):
    """The role's own file of package sources as it should be."""
    folder = "/etc/apt/sources.list.d"
    names = sorted(os.listdir(folder)) if os.path.isdir(folder) else []
    files = ["/etc/apt/sources.list", *(os.path.join(folder, name) for name in names if name.endswith((".list", ".sources")))]
    entries = [entry for path in files if path != wants["file"] for entry in entries_of(path)]
    return {"text": lacking(entries, wants["components"], os_release(), origins()) if wants["components"] else ""}


if __name__ == "__main__":
    try:
        findings = sources(json.load(sys.stdin))
    except RefusedError as reason:
        findings = {"refused": str(reason)}
    json.dump(findings, sys.stdout)
