"""Compare a host's package sources with the repository that a role wants; reads only.

Runs on the host (Python 3.8 or later, nothing but the standard library). Wants come as JSON on stdin, the findings go to
stdout as JSON; the tasks carry them out. An entry for the same address and suite that is here already is used as it is.
"""

import hashlib
import json
import re
import subprocess
import sys
from pathlib import Path

MAIN, SOURCES, KEYRINGS = "/etc/apt/sources.list", "/etc/apt/sources.list.d", "/etc/apt/keyrings"
MARK = "Managed by rigprov, role"
FIELDS = {"name", "url", "suites", "components", "architectures", "key_url", "key_fingerprint"}
LINE = re.compile(r"\s*deb\s+(?:\[(?P<options>[^\]]*)\]\s*)?(?P<uri>\S+)\s+(?P<suite>\S+)(?P<components>[^#]*)")


class RefusedError(Exception):
    """Something stands in the way; the message names the way out."""


def read(path):
    """Text of a file, empty where there is none."""
    try:
        return Path(path).read_text(encoding="utf-8", errors="replace")
    except OSError:
        return ""


def one_line_entries(text):
    """Active entries of a .list file."""
    for line in text.splitlines():
        match = LINE.match(line)
        if match:
            options = dict(pair.split("=", 1) for pair in (match["options"] or "").split() if "=" in pair)
            yield {
                "uris": [match["uri"]],
                "suites": [match["suite"]],
                "components": match["components"].split(),
                "signed_by": options.get("signed-by", ""),
                "text": line + "\n",
            }


def deb822_entries(text):
    """Active entries of a .sources file."""
    plain = "\n".join(line for line in text.splitlines() if not line.startswith("#"))
    for stanza in re.split(r"\n\s*\n", plain):
        pairs = re.findall(r"(?m)^([\w-]+):((?:.*)(?:\n[ \t].*)*)", stanza)
        fields = {key.lower(): value.strip() for key, value in pairs}
        on = fields.get("enabled", "yes").lower() not in ("no", "false", "off", "0", "disable", "without")
        if on and "deb" in fields.get("types", "").split():
            words = {key: fields.get(key, "").split() for key in ("uris", "suites", "components")}
            yield {**words, "signed_by": " ".join(fields.get("signed-by", "").split()), "text": stanza.strip("\n") + "\n"}


def entries(skipped):
    """Every active entry on the host, with its file, but for those in the files to skip."""
    files = [Path(MAIN), *sorted(Path(SOURCES).glob("*.list")), *sorted(Path(SOURCES).glob("*.sources"))]
    for file in files:
        if str(file) not in skipped:
            parse = deb822_entries if file.suffix == ".sources" else one_line_entries
            for entry in parse(read(file)):
                yield {**entry, "file": str(file)}


def same(text, other, arch):
    """Whether two addresses or suites are one to apt, which fills in $(ARCH) and drops a slash at the end."""
    one, two = (re.sub(r"^\./", "/", value.replace("$(ARCH)", arch)).rstrip("/") for value in (text, other))
    return one == two


def check(entry, user):
    """Refuse an entry that would not be one repository."""
    where = f"{user}_repository"
    if set(entry) != FIELDS:
        odd = ", ".join(sorted(set(entry) ^ FIELDS))
        raise RefusedError(f"{where} has to have exactly the keys {', '.join(sorted(FIELDS))}; check {odd}.")
    words = [entry["url"], entry["key_url"], *entry["suites"], *entry["components"], *entry["architectures"]]
    if not re.fullmatch(r"[a-z0-9][a-z0-9-]*", entry["name"]):
        raise RefusedError(f"{where}: a name is made of a-z, 0-9 and -, not {entry['name']!r}.")
    if not all(re.fullmatch(r"[^\s#]+", word) for word in words) or not entry["suites"]:
        raise RefusedError(f"{where}: url, key_url, suites, components and architectures are words without blanks.")
    if not all(re.match(r"https?://[^/]", url) for url in (entry["url"], entry["key_url"])):
        raise RefusedError(f"{where}: url and key_url begin with https:// or http://.")
    if not re.fullmatch(r"[0-9A-F]{40}", entry["key_fingerprint"]):
        raise RefusedError(f"{where}: key_fingerprint is 40 hexadecimal digits in capitals, without blanks.")
    if any(suite.endswith("/") == bool(entry["components"]) for suite in entry["suites"]):
        raise RefusedError(f"{where}: a suite that ends with / has no components, any other has at least one.")


