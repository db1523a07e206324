"""A stand-in for NVIDIA's binding: cards whose every answer a test chooses.

Errors, structures and the set of calls that exist are those of the real binding, so that a call that NVIDIA does not have
cannot be answered here either.
"""

from collections.abc import Callable, Mapping
from dataclasses import dataclass, field
from functools import partial
from types import SimpleNamespace
from typing import Any

import pynvml

MIB = 1 << 20
SM, MEMORY = pynvml.NVML_CLOCK_SM, pynvml.NVML_CLOCK_MEM
NOT_SUPPORTED = pynvml.NVML_ERROR_NOT_SUPPORTED


@dataclass(frozen=True)
class Fails:
    """An answer that is an error, by NVIDIA's number."""

    code: int = NOT_SUPPORTED


@dataclass(frozen=True)
class Series:
    """An answer that changes from tick to tick; the last one stays."""

    values: tuple[Any, ...]


@dataclass
class Card:
    """One GPU (or MIG instance): what each call answers, by its name without `nvmlDevice`, or name and argument."""

    answers: dict[Any, Any] = field(default_factory=dict)
    fields: Mapping[int, Any] = field(default_factory=dict)  # of GetFieldValues, by number
    instances: tuple["Card", ...] = ()
    xids: list[int] = field(default_factory=list)

    def but(self, answers: Mapping[Any, Any] | None = None, **changes: Any) -> "Card":
        """Another card, with some answers changed."""
        kept = {"fields": self.fields, "instances": self.instances, "xids": list(self.xids)}
        return Card({**self.answers, **(answers or {})}, **{**kept, **changes})


class FakeNvml:
    """The binding with its driver.

    Args:
        cards: GPUs that the driver shows.
        absent: calls that this driver's library lacks (as an old one does).
        unknown: calls that the binding itself lacks.
        init: error of nvmlInit.
        peers: (first, second) -> answer of nvmlDeviceGetP2PStatus for each capability.
    """

    NVMLError = pynvml.NVMLError
    NVMLLibraryMismatchError = pynvml.NVMLLibraryMismatchError

    def __init__(
        self,
        *cards: Card,
        driver: str = "580.82.09",
        cuda: int = 13000,
        absent: tuple[str, ...] = (),
        unknown: tuple[str, ...] = (),
        init: int = 0,
        peers: Mapping[tuple[int, int], Mapping[int, int]] | None = None,
    ) -> None:
        self.cards, self.tick, self.closed = cards, 0, False
        self._absent, self._unknown, self._init, self._peers = absent, unknown, init, peers or {}
        self._system = {"nvmlSystemGetDriverVersion": driver, "nvmlSystemGetCudaDriverVersion_v2": cuda}

    def nvmlInit(self) -> None:  # noqa: N802
        if self._init:
            raise pynvml.NVMLError(self._init)

    def nvmlShutdown(self) -> None:  # noqa: N802
        self.closed = True

    def __getattr__(self, name: str) -> Callable[..., Any]:
        if name in self._unknown or not hasattr(pynvml, name) or not name.startswith("nvml"):
            raise AttributeError(name)
        if name in self._absent:
            return lambda *_: self._value(Fails(pynvml.NVML_ERROR_FUNCTION_NOT_FOUND))
        if name in self._system:
            return lambda: self._value(self._system[name])
        special: dict[str, Callable[..., Any]] = {
            "nvmlDeviceGetCount": lambda: len(self.cards),
            "nvmlDeviceGetHandleByIndex": lambda index: self.cards[index],
            "nvmlDeviceGetMaxMigDeviceCount": lambda card: 7 if card.instances else self._value(Fails()),
            "nvmlDeviceGetMigDeviceHandleByIndex": self._instance,
            "nvmlDeviceGetFieldValues": self._fields,
            "nvmlDeviceGetP2PStatus": self._peer,
            "nvmlEventSetCreate": lambda: [],
            "nvmlDeviceRegisterEvents": lambda card, _types, events: events.append(card),
            "nvmlEventSetWait_v2": self._event,
            "nvmlEventSetFree": lambda _events: None,
        }
        return special.get(name) or partial(self._answer, name.removeprefix("nvmlDevice"))

    def _answer(self, name: str, card: Card, *arguments: Any) -> Any:
        key = (name, *arguments)
        return self._value(card.answers.get(key, card.answers.get(name, Fails())))

    def _value(self, answer: Any) -> Any:
        if isinstance(answer, Series):
            answer = answer.values[min(self.tick, len(answer.values) - 1)]
        if isinstance(answer, Fails):
            raise pynvml.NVMLError(answer.code)
        return answer

    def _instance(self, card: Card, number: int) -> Card:
        if number >= len(card.instances):
            raise pynvml.NVMLError(pynvml.NVML_ERROR_NOT_FOUND)
        return card.instances[number]

    def _fields(self, card: Card, numbers: list[int]) -> list[Any]:
        if not card.fields:
            raise pynvml.NVMLError(NOT_SUPPORTED)
        return [self._field(card.fields.get(number)) for number in numbers]

    def _field(self, answer: Any) -> Any:
        if answer is None:
            return SimpleNamespace(nvmlReturn=NOT_SUPPORTED, valueType=0, value=None)
        kind = pynvml.NVML_VALUE_TYPE_UNSIGNED_LONG_LONG
        return SimpleNamespace(nvmlReturn=0, valueType=kind, value=SimpleNamespace(ullVal=self._value(answer)))

    def _peer(self, one: Card, other: Card, capability: int) -> int:
        pair = (
            next(i for i, card in enumerate(self.cards) if card is one),
            next(i for i, c in enumerate(self.cards) if c is other),
        )
        if pair not in self._peers:
            raise pynvml.NVMLError(NOT_SUPPORTED)
        return self._peers[pair][capability]

    def _event(self, events: list[Card], _wait_ms: int) -> Any:
        if not events or not events[0].xids:
            raise pynvml.NVMLError(pynvml.NVML_ERROR_TIMEOUT)
        return SimpleNamespace(eventData=events[0].xids.pop(0))


def memory(total_mib: float, used_mib: float) -> Any:
    """An answer of GetMemoryInfo."""
    return SimpleNamespace(total=int(total_mib * MIB), used=int(used_mib * MIB), free=int((total_mib - used_mib) * MIB))


def process(pid: int, used_mib: float | None) -> Any:
    """An entry in a list of processes."""
    return SimpleNamespace(pid=pid, usedGpuMemory=None if used_mib is None else int(used_mib * MIB))
