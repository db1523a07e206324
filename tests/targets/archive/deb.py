"""One binary package: what its control file says, and the `.deb` made of it. Same package in, same bytes out."""

import gzip
import io
import tarfile
from collections.abc import Mapping
from dataclasses import dataclass, field
from functools import cached_property
from hashlib import sha256

STAND_IN = "rigprov test stand-in"
_EPOCH = 1_700_000_000  # of every file: packages must not differ from build to build


@dataclass(frozen=True)
class File:
    """A file of a package, or with `link` a symbolic link."""

    content: bytes = b""
    mode: int = 0o644
    link: str = ""


def text(content: str, mode: int = 0o644) -> File:
    """A text file."""
    return File(content.encode(), mode)


def program(content: str) -> File:
    """A script that can be run."""
    return text(content, 0o755)


@dataclass(frozen=True)
class Package:
    """A binary package without payload. Relations are written as in a control file, one a string."""

    name: str
    version: str
    depends: tuple[str, ...] = ()
    exclusive: tuple[str, ...] = ()  # virtual names that it provides and no other package beside it may
    provides: tuple[str, ...] = ()
    conflicts: tuple[str, ...] = ()
    replaces: tuple[str, ...] = ()
    recommends: tuple[str, ...] = ()
    section: str = "misc"
    component: str = "main"
    architecture: str = "amd64"
    source: str = ""
    fields: Mapping[str, str] = field(default_factory=dict)
    files: Mapping[str, File] = field(default_factory=dict)
    scripts: Mapping[str, str] = field(default_factory=dict)  # postinst, prerm, ...

    @property
    def filename(self) -> str:
        """Name of its file; an epoch has no place in it."""
        return f"{self.name}_{self.version.partition(':')[2] or self.version}_{self.architecture}.deb"

    @property
    def control(self) -> str:
        """Its control file."""
        relations = {
            "Depends": self.depends,
            "Recommends": self.recommends,
            "Provides": (*self.exclusive, *self.provides),
            "Conflicts": (*self.exclusive, *self.conflicts),
            "Replaces": (*self.exclusive, *self.replaces),
        }
        lines = [f"Package: {self.name}", f"Version: {self.version}", f"Architecture: {self.architecture}"]
        lines += [f"Source: {self.source}"] if self.source else []
        component = "" if self.component == "main" else f"{self.component}/"
        lines += [
            f"Section: {component}{self.section}",
            "Priority: optional",
            "Maintainer: rigprov tests <tests@example.invalid>",
        ]
        lines += [f"{name}: {', '.join(words)}" for name, words in relations.items() if words]
        lines += [f"{name}: {value}" for name, value in self.fields.items()]
        return "\n".join(lines) + f"\nDescription: {STAND_IN} for {self.name}, empty\n"

    @cached_property
    def deb(self) -> bytes:
        """The package file."""
        settings = "".join(f"{path}\n" for path in sorted(self.files) if path.startswith("/etc/"))
        members = {"./control": text(self.control)}
        members |= {"./conffiles": text(settings)} if settings else {}
        members |= {f"./{name}": program(f"#!/bin/sh\n# {STAND_IN}\nset -e\n{body}\n") for name, body in self.scripts.items()}
        about = {f"/usr/share/doc/{self.name}/README": text(f"{STAND_IN} for {self.name} {self.version}\n")}
        payload = {f".{path}": content for path, content in {**about, **self.files}.items()}
        parts = {"debian-binary": b"2.0\n", "control.tar.gz": _tar(members), "data.tar.gz": _tar(payload)}
        return b"!<arch>\n" + b"".join(_member(name, content) for name, content in parts.items())

    def stanza(self, filename: str) -> str:
        """Its entry in a repository's index."""
        return f"{self.control}Filename: {filename}\nSize: {len(self.deb)}\nSHA256: {sha256(self.deb).hexdigest()}\n"


def _member(name: str, content: bytes) -> bytes:
    head = f"{name:<16}{_EPOCH:<12}{0:<6}{0:<6}{'100644':<8}{len(content):<10}`\n".encode()
    return head + content + b"\n" * (len(content) % 2)


def _tar(files: Mapping[str, File]) -> bytes:
    out = io.BytesIO()
    with tarfile.open(fileobj=out, mode="w", format=tarfile.GNU_FORMAT) as archive:
        for folder in _folders(files):
            entry = tarfile.TarInfo(folder)
            entry.type, entry.mode, entry.mtime = tarfile.DIRTYPE, 0o755, _EPOCH
            archive.addfile(entry)
        for path, file in sorted(files.items()):
            entry = tarfile.TarInfo(path)
            entry.mode, entry.mtime, entry.size = file.mode, _EPOCH, len(file.content)
            if file.link:
                entry.type, entry.linkname = tarfile.SYMTYPE, file.link
            archive.addfile(entry, io.BytesIO(file.content))
    return gzip.compress(out.getvalue(), 1, mtime=0)


def _folders(files: Mapping[str, File]) -> list[str]:
    """Every directory above the files, outer ones first."""
    found = set()
    for path in files:
        parts = path.split("/")
        found |= {"/".join(parts[:depth]) for depth in range(2, len(parts))}
    return sorted(found)
