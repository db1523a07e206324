"""Events of real runs, kept in tests/fixtures/events."""

import json
from pathlib import Path
from typing import Any

from rigprov.apply.events import Tally, parse

FOLDER = Path(__file__).parents[2] / "fixtures/events"


def raw_events(name: str) -> list[dict[str, Any]]:
    """One recording."""
    return [json.loads(line) for line in (FOLDER / f"{name}.jsonl").read_text().splitlines()]


def tally(name: str, *hosts: str) -> Tally:
    """All events of a recording, folded."""
    made = Tally(hosts)
    for raw in raw_events(name):
        if (event := parse(raw)) is not None:
            made.take(event)
    return made
