"""pytest plugin of `rigprov check`: promises and connection in, one JSON line a control out."""

import json
from collections.abc import Generator
from pathlib import Path

import pytest
import testinfra.backend

from rigprov.compliance.backend import NAME, RigprovBackend
from rigprov.compliance.control import DeviationError, control_of
from rigprov.facts.redact import redact

testinfra.backend.BACKENDS[NAME] = f"{RigprovBackend.__module__}.{RigprovBackend.__qualname__}"


def pytest_addoption(parser: pytest.Parser) -> None:
    """Files that are handed in."""
    group = parser.getgroup("rigprov")
    group.addoption("--rigprov-promises", type=Path, metavar="FILE", help="JSON file of what the plan promises of the host")
    group.addoption("--rigprov-results", type=Path, metavar="FILE", help="write one JSON line for each control")
    group.addoption("--rigprov-ids", type=Path, metavar="FILE", help="run only the controls named there, one id a line")


def pytest_collection_modifyitems(config: pytest.Config, items: list[pytest.Item]) -> None:
    """Leave only what was chosen."""
    path = config.getoption("rigprov_ids")
    if path is None:
        return
    chosen = set(path.read_text(encoding="utf-8").split())
    known = {item: control_of(getattr(item, "function", None)) for item in items}
    left_out = [item for item, one in known.items() if one is None or one.id not in chosen]
    config.hook.pytest_deselected(items=left_out)
    items[:] = [item for item in items if item not in left_out]


@pytest.hookimpl(wrapper=True)
def pytest_runtest_makereport(
    item: pytest.Item, call: pytest.CallInfo[None]
) -> Generator[None, pytest.TestReport, pytest.TestReport]:
    """Write down how a control ended: its own call, or a setup that did not get that far."""
    report = yield
    path = item.config.getoption("rigprov_results")
    known = control_of(getattr(item, "function", None))
    if path is None or known is None or (call.when == "setup" and not call.excinfo) or call.when == "teardown":
        return report
    row = {"id": known.id, "seconds": round(call.duration, 3), **_ended(call)}
    with path.open("a", encoding="utf-8") as file:
        file.write(json.dumps(row) + "\n")
    return report


def _ended(call: pytest.CallInfo[None]) -> dict[str, object]:
    error = call.excinfo.value if call.excinfo else None
    if error is None:
        return {"state": "pass"}
    if isinstance(error, pytest.skip.Exception):
        return {"state": "skip", "note": redact(str(error))}
    if isinstance(error, DeviationError):
        output = [redact(line) for line in error.output]
        return {"state": "fail", "found": redact(error.found), "expected": redact(error.expected), "output": output}
    lost = isinstance(error, ConnectionError)
    return {"state": "error", "lost": lost, "note": redact(f"{type(error).__name__}: {error}")}
