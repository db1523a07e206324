"""Packages, repositories and the state of apt."""

import re
from collections.abc import Mapping
from hashlib import sha256

from rigprov.facts.parse.fields import ParseError, parts
from rigprov.model.host import AptSource, Offer, Package

_STATUS = re.compile(r"[uihrp][ncHUFWti] ?R?")  # wanted, present, error: dpkg-query(1), db:Status-Abbrev


def packages(text: str, origins: Mapping[str, str]) -> tuple[Package, ...]:
    """`dpkg-query`: status, name, version. Removed ones that left only their configuration are left out."""
    found = []
    for line in text.splitlines():
        words = line.split()
        if len(words) not in {2, 3} or not _STATUS.match(words[0]):
            raise ParseError(f"not a package: {line!r}")
        status, name, version = [*words, ""][:3]
        if status[1] in "nc":  # not installed, or configuration files only
            continue
        found.append(Package(name, version, status, hold=status[0] == "h", origin=origins.get(name)))
    return tuple(found)


def origins(policy: str, releases: str) -> dict[str, str]:
    """Package name -> origin of its installed version; absent: no repository has that version.

    Args:
        policy: `apt-cache policy NAMES`, which names the repository.
        releases: the `Origin:` lines of apt's release files, as `grep -H` prints them. (`apt-cache policy` without names
            tells the same, but takes a second.)
    """
    named = _release_origins(releases)
    found = {}
    for name, block in _blocks(policy):
        installed = re.search(r"^ \*\*\* .*\n((?:        .*\n?)*)", block, re.MULTILINE)
        if origin := _origin(installed[1] if installed else "", named):
            found[name] = origin
    return found


def offers(policy: str, releases: str) -> tuple[Offer, ...]:
    """Packages that apt can fetch from a repository, each in its candidate version; arguments as for `origins`."""
    named = _release_origins(releases)
    found = []
    for name, block in _blocks(policy):
        candidate = re.search(r"^  Candidate: (\S+)$", block, re.MULTILINE)
        if candidate is None or candidate[1] == "(none)":
            continue
        sources = re.search(rf"^ (?:\*\*\*|   ) {re.escape(candidate[1])} .*\n((?:        .*\n?)*)", block, re.MULTILINE)
        if origin := _origin(sources[1] if sources else "", named):
            found.append(Offer(name, candidate[1], origin))
    return tuple(sorted(found, key=lambda offer: offer.name))


def _release_origins(releases: str) -> dict[str, str]:
    known = {
        file: origin.strip() for file, found, origin in (line.partition(":Origin:") for line in releases.splitlines()) if found
    }
    return {file.rpartition("/")[2].removesuffix("InRelease").removesuffix("Release"): origin for file, origin in known.items()}


def _origin(lines: str, named: Mapping[str, str]) -> str | None:
    """Origin of the first repository among a version's sources; None when only dpkg knows it."""
    for line in lines.splitlines():
        source = line.strip().partition(" ")[2]
        if source != "/var/lib/dpkg/status":
            return named.get(_list_name(source)) or source.split()[0]
    return None


def _list_name(source: str) -> str:
    """How apt names the list files of "URL suite/component arch Packages"; a flat repository has no suite."""
    url, suite = [*source.split(), "", ""][:2]
    place = url.partition("://")[2].rstrip("/").replace("_", "%5f").replace("/", "_")
    if "/" in suite and not suite.endswith("/"):
        place += "_dists_" + suite.rpartition("/")[0].replace("/", "_")
    return place + "_"


def _blocks(text: str) -> list[tuple[str, str]]:
    pieces = re.split(r"^(\S+):\n", text, flags=re.MULTILINE)
    return list(zip(pieces[1::2], pieces[2::2], strict=True))


def sources(text: str) -> tuple[AptSource, ...]:
    """All repository files, each under its `==> path`; binary repositories only."""
    found: list[AptSource] = []
    for path, body in parts(text).items():
        found += _stanzas(path, body) if path.endswith(".sources") else _lines(path, body)
    return tuple(found)


def _lines(path: str, body: str) -> list[AptSource]:
    found = []
    for raw in body.splitlines():
        match = re.match(r"\s*(?P<off>#+\s*)?deb\s+(?:\[(?P<options>[^\]]*)\]\s*)?(?P<uri>[a-z+]+:\S+)\s+(?P<rest>\S[^#]*)", raw)
        if match is None:
            continue
        options = dict(option.partition("=")[::2] for option in (match["options"] or "").split())
        suite, *components = match["rest"].split()
        found.append(
            AptSource(path, (match["uri"],), (suite,), tuple(components), options.get("signed-by"), enabled=match["off"] is None)
        )
    return found


def _stanzas(path: str, body: str) -> list[AptSource]:
    lines = "\n".join(line for line in body.splitlines() if not line.startswith("#"))
    found = []
    for stanza in re.split(r"\n\s*\n", lines):
        fields = {
            key.lower(): value.strip() for key, value in re.findall(r"^([A-Za-z-]+):(.*(?:\n[ \t].*)*)", stanza, re.MULTILINE)
        }
        if "deb" not in fields.get("types", "").split():
            continue
        found.append(
            AptSource(
                file=path,
                uris=tuple(fields.get("uris", "").split()),
                suites=tuple(fields.get("suites", "").split()),
                components=tuple(fields.get("components", "").split()),
                signed_by=_key(fields.get("signed-by")),
                enabled=fields.get("enabled", "yes").lower() not in {"no", "false", "0"},
            )
        )
    return found


def _key(field: str | None) -> str | None:
    """A key that stands in the entry itself is told by its hash: apt takes two of them for two keys where the texts differ."""
    if field is None or "BEGIN PGP" not in field:
        return field
    return f"inline key {sha256(' '.join(field.split()).encode()).hexdigest()[:12]}"


def keyrings(text: str) -> tuple[str, ...]:
    """Paths of key files."""
    return tuple(sorted(line.strip() for line in text.splitlines() if line.strip()))


def lock_holder(text: str) -> str | None:
    """Lines of lock file, process id, process name."""
    for line in text.splitlines():
        words = line.split(maxsplit=2)
        if len(words) >= 2:  # noqa: PLR2004  (a process of another container has no name here)
            name = words[2] if len(words) > 2 else "a process that cannot be seen"  # noqa: PLR2004
            return f"{name} (process {words[1]})"
    return None


def reboot_required(text: str) -> tuple[str, ...] | None:
    """First line "required", then the packages that ask for it."""
    lines = text.split()
    return tuple(dict.fromkeys(lines[1:])) if lines else None
