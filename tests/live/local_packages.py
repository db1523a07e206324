"""Small Debian packages made on a live target and offered by a repository on its own disk.

They carry real names where a test needs apt to meet these; nothing in them is the real software.
"""

import base64
import shlex
from collections.abc import Mapping
from dataclasses import dataclass, field

from tests.live.play import out
from tests.targets import Target

ORIGIN = "Local"
_FOLDER = "/srv/local"


@dataclass(frozen=True)
class Package:
    """One package. `fields` are further lines of its control file, `scripts` its maintainer scripts."""

    name: str
    version: str = "1"
    fields: Mapping[str, str] = field(default_factory=dict)
    files: Mapping[str, str] = field(default_factory=dict)
    scripts: Mapping[str, str] = field(default_factory=dict)


def _file(path: str, text: str, mode: str) -> str:
    content = base64.b64encode(text.encode()).decode()
    return f"install -D -m {mode} /dev/null {path}; echo {content} | base64 -d > {path}"


def _lines(package: Package) -> list[str]:
    root = f"{_FOLDER}/build/{package.name}_{package.version}"
    control = {"Package": package.name, "Version": package.version, "Architecture": "amd64", "Maintainer": "tests <t@example>"}
    control |= {"Description": "stand-in of the tests"} | dict(package.fields)
    text = "".join(f"{name}: {value}\n" for name, value in control.items())
    files = [_file(root + path, text, "0755" if "/bin/" in path else "0644") for path, text in package.files.items()]
    scripts = [_file(f"{root}/DEBIAN/{name}", f"#!/bin/sh\n{body}\n", "0755") for name, body in package.scripts.items()]
    build = f"dpkg-deb --root-owner-group -Znone -b {root} {_FOLDER} > /dev/null"
    return [_file(f"{root}/DEBIAN/control", text, "0644"), *files, *scripts, build]


def offer(target: Target, *packages: Package) -> None:
    """Add packages to the repository on the target's disk, and have apt read it."""
    index = f"cd {_FOLDER}; apt-ftparchive packages . > Packages; apt-ftparchive -o APT::FTPArchive::Release::Origin={ORIGIN}"
    entry = f"echo 'deb [trusted=yes] file:{_FOLDER} ./' > /etc/apt/sources.list.d/local.list"
    lines = ["set -e", *(line for package in packages for line in _lines(package)), f"rm -rf {_FOLDER}/build"]
    lines += [f"{index} release . > /tmp/Release; mv /tmp/Release Release", entry, "apt-get -qq update"]
    out(target, f"sudo sh -c {shlex.quote(chr(10).join(lines))}")


def version(target: Target, name: str) -> str:
    """The installed version; empty where it is not properly installed."""
    row = target.run(f"dpkg-query -W -f '${{db:Status-Abbrev}} ${{Version}}' {name}").stdout
    return row.split()[-1] if row[:2] in ("ii", "hi") else ""
