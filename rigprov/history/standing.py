"""Whether a kept proof still says how fast a host is, so that it need not be measured again. Pure."""

from datetime import datetime, timedelta

from rigprov.model.plan import PlannedBenchmark
from rigprov.model.record import Machine, Record

LONGEST = timedelta(days=30)  # dust, ageing thermal paste and a slower disk show in no fact


def why_not(record: Record | None, planned: PlannedBenchmark, machine: Machine, *, applied: str, now: datetime) -> str:
    """Why it has to be measured again; "" where the kept proof stands.

    Args:
        record: the newest of this host and model; None: there is none.
        planned: what would be measured now.
        machine: as it is now.
        applied: when a role ran last on the host, ISO 8601 with zone. An older proof is of another state.
        now: the present, with zone.
    """
    if record is None:
        return "it was never measured from here"
    proof, taken = record.proof, _moment(record.proof.taken)
    if proof.verdict != "pass":
        return f"the last verdict is {proof.verdict}"
    if (proof.weights, proof.floor, proof.context) != (planned.weights, planned.floor, planned.context):
        return "the last proof is of another benchmark"
    if record.machine != machine or (planned.sha256 and proof.model_sha256 != planned.sha256):
        return "machine or model file are not as they were at the last proof"
    if taken is None or taken < (_moment(applied) or now):
        return "roles ran after the last proof"
    return "the last proof is older than 30 days" if now - taken > LONGEST else ""


def _moment(text: str) -> datetime | None:
    try:
        found = datetime.fromisoformat(text)
    except ValueError:
        return None
    return found if found.tzinfo else None
