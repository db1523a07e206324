"""Kernels, DKMS and the NVIDIA module's file."""

import re
from typing import Literal

from rigprov.facts.parse.fields import ParseError, document
from rigprov.model.host import DkmsBuild, InstalledKernel, ModuleFile

_KERNEL = re.compile(r"==> (\S+) image=(yes|no) headers=(yes|no)")
# "nvidia/580.95.05, 6.8.0-52-generic, x86_64: installed" since DKMS 3, "nvidia, 580.95.05, ..." before
_DKMS = re.compile(
    r"(?P<module>[^/,\s]+)(?:/|, )(?P<version>[^,:\s]+)(?:, (?P<kernel>[^,:]+)(?:, [^,:]+)?)?: (?P<state>[a-z]+)(?P<more>.*)"
)
_STATES: dict[str, Literal["added", "built", "installed"]] = {"added": "added", "built": "built", "installed": "installed"}


def kernels(text: str) -> tuple[InstalledKernel, ...]:
    """Blocks of `==> RELEASE image=yes headers=no`, then the NVIDIA modules below its directory."""
    found: list[InstalledKernel] = []
    for line in text.splitlines():
        if match := _KERNEL.fullmatch(line):
            found.append(InstalledKernel(match[1], image=match[2] == "yes", headers=match[3] == "yes"))
        elif found and line.startswith("/"):
            last = found[-1]
            path = line.partition(f"/{last.release}/")[2].lstrip("/")
            found[-1] = InstalledKernel(last.release, last.image, last.headers, (*last.modules, path or line))
        elif line.strip():
            raise ParseError(f"not a kernel: {line!r}")
    return tuple(found)


def dkms(text: str) -> tuple[DkmsBuild, ...]:
    """`dkms status`. Anything but the three known states, or a warning behind one, reads as broken."""
    found = []
    for line in text.splitlines():
        match = _DKMS.match(line.strip())
        if match is None:
            continue  # notes such as "Deprecated feature: ..."
        state = _STATES.get(match["state"])
        broken = state is None or "WARNING" in match["more"]
        found.append(
            DkmsBuild(match["module"], match["version"], match["kernel"] or "", "broken" if broken or not state else state)
        )
    return tuple(found)


def module_file(text: str) -> ModuleFile:
    """Lines of `modinfo nvidia`: version, license, signer."""
    fields = {key.strip(): value.strip() for key, _, value in (line.partition(":") for line in text.splitlines())}
    if not fields.get("version"):
        raise ParseError("modinfo tells no version of the NVIDIA module")
    return ModuleFile(fields["version"], open="GPL" in fields.get("license", ""), signer=fields.get("signer", ""))


def instance_type(text: str) -> str | None:
    """Name of the size; Google's comes with its whole path."""
    return text.strip().rpartition("/")[2] or None


def virtualisation(text: str) -> tuple[str, ...]:
    """`Virtualization Mode : Pass-Through`, one line for each GPU."""
    return tuple(line.partition(":")[2].strip() for line in text.splitlines() if ":" in line)


def record(text: str) -> dict[str, bool]:
    """What role nvidia_driver noted of its work, JSON: the packages that it installed; False: as another one's need."""
    found = document(text)
    packages = found.get("packages") if isinstance(found, dict) else None
    if not isinstance(packages, dict):
        raise ParseError("it lists no packages")
    return {name: not packages[name]["brought"] for name in sorted(packages)}
