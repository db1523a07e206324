"""Fresh machines and the command line, for tests that need the real thing."""

import itertools
import os
import subprocess
import sys
from collections.abc import Callable, Iterator
from concurrent.futures import ThreadPoolExecutor
from contextlib import nullcontext
from pathlib import Path

import pytest

from tests.targets import Target, problems, sweep
from tests.targets.system import locked

Targets = Callable[..., list[Target]]
Rigprov = Callable[..., subprocess.CompletedProcess[str]]

_numbers = itertools.count(1)
# They measure speed or wait for a proof, so no two of them run at a time. Everything else may run beside them: a proof that is
# disturbed by other load is measured again.
MEASURING = (
    "test_apply",
    "test_fleet_speed",
    "test_ledger",
    "test_plain_ansible",
    "test_pull",
    "test_report",
    "test_secrets",
    "test_verify",
    "test_verify_faults",
)


@pytest.fixture(autouse=True)
def _one_measurement_at_a_time(request: pytest.FixtureRequest) -> Iterator[None]:
    with locked("measuring") if request.path.stem in MEASURING else nullcontext():
        yield


@pytest.fixture(autouse=True, scope="session")
def _machine_can_boot_targets() -> None:
    if found := problems():
        pytest.skip("; ".join(found))
    sweep()


def _booted(made: list[Target], count: int, **options: bool | int) -> list[Target]:
    new = [Target(f"live-{os.getpid()}-{next(_numbers)}", **options) for _ in range(count)]
    made += new
    with ThreadPoolExecutor(count) as pool:
        return list(pool.map(Target.up, new))


def _take_down(made: list[Target]) -> None:
    for target in made:
        target.remove()


@pytest.fixture
def targets() -> Iterator[Targets]:
    """`a, b = targets(2, disk_mib=700)`: fresh machines, booted at the same time, gone after the test."""
    made: list[Target] = []
    try:
        yield lambda count=1, **options: _booted(made, count, **options)
    finally:
        _take_down(made)


@pytest.fixture
def target(targets: Targets) -> Target:
    """One fresh machine for one test."""
    return targets(1)[0]


@pytest.fixture(scope="module")
def module_target() -> Iterator[Target]:
    """One machine for all tests of a module that build on one another or only read."""
    made: list[Target] = []
    try:
        yield _booted(made, 1)[0]
    finally:
        _take_down(made)


@pytest.fixture
def rigprov(tmp_path: Path) -> Rigprov:
    """`rigprov("plan", "--tier", "starter", ...)` runs the command line with a home of its own."""
    home = tmp_path / "home"
    home.mkdir()
    sealed = {name: str(home / folder) for name, folder in {"XDG_STATE_HOME": "state", "XDG_CONFIG_HOME": "config"}.items()}
    sealed |= {"HOME": str(home), "XDG_CACHE_HOME": str(home / "cache")}

    def call(*words: str | Path, env: dict[str, str] | None = None, timeout_s: float = 900) -> subprocess.CompletedProcess[str]:
        return subprocess.run(
            [sys.executable, "-m", "rigprov", *map(str, words)],
            env={**os.environ, **sealed, **(env or {})},
            stdin=subprocess.DEVNULL,
            capture_output=True,
            text=True,
            timeout=timeout_s,
            check=False,
        )

    return call
