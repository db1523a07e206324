"""A rented machine as a provider's listing tells of it. Everything in it is somebody else's text, made harmless already."""

from dataclasses import dataclass
from typing import Literal

Readiness = Literal["ready", "starting", "stopped", "unreachable"]


@dataclass(frozen=True)
class Endpoint:
    """Where the machine's own SSH server answers."""

    address: str
    port: int
    user: str = "root"


@dataclass(frozen=True)
class Machine:
    """One machine.

    `why` is the reason why it is not ready, for a sentence that begins with "it"; empty where it is.
    """

    provider: str
    id: str
    name: str | None  # as its owner wrote it
    state: str  # in the provider's words
    readiness: Readiness
    why: str = ""
    ssh: Endpoint | None = None
    gpu: str | None = None
    gpu_count: int | None = None
    region: str | None = None
    price_usd_per_hour: float | None = None
    tier: str | None = None