def adopt(entry, found, user, arch):
    """The suite's entries that are here already: used as they are, where apt and the role can use them."""
    adopted = {}
    for suite in entry["suites"]:
        here = [
            other
            for other in found
            if any(same(uri, entry["url"], arch) for uri in other["uris"])
            and any(same(word, suite, arch) for word in other["suites"])
        ]
        files = " and ".join(sorted({other["file"] for other in here}))
        way_out = f"Mend it, or name it in {user}_replace_sources to have it moved aside."
        if len({other["signed_by"] for other in here}) > 1:
            raise RefusedError(f"{files} name {entry['url']} {suite} with different keys, at which apt stops. {way_out}")
        lacking = set(entry["components"]) - {word for other in here for word in other["components"]}
        if here and lacking:
            raise RefusedError(f"{files} names {entry['url']} {suite} without {', '.join(sorted(lacking))}. {way_out}")
        if here:
            adopted[suite] = here[0]
    return adopted


def source_text(entry, suites, keyring, arch):
    """The repository in apt's deb822 form."""
    fields = {
        "Types": "deb",
        "URIs": entry["url"],
        "Suites": " ".join(suites),
        "Components": " ".join(entry["components"]),
        "Architectures": " ".join(entry["architectures"]) or arch,
        "Signed-By": keyring,
    }
    return f"# {MARK} apt_repository.\n" + "".join(f"{key}: {value}\n" for key, value in fields.items() if value)


def repository(wants, arch):
    """What becomes of the repository that the role wants: left to the entries that are here, or written."""
    entry, user = wants["entry"], wants["user"]
    check(entry, user)
    path, keyring = f"{SOURCES}/rigprov-{entry['name']}.sources", f"{KEYRINGS}/rigprov-{entry['name']}.asc"
    known = json.loads(read(wants["record"]) or "{}").get("repositories", {}).get(entry["name"], {})
    mine = MARK in read(path)[:300]
    adopted = adopt(entry, list(entries({*wants["replace_sources"], *([path] if mine else [])})), user, arch)
    suites = [suite for suite in entry["suites"] if suite not in adopted]
    for file, foreign in ((path, Path(path).exists() and not mine), (keyring, Path(keyring).exists() and not known)):
        if suites and foreign:
            raise RefusedError(f"{file} is there and did not come from rigprov. Remove or rename it and run again.")
    text = source_text(entry, suites, keyring, arch) if suites else ""
    key_right = known.get("fingerprint") == entry["key_fingerprint"] and known.get("key_sha256") == sha256(keyring)
    due = bool(suites) and not (read(path) == text and key_right)
    proofs = [{"text": text, "adopted": ""}] if due else []
    if user not in known.get("users", []):
        proofs += [{"text": other["text"], "adopted": other["file"]} for other in adopted.values()]
    return {
        "entry": entry,
        "path": path,
        "text": text,
        "keyring": keyring,
        "due": due,
        "remove": mine and not suites,
        "proofs": proofs,
    }


def sha256(path):
    """Of a file; empty where there is none."""
    return hashlib.sha256(Path(path).read_bytes()).hexdigest() if Path(path).exists() else ""


def architecture():
    """The host's, in Debian's words."""
    argv = ("dpkg", "--print-architecture")
    return subprocess.run(argv, stdout=subprocess.PIPE, text=True, check=True).stdout.strip()


if __name__ == "__main__":
    try:
        findings = repository(json.load(sys.stdin), architecture())
    except RefusedError as reason:
        findings = {"refused": str(reason)}
    json.dump(findings, sys.stdout)
