"""What `doctor` found: the layers between the PCI bus and a served model, and the first that is broken."""

from dataclasses import dataclass
from typing import Literal

# fine: shown to work. broken: shown not to. not proved: nothing speaks against it, but it was not seen to work.
# not known: what would tell could not be read. does not apply: this machine has no such thing. not reached: a layer below
# is broken.
State = Literal["fine", "broken", "not proved", "not known", "does not apply", "not reached"]


@dataclass(frozen=True)
class Finding:
    """Something that is wrong, or that will be."""

    code: str  # stable, kebab-case: "nouveau-holds-gpu"
    what: str  # one sentence, no full stop
    evidence: tuple[str, ...]  # lines as the host said them; never empty
    fix: str  # likewise one sentence


@dataclass(frozen=True)
class Layer:
    """One layer of the stack.

    Args:
        name: "pci", "module", "versions", "nvml", "cuda", "container", "model".
        state: see `State`.
        said: one sentence, no full stop: what was seen, or why nothing was.
        findings: what is broken; the first is the cause, others go with it. Empty unless the state is "broken".
        notes: what breaks nothing today.
        way: how to learn more, where the layer is not proved or not known.
    """

    name: str
    state: State
    said: str
    findings: tuple[Finding, ...] = ()
    notes: tuple[Finding, ...] = ()
    way: str = ""


@dataclass(frozen=True)
class Diagnosis:
    """All layers of one host, from the bottom up."""

    host: str
    layers: tuple[Layer, ...]

    @property
    def broken(self) -> Layer | None:
        """The first broken layer."""
        return next((layer for layer in self.layers if layer.state == "broken"), None)

    @property
    def unknown(self) -> tuple[Layer, ...]:
        """Layers that could not be judged."""
        return tuple(layer for layer in self.layers if layer.state == "not known")
