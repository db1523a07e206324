"""All controls, read from the suite's own modules."""

import importlib
from functools import cache
from pathlib import Path

from rigprov.compliance.control import control_of
from rigprov.model.compliance import Control


@cache
def controls() -> tuple[Control, ...]:
    """In the order of their ids."""
    found = []
    for path in sorted(Path(__file__).parent.glob("test_*.py")):
        module = importlib.import_module(f"rigprov.compliance.{path.stem}")
        found += [known for test in vars(module).values() if (known := control_of(test))]
    return tuple(sorted(found, key=lambda known: known.id))
