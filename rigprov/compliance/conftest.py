"""Fixtures of the suite. Needs nothing but pytest and testinfra, so that it also runs by hand."""

from collections.abc import Generator
from typing import Any

import pytest

from rigprov.compliance.control import MARK, DeviationError, control_of
from rigprov.compliance.machine import Machine
from rigprov.compliance.promises import Promises, read
from rigprov.facts.redact import redact

_KEPT: pytest.StashKey[dict[object, Machine]] = pytest.StashKey()


def pytest_configure(config: pytest.Config) -> None:
    """The marker that makes a test a control."""
    config.addinivalue_line("markers", f"{MARK}(known): a control of rigprov's compliance suite")


@pytest.fixture(scope="session")
def promises(pytestconfig: pytest.Config) -> Promises:
    """What the plan promises; the standard without one."""
    path = pytestconfig.getoption("rigprov_promises", None)
    return Promises() if path is None else read(path)


@pytest.fixture
def machine(host: Any, promises: Promises, pytestconfig: pytest.Config) -> Machine:
    """The host, with what earlier controls have asked it already."""
    kept = pytestconfig.stash.setdefault(_KEPT, {})
    known = kept.setdefault(host.backend, Machine(host, promises))
    if known.out("id -u") != "0":
        pytest.skip("needs root on the host: give --sudo")
    return known


@pytest.hookimpl(wrapper=True)
def pytest_runtest_makereport(
    item: pytest.Item, call: pytest.CallInfo[None]
) -> Generator[None, pytest.TestReport, pytest.TestReport]:
    """Show a deviation as what it is; where in the suite it was seen helps nobody."""
    report = yield
    known = control_of(getattr(item, "function", None))
    error = call.excinfo.value if call.excinfo else None
    if known is not None and isinstance(error, DeviationError):
        lines = [f"{known.id} ({known.severity}): {known.title}", f"  found:    {error.found}", f"  expected: {error.expected}"]
        lines += [f"  | {line}" for line in error.output]
        report.longrepr = redact("\n".join([*lines, f"  why:      {known.reason}", f"  fix:      {known.fix}"]))
    return report
