"""What a person sees on stderr while the roles run: live lines on a terminal, plain lines elsewhere."""

import sys
import time
from collections.abc import Mapping
from types import TracebackType
from typing import TYPE_CHECKING, Protocol, Self, TextIO

from rigprov.apply.board import Board, Row, duration
from rigprov.apply.causes import explain
from rigprov.apply.events import Event

if TYPE_CHECKING:
    from rich.table import Table

_SHOWN = 60  # characters of a task's name


class Progress(Protocol):
    """A context manager that is told what happens."""

    def take(self, event: Event) -> None:
        """Note one event of the run."""

    def say(self, host: str, sentence: str) -> None:
        """Show a sentence about a host."""

    def __enter__(self) -> Self: ...

    def __exit__(self, kind: type[BaseException] | None, error: BaseException | None, trace: TracebackType | None) -> None: ...


def open_progress(
    roles: Mapping[str, tuple[str, ...]], expected: Mapping[str, Mapping[str, float]], stream: TextIO | None = None
) -> Progress:
    """Live lines if `stream` (default: stderr) is a terminal, else plain lines."""
    out = stream or sys.stderr
    board = Board(roles, expected, time.monotonic())
    return Live(board, out) if out.isatty() else Lines(board, out)


class Lines:
    """A line when a role begins on a host, and one for each task that changed something or failed."""

    def __init__(self, board: Board, stream: TextIO) -> None:
        self._board = board
        self._stream = stream

    def take(self, event: Event) -> None:
        """Print a line if the event is worth one."""
        row = self._board.rows.get(event.host)
        before = row.role if row else ""
        self._board.take(event, time.monotonic())
        if row and row.role != before:
            self.say(event.host, f"{row.role} ({row.number} of {len(row.roles)})")
        if sentence := _news(event):
            self.say(event.host, sentence)

    def say(self, host: str, sentence: str) -> None:
        """Print one line."""
        print(f"{host}: {sentence}", file=self._stream, flush=True)

    def __enter__(self) -> Self:
        return self

    def __exit__(self, kind: type[BaseException] | None, error: BaseException | None, trace: TracebackType | None) -> None:
        return None


class Live:
    """One line per host, redrawn; failures scroll above."""

    def __init__(self, board: Board, stream: TextIO) -> None:
        from rich.console import Console  # slow to import, and only a terminal needs it
        from rich.live import Live as RichLive

        self._board = board
        console = Console(file=stream)
        self._live = RichLive(get_renderable=self._table, console=console, refresh_per_second=4, transient=True)

    def take(self, event: Event) -> None:
        """Note the event; the next redraw shows it."""
        self._board.take(event, time.monotonic())
        if event.kind in {"failed", "unreachable", "retry"} and (sentence := _news(event)):
            self.say(event.host, sentence)

    def say(self, host: str, sentence: str) -> None:
        """Print one line above the live ones."""
        self._live.console.print(f"{host}: {sentence}", markup=False, highlight=False)

    def __enter__(self) -> Self:
        self._live.start()
        return self

    def __exit__(self, kind: type[BaseException] | None, error: BaseException | None, trace: TracebackType | None) -> None:
        self._live.stop()

    def _table(self) -> "Table":
        from rich.table import Table

        table = Table.grid(padding=(0, 2))
        now = time.monotonic()
        for host, row in self._board.rows.items():
            table.add_row(host, *_cells(row, now, now - self._board.since))
        return table


def _cells(row: Row, now: float, elapsed: float) -> tuple[str, str, str, str]:
    role = f"{row.role or 'connecting'} ({row.number} of {len(row.roles)})"
    rest = row.rest(now)
    time_left = row.ended or ("rest not known yet" if rest is None else f"about {duration(rest)} left")
    return role, row.task[:_SHOWN], duration(elapsed), f"{row.changed} changed, {time_left}"


def _news(event: Event) -> str:
    where = f"{event.role}: {event.task}" if event.role else event.task
    match event.kind:
        case "changed":
            return f"{where}: changed"
        case "failed":
            return f"{where}: failed: {explain(event.result).message}"
        case "unreachable":
            return f"{where}: unreachable: {explain(event.result, unreachable=True).message}"
        case "retry":
            attempts = f"{event.result.get('attempts')} of {event.result.get('retries')}"
            return f"{where}: trying again ({attempts}): {explain(event.result).message}"
        case _:
            return ""
