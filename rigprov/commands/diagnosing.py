"""A recording of doctor's probe, with what the controller knows, to a diagnosis."""

from rigprov.doctor.diagnose import diagnose
from rigprov.doctor.seen import EngineSaid, Seen
from rigprov.facts.recording import Recording
from rigprov.model.diagnosis import Diagnosis
from rigprov.model.record import Record
from rigprov.verify.enginelog import parse

_SECTION = "cuda-kernel"  # that only doctor's probe has


def judged(recording: Recording, proof: Record | None) -> Diagnosis:
    """The diagnosis of one host.

    Args:
        recording: what it answered.
        proof: the last one kept of it; None: none.
    """
    log = recording.sections.get("engine-log")
    told = parse(log.output.splitlines() if log else ())
    engine = EngineSaid(told.backend, told.offloaded, told.layers, told.words if told.trouble else "")
    return diagnose(Seen(recording, proof, engine))


def is_doctor_s(recording: Recording) -> bool:
    """Whether doctor's probe made it, and not that of `rigprov facts`."""
    return _SECTION in recording.sections
