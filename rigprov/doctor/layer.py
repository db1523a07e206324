"""Short ways to say how a layer is."""

from collections.abc import Iterable

from rigprov.model.diagnosis import Finding, Layer

Findings = Iterable[Finding]


def fine(name: str, said: str, notes: Findings = ()) -> Layer:
    """It was shown to work."""
    return Layer(name, "fine", said, notes=tuple(notes))


def broken(name: str, findings: Findings, notes: Findings = ()) -> Layer:
    """It was shown not to work. The first finding is the cause."""
    found = tuple(findings)
    return Layer(name, "broken", found[0].what, found, tuple(notes))


def not_proved(name: str, said: str, way: str, notes: Findings = ()) -> Layer:
    """Nothing speaks against it, but it was not seen to work; `way` is how to see."""
    return Layer(name, "not proved", said, notes=tuple(notes), way=way)


def not_known(name: str, why: str, way: str = "run again as root, or look at the section with `--record DIR`") -> Layer:
    """What would tell could not be read."""
    return Layer(name, "not known", f"could not tell: {why}", way=way)


def does_not_apply(name: str, why: str, notes: Findings = ()) -> Layer:
    """This machine has no such thing."""
    return Layer(name, "does not apply", why, notes=tuple(notes))


def not_reached(name: str, below: str) -> Layer:
    """A layer below is broken."""
    return Layer(name, "not reached", f"the {below} layer is broken")
