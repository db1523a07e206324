"""Distribution and kernel."""

import re
import shlex

from rigprov.facts.parse.fields import ParseError
from rigprov.model.host import Kernel, Missing, OsRelease

_UNAME_WORDS = 3
_ARCHITECTURES = {"amd64", "arm64", "armhf", "i386", "686", "x86_64", "aarch64", "v8", "v7", "16k", "2712"}


def os_release(text: str) -> OsRelease:
    """`/etc/os-release`, see os-release(5)."""
    values = {}
    for line in text.splitlines():
        key, found, value = line.strip().partition("=")
        if not found or key.startswith("#"):
            continue
        try:
            values[key] = "".join(shlex.split(value)) if " " not in value else shlex.split(value)[0]
        except (ValueError, IndexError):
            raise ParseError(f"malformed line {line.strip()!r}") from None
    if not values.get("ID"):
        raise ParseError("it has no ID")
    return OsRelease(
        id=values["ID"].lower(),
        version_id=values.get("VERSION_ID", ""),
        # a derivative's own codename says nothing about the packages that it takes from Ubuntu
        codename=values.get("UBUNTU_CODENAME", values.get("VERSION_CODENAME", "")),
        id_like=tuple(values.get("ID_LIKE", "").split()),
        pretty=values.get("PRETTY_NAME", values["ID"]),
    )


def kernel(uname: str, proc_version: str | Missing) -> Kernel:
    """`uname -srm` and `/proc/version`."""
    words = uname.split()
    if len(words) != _UNAME_WORDS or words[0] != "Linux":
        raise ParseError(f"not a Linux machine: {uname.strip()!r}")
    compiler = proc_version if isinstance(proc_version, Missing) else _compiler(proc_version)
    return Kernel(release=words[1], flavour=flavour(words[1]), machine=words[2], compiler=compiler)


def flavour(release: str) -> str:
    """What distinguishes a distribution's kernels of one version, e.g. "generic", "aws"; "" where the name has none."""
    words = release.split("-")[1:]
    kept = [word for word in words if not re.fullmatch(r"\d[\w.]*", word) and word not in _ARCHITECTURES]
    return kept[0] if kept and kept[0] in {"microsoft", "rpi"} else "-".join(kept)


def _compiler(text: str) -> str | Missing:
    """The second bracket of /proc/version, without the linker."""
    depth, start, found = 0, 0, []
    for position, character in enumerate(text):
        if character == "(":
            if depth == 0:
                start = position + 1
            depth += 1
        elif character == ")" and depth:
            depth -= 1
            if depth == 0:
                found.append(text[start:position])
    if len(found) < 2:  # noqa: PLR2004  (builder, compiler)
        return Missing("/proc/version does not name the compiler")
    return re.split(r",\s*(?:GNU ld|LLD|ld\.)", found[1])[0]
