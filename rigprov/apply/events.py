"""Pure fold: ansible-runner's events become a run's summary."""

import re
from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field
from typing import Any, Literal

from rigprov.apply.causes import Cause, explain
from rigprov.model.run import HostRun, RoleTime, TaskRecord

Kind = Literal["play", "task", "start", "ok", "changed", "skipped", "failed", "ignored", "unreachable", "retry", "stats"]
_KINDS: dict[str, Kind] = {
    "playbook_on_play_start": "play",
    "playbook_on_task_start": "task",
    "playbook_on_handler_task_start": "task",
    "playbook_on_stats": "stats",
    "runner_on_start": "start",
    "runner_on_ok": "ok",
    "runner_on_skipped": "skipped",
    "runner_on_failed": "failed",
    "runner_on_unreachable": "unreachable",
    "runner_retry": "retry",
}
_COLOUR = re.compile(r"\x1b\[[0-9;]*m")


@dataclass(frozen=True)
class Event:
    """What of an ansible-runner event matters here. `seconds` is the task's duration on that host."""

    kind: Kind
    host: str = ""
    role: str = ""
    task: str = ""
    seconds: float = 0.0
    result: Mapping[str, Any] = field(default_factory=dict)


def parse(raw: Mapping[str, Any], names: Mapping[str, str] | None = None) -> Event | None:
    """One event, or None for those that say nothing about a run's state.

    Args:
        raw: as ansible-runner hands it over.
        names: inventory name -> the name the user gave; names not in it are kept.
    """
    kind = _KINDS.get(str(raw.get("event")))
    if kind is None:
        return None
    data: Mapping[str, Any] = raw.get("event_data") or {}
    host = str(data.get("host") or "")
    if kind == "stats":
        return Event("stats", result=_renamed(data, names or {}))
    result: Mapping[str, Any] = data.get("res") or {}
    if kind == "ok" and _changed(result, raw):
        kind = "changed"
    if kind == "failed" and data.get("ignore_errors"):
        kind = "ignored"
    return Event(
        kind,
        host=(names or {}).get(host, host),
        role=str(data.get("role") or "").rpartition(".")[2],  # the collection's name says nothing new
        task=str(data.get("task") or data.get("name") or ""),
        seconds=float(data.get("duration") or 0.0),
        result=result,
    )


def _changed(result: Mapping[str, Any], raw: Mapping[str, Any]) -> bool:
    """A `no_log` result arrives empty; the printed line still says whether the task changed something."""
    if "changed" in result:
        return bool(result["changed"])
    return _COLOUR.sub("", str(raw.get("stdout", ""))).lstrip().startswith("changed:")


def _renamed(data: Mapping[str, Any], names: Mapping[str, str]) -> dict[str, Any]:
    """Counters of the final statistics by the user's host names."""
    counters = ("ok", "changed", "failures", "dark", "rescued", "ignored", "skipped", "processed")
    return {key: {names.get(host, host): count for host, count in (data.get(key) or {}).items()} for key in counters}


@dataclass
class _Host:
    ok: int = 0
    seen: bool = False
    records: list[TaskRecord] = field(default_factory=list)
    seconds: dict[str, float] = field(default_factory=dict)  # role -> time, in order of first task
    lost: Cause | None = None  # of the last failure
    unreachable: bool = False
    notes: list[str] = field(default_factory=list)


class Tally:
    """Folds events of one `ansible-playbook` process. Takes no input but events."""

    def __init__(self, hosts: Sequence[str]) -> None:
        self.started = False
        self._hosts = {host: _Host() for host in hosts}
        self._stats: Mapping[str, Any] | None = None

    def take(self, event: Event) -> None:
        """Add one event."""
        if event.kind == "play":
            self.started = True
        elif event.kind == "stats":
            self._stats = event.result
        elif event.host in self._hosts and event.kind != "retry":
            self._take_host(self._hosts[event.host], event)

    def _take_host(self, host: _Host, event: Event) -> None:
        host.seen = True
        if event.role and event.kind not in {"start", "skipped"}:
            host.seconds[event.role] = host.seconds.get(event.role, 0.0) + event.seconds
        if note := event.result.get("rigprov_note"):
            host.notes.append(str(note))
        match event.kind:
            case "ok" | "changed" | "ignored":
                host.ok += 1
                if event.kind == "changed" or (event.kind == "ignored" and event.result.get("changed")):  # as Ansible counts
                    host.records.append(TaskRecord(event.role, event.task, "changed"))
            case "failed" | "unreachable":
                host.lost = explain(event.result, unreachable=event.kind == "unreachable")
                host.unreachable = event.kind == "unreachable" and not host.lost.on_host
                outcome: Literal["failed", "unreachable"] = "unreachable" if host.unreachable else "failed"
                host.records.append(TaskRecord(event.role, event.task, outcome, host.lost.message))

    def hosts(self, *, interrupted: bool = False, broken: str = "") -> tuple[HostRun, ...]:
        """Every host's end.

        Args:
            interrupted: the run was stopped on request; hosts that had not failed by then are `interrupted`.
            broken: what Ansible said last if it ended without statistics although nobody stopped it.
        """
        return tuple(self._host(name, host, interrupted, broken) for name, host in self._hosts.items())

    def _host(self, name: str, host: _Host, interrupted: bool, broken: str) -> HostRun:
        lost = host.lost if self._is_lost(name, host) else None
        state: Literal["ok", "failed", "unreachable", "not_started", "interrupted"] = "ok"
        failure, fix = (lost.message, lost.fix) if lost else ("", "")
        if lost:
            state = "unreachable" if host.unreachable else "failed"
        elif interrupted:
            state = "interrupted"
        elif self._stats is None:
            state, failure = "failed", f"ansible-playbook ended without a result: {broken or 'it said nothing'}"
        elif not host.seen:
            state = "not_started"
        # A failure that a `rescue` caught is part of the role's normal course, not news; the one that counted is the last.
        last = host.records[-1:] if lost else []
        records = tuple(record for record in host.records if record.outcome == "changed" or record in last)
        stats = self._stats or {}
        return HostRun(
            host=name,
            state=state,
            ok=int(stats.get("ok", {}).get(name, host.ok)),
            changed=int(stats.get("changed", {}).get(name, sum(record.outcome == "changed" for record in records))),
            tasks=records,
            roles=tuple(RoleTime(role, round(seconds, 2)) for role, seconds in host.seconds.items()),
            failure=failure,
            fix=fix,
            notes=tuple(host.notes),
        )

    def _is_lost(self, name: str, host: _Host) -> bool:
        if self._stats is None:
            return host.lost is not None
        return bool(self._stats.get("failures", {}).get(name) or self._stats.get("dark", {}).get(name))
