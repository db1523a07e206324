"""Whether an earlier proof still stands: only one of this boot, and of the driver that is loaded now."""

from datetime import UTC, datetime

from rigprov.doctor.seen import Seen, whole
from rigprov.model.record import Record


def stands(seen: Seen) -> tuple[str, str]:
    """The proof in words and "", or "" and why there is none that stands."""
    record = seen.proof
    if record is None:
        return "", "there is no proof of this host here"
    taken = _seconds(record.proof.taken)
    boot = whole(seen.fields("clock").get("boot"))
    if taken is None or boot is None:
        return "", "it cannot be told whether the last proof is of this boot"
    if taken < boot:
        return "", f"the last proof ({record.proof.taken}) is older than the machine's last start ({_moment(boot)})"
    if other := _other_driver(seen, record):
        return "", other
    if record.proof.verdict != "pass":
        return "", f"the last proof of this boot says `{record.proof.verdict}`: {record.proof.reason}"
    speed = f" {record.proof.median:.1f} tok/s" if record.proof.median is not None else ""
    return f"proved since the last start: pass{speed} ({record.proof.taken})", ""


def _other_driver(seen: Seen, record: Record) -> str:
    """The driver is part of what was proved."""
    then, now = record.machine.driver or "", seen.driver
    if not seen.gpus or then == now:
        return ""
    return f"the last proof is of driver {then or 'none'}, the driver is {now or 'not known'}"


def _seconds(taken: str) -> float | None:
    try:
        when = datetime.fromisoformat(taken)
    except ValueError:
        return None
    return when.timestamp() if when.tzinfo else None


def _moment(seconds: int) -> str:
    try:
        return datetime.fromtimestamp(seconds, UTC).isoformat(timespec="seconds")
    except (OverflowError, ValueError, OSError):
        return "not known"
