"""What was read of the GPUs, time after time; who calls it says when."""

from __future__ import annotations

from typing import Any

from rigprov.verify.host import nvml_card, nvml_links
from rigprov.verify.host.nvml_query import Nvml, Unavailable

PERIOD_S = 0.1
# Samples kept of one GPU: when there are more, every second one is dropped and the period doubled.
MOST = 3000
_SM, _MEMORY = 1, 2
_XID = 8  # nvmlEventTypeXidCriticalError
_REASONS = ("nvmlDeviceGetCurrentClocksEventReasons", "nvmlDeviceGetCurrentClocksThrottleReasons")  # renamed in R535
_TEMPERATURE = ("nvmlDeviceGetTemperatureV", "nvmlDeviceGetTemperature")


class Card:
    """One GPU under watch: what it is, and one column for each thing that is read again and again."""

    def __init__(self, nvml: Nvml, index: int, handle: Any) -> None:
        self._nvml, self._handle = nvml, handle
        instances = nvml_card.mig_handles(nvml, handle)
        # A program that uses CUDA sees one MIG instance, the first, unless it is told another.
        self._memory = instances[0][1] if instances else handle
        self.found = nvml_card.describe(nvml, index, handle)
        self.found["nvlinks"] = nvml_links.nvlinks(nvml, handle)
        self.found["before"] = self._now()
        self.columns: dict[str, list[Any]] = {}
        self._events = nvml.ask("nvmlEventSetCreate")
        if self._events is not None:
            nvml.ask("nvmlDeviceRegisterEvents", handle, _XID, self._events)

    def _now(self) -> dict[str, Any]:
        held = {"used_mib": nvml_card.memory(self._nvml, self._memory)["used_mib"]}
        return {
            **nvml_card.counters(self._nvml, self._handle),
            **held,
            "processes": nvml_card.processes(self._nvml, self._handle),
        }

    def sample(self, t_s: float) -> None:
        """One row."""
        ask, handle = self._nvml.ask, self._handle
        power, load = ask("nvmlDeviceGetPowerUsage", handle), ask("nvmlDeviceGetUtilizationRates", handle)
        row = {
            "t_s": round(t_s, 2),
            "sm_mhz": ask("nvmlDeviceGetClockInfo", handle, _SM),
            "memory_mhz": ask("nvmlDeviceGetClockInfo", handle, _MEMORY),
            "power_w": None if power is None else round(power / 1000, 1),
            "temperature_c": self._nvml.first(_TEMPERATURE, handle, 0),
            "used_mib": nvml_card.memory(self._nvml, self._memory)["used_mib"],
            "load_percent": getattr(load, "gpu", None),
            "pcie_generation": ask("nvmlDeviceGetCurrPcieLinkGeneration", handle),
            "pcie_width": ask("nvmlDeviceGetCurrPcieLinkWidth", handle),
            "reasons": self._nvml.first(_REASONS, handle),
        }
        for name, value in row.items():
            self.columns.setdefault(name, []).append(value)

    def thin(self) -> None:
        """Drops every second row."""
        for column in self.columns.values():
            del column[1::2]

    def xids(self) -> list[int]:
        """Errors that the driver reported since the last call, by NVIDIA's Xid numbers."""
        found: list[int] = []
        while self._events is not None and len(found) < 100:  # noqa: PLR2004
            event = self._nvml.happened(self._events)
            if event is None:
                break
            found.append(int(event.eventData))
        return found

    def end(self) -> dict[str, Any]:
        """All of it, with a last look."""
        if self._events is not None:
            self._nvml.ask("nvmlEventSetFree", self._events)
        limit = nvml_card.watts(self._nvml.ask("nvmlDeviceGetEnforcedPowerLimit", self._handle))  # it may have been changed
        return {**self.found, "after": {**self._now(), "power_enforced_w": limit}, "samples": self.columns}


class Recorder:
    """All GPUs, without a thread: who calls it says when.

    Args:
        nvml: opened.
        engine_pid: process whose memory on the GPUs is the engine's; 0: not known.

    Raises:
        Unavailable: the driver shows no GPU.
    """

    def __init__(self, nvml: Nvml, engine_pid: int = 0) -> None:
        self._nvml, self.engine_pid = nvml, engine_pid
        self._handles = self._all()
        self.cards = [Card(nvml, index, handle) for index, handle in enumerate(self._handles)]
        self.period_s = PERIOD_S
        self._xids: list[dict[str, Any]] = []
        self._marks: dict[str, float] = {}

    def _all(self) -> list[Any]:
        count = self._nvml.ask("nvmlDeviceGetCount") or 0
        found = (self._nvml.ask("nvmlDeviceGetHandleByIndex", index) for index in range(count))
        handles = [handle for handle in found if handle is not None]
        if not handles:
            why = self._nvml.missing.get("nvmlDeviceGetHandleByIndex")
            raise Unavailable("no-gpu", f"the NVIDIA driver runs, but shows no GPU{f' ({why})' if why else ''}")
        return handles

    def mark(self, name: str, t_s: float) -> None:
        """Remembers when a part of the measurement began."""
        self._marks[name] = round(t_s, 2)

    def tick(self, t_s: float) -> None:
        """Samples every GPU once."""
        for index, card in enumerate(self.cards):
            card.sample(t_s)
            self._xids += [{"gpu": index, "t_s": round(t_s, 2), "xid": xid} for xid in card.xids()]
        if len(self.cards[0].columns["t_s"]) >= MOST:
            self.period_s *= 2
            for card in self.cards:
                card.thin()

    def end(self) -> dict[str, Any]:
        """The document; closes the library."""
        cuda = self._nvml.first(("nvmlSystemGetCudaDriverVersion_v2", "nvmlSystemGetCudaDriverVersion"))
        found = {
            "driver": self._nvml.ask("nvmlSystemGetDriverVersion"),
            "cuda": f"{cuda // 1000}.{cuda % 1000 // 10}" if cuda else None,  # the newest that this driver runs
            "engine_pid": self.engine_pid if nvml_card.OWN_PROCESS_IDS else 0,
            "period_s": self.period_s,
            "marks": self._marks,
            "gpus": [card.end() for card in self.cards],
            "pairs": nvml_links.pairs(self._nvml, self._handles),
            "xids": self._xids,
            "missing": self._nvml.missing,
        }
        self._nvml.close()
        return found
