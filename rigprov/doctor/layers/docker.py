"""What the sections on Docker tell, as the container layer looks at it."""

import json
import re
from dataclasses import dataclass
from functools import cached_property
from typing import Any

from rigprov.doctor.seen import NOT_FOUND, Seen
from rigprov.facts.parse.fields import parts

NO_IMAGE = 4
_EXIT = re.compile(r"^--> exit ([0-9]{1,3})$", re.MULTILINE)
_UUID = re.compile(r"(?:GPU|MIG)-[0-9a-fA-F-]{8,}")
_NO_PROGRAM = (126, 127)
_BEFORE_CDI = "nvidia.com/gpu=all is not an absolute path"  # up to Docker 24, --device takes paths only
_ABOUT_DEVICES = re.compile(r"mount|CDI|nvidia-container|could not select device")
_DESKTOP = "desktop-linux"


@dataclass(frozen=True)
class Tried:
    """One command in a container."""

    what: str  # the heading: command and image, or the container
    rc: int | None
    said: str

    @property
    def gpus(self) -> frozenset[str]:
        """UUIDs that it saw."""
        return frozenset(_UUID.findall(self.said)) if self.rc == 0 else frozenset()

    @property
    def silent(self) -> bool:
        """Whether it says nothing of the GPUs: the image has no such program, or Docker is older than CDI.

        Docker gives the image's exit status also where a file is missing that a device's specification names.
        """
        if self.rc is None or _BEFORE_CDI in self.said:
            return True
        return self.rc in _NO_PROGRAM and not _ABOUT_DEVICES.search(self.said)

    @property
    def evidence(self) -> tuple[str, ...]:
        """Command and last words."""
        words = [line for line in self.said.splitlines() if line.strip()]
        return (self.what, *words[-2:], f"exit status {self.rc}")


class Engine:
    """Docker on one host."""

    def __init__(self, seen: Seen) -> None:
        self.seen = seen

    @cached_property
    def info(self) -> dict[str, Any]:
        """What `docker info` says; empty where it does not answer."""
        try:
            found = json.loads(self.seen.text("docker-info"))
        except ValueError:
            return {}
        return found if isinstance(found, dict) and isinstance(found.get("ServerVersion"), str) and found["ServerVersion"] else {}

    @property
    def installed(self) -> bool:
        """Whether there is a `docker` command."""
        return self.seen.rc("docker-info") != NOT_FOUND

    @property
    def snap(self) -> bool:
        """Whether the engine is the snap: its own daemon is nowhere else."""
        where = self.seen.text("docker-where")
        ours = any(line.startswith(("/usr/bin/dockerd", "/usr/sbin/dockerd")) for line in where.splitlines())
        root = str(self.info.get("DockerRootDir", ""))
        return root.startswith("/var/snap/") or (self.seen.rc("docker-snap") == 0 and not ours)

    @property
    def desktop(self) -> bool:
        """Whether the engine runs in Docker Desktop's virtual machine."""
        return self.info.get("OperatingSystem") == "Docker Desktop" or f'"{_DESKTOP}"' in self.seen.text("docker-context")

    @property
    def toolkit(self) -> bool:
        """Whether NVIDIA's container toolkit is here."""
        return self.seen.rc("toolkit") == 0

    @property
    def runtimes(self) -> tuple[str, ...]:
        """Names of registered runtimes."""
        found = self.info.get("Runtimes")
        return tuple(sorted(map(str, found))) if isinstance(found, dict) else ()

    @cached_property
    def specs(self) -> dict[str, list[str]]:
        """Lines on each CDI specification: `library PATH`, `missing PATH`."""
        return {path: text.split("\n")[:-1] for path, text in parts(self.seen.text("cdi")).items()}

    @cached_property
    def runs(self) -> tuple[Tried, ...]:
        """Containers that were started to see."""
        return tried(self.seen.text("container-run"))

    @cached_property
    def inside(self) -> tuple[Tried, ...]:
        """Containers with GPUs that were running already."""
        return tried(self.seen.text("container-inside"))


def tried(text: str) -> tuple[Tried, ...]:
    """Commands under headings, each with its exit status."""
    found = []
    for what, body in parts(text).items():
        ended = _EXIT.search(body)
        found.append(Tried(what, int(ended[1]) if ended else None, _EXIT.sub("", body).strip()))
    return tuple(found)
