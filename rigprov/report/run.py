"""What a run did, as text."""

from collections import Counter
from collections.abc import Mapping

from rigprov.model.run import HostRun, RunSummary

_STATE = {
    "failed": "failed",
    "unreachable": "unreachable",
    "not_started": "was not begun",
    "interrupted": "interrupted; the next run goes on from there",
}


def run_text(summary: RunSummary, *, check: bool = False, held: Mapping[str, int] | None = None) -> str:
    """Each host's end with the time and the changed tasks of each role, and where the log lies.

    Args:
        summary: of the run.
        check: it was a dry run: changes are what would have been changed.
        held: how many roles were left out on each host, since all that they had left is still there.
    """
    parts = [_host(host, check=check, held=(held or {}).get(host.host, 0)) for host in summary.hosts]
    if not summary.log_dir:
        return "\n\n".join(parts)
    return "\n\n".join([*parts, f"{_duration(summary.seconds)} in all; the whole log is in {summary.log_dir}"])


def _host(host: HostRun, *, check: bool, held: int) -> str:
    lines = [f"{host.host}: {_ending(host, check=check)}{_held(host, held)}"]
    if host.failure:
        last = host.tasks[-1] if host.tasks and host.tasks[-1].outcome != "changed" else None
        where = f"{last.role}: {last.task}: ".removeprefix(": ") if last else ""
        lines.append(f"  cause: {where}{host.failure}")
    if host.fix:
        lines.append(f"  fix:   {host.fix}")
    changed = Counter(task.role for task in host.tasks if task.outcome == "changed")
    width = max((len(role.role) for role in host.roles), default=0)
    for role in host.roles:
        lines.append(f"  {role.role:<{width}}  {role.seconds:6.1f} s  {_changes(changed[role.role], check=check)}")
        lines += [f"  {'':<{width}}    - {name}" for name in _changed_tasks(host, role.role)]
    lines += [f"  note: {note}" for note in host.notes]
    return "\n".join(lines)


def _ending(host: HostRun, *, check: bool) -> str:
    if host.state != "ok":
        return _STATE[host.state]
    if host.changed == 0:
        return "nothing would change" if check else "nothing changed; it already was as planned"
    return f"done, {_changes(host.changed, check=check)}" if not check else _changes(host.changed, check=True)


def _held(host: HostRun, held: int) -> str:
    if not held or host.state != "ok":
        return ""
    ran = len(host.roles)
    return f"; {held} of {ran + held} roles left out" if ran else f" ({held} roles, checked by the ledger)"


def _changed_tasks(host: HostRun, role: str) -> list[str]:
    """In order; a task that ran several times (a loop over files, a handler) is named once."""
    return list(dict.fromkeys(task.task for task in host.tasks if task.role == role and task.outcome == "changed"))


def _changes(count: int, *, check: bool) -> str:
    if count == 0:
        return "-"
    tasks = "1 task" if count == 1 else f"{count} tasks"
    return f"{tasks} would change something" if check else f"{tasks} changed something"


def _duration(seconds: float) -> str:
    minute = 60
    return f"{seconds:.1f} s" if seconds < minute else f"{int(seconds // minute)} min {int(seconds % minute)} s"
