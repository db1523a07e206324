"""What `verify` measured."""

from collections.abc import Mapping
from dataclasses import dataclass, field
from typing import Literal

Verdict = Literal["pass", "slow", "unstable", "wrong", "not measured"]


@dataclass(frozen=True)
class Proof:
    """Result of one measurement. A figure that was not measured is None, and `reason` says why."""

    host: str
    verdict: Verdict
    reason: str
    fix: str
    model: str
    model_sha256: str  # of the file that was loaded, as hashed on the host
    engine: str  # name and version
    floor: float  # decode tokens/s
    runs: tuple[float, ...] = ()  # decode tokens/s of each run, in order
    median: float | None = None
    minimum: float | None = None
    maximum: float | None = None
    spread: float | None = None  # (max - min) / median
    prompt_tokens_per_s: float | None = None
    time_to_first_token_s: float | None = None
    load_s: float | None = None
    bytes_per_token: int | None = None  # weights read for one token
    bandwidth_gb_s: float | None = None  # measured on the host, decimal GB
    bandwidth_share: float | None = None  # median x bytes_per_token / bandwidth; None where it means nothing
    limit_tokens_per_s: float | None = None  # bandwidth / bytes_per_token
    threads: int | None = None
    context: int | None = None
    notes: tuple[str, ...] = ()
    raw: Mapping[str, object] = field(default_factory=dict)
