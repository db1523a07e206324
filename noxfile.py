"""The checks. `make` builds .venv and runs them in it (`nox --no-venv`), so one environment serves all."""

import os
import sys
from pathlib import Path

import nox

nox.options.default_venv_backend = "none"
nox.options.sessions = ["lint", "types", "yaml", "unit"]

HERE = Path(__file__).parent
BIN = Path(sys.executable).parent


def call(session: nox.Session, tool: str, *words: str, **variables: str) -> None:
    """Run a tool of the environment that nox itself runs in."""
    env = {"PATH": f"{BIN}:{os.environ['PATH']}", **variables}
    session.run(str(BIN / tool), *words, external=True, env=env)


@nox.session
def lint(session: nox.Session) -> None:
    """Ruff: rules and format."""
    call(session, "ruff", "check")
    call(session, "ruff", "format", "--check")


@nox.session
def types(session: nox.Session) -> None:
    """Mypy, strict."""
    call(session, "mypy")


@nox.session
def yaml(session: nox.Session) -> None:
    """Yamllint."""
    call(session, "yamllint", "--strict", ".")


@nox.session
def ansible_lint(session: nox.Session) -> None:
    """Ansible-lint, production profile.

    The places of all that is Ansible's are named: left to itself it opens every file of the checkout and of .venv, minutes long.
    """
    call(session, "ansible-lint", "--strict", "--offline", "roles", "playbooks", "plugins", "inventory", "meta", "galaxy.yml")


@nox.session
def collection(session: nox.Session) -> None:
    """The collection builds."""
    call(session, "ansible-galaxy", "collection", "build", "--force", "--output-path", session.create_tmp())


@nox.session
def unit(session: nox.Session) -> None:
    """Unit and meta tests: under a minute, nothing outside is touched.

    `make test` tries 2,000 random machines, and takes the tests that start programs and wait for them, too.
    """
    fast = "not live and not gpu and not wheel and not browser and not process"
    words = ["-n", "auto", "-m", fast, *(session.posargs or ["tests/unit", "tests/meta"])]
    call(session, "pytest", *words, RIGPROV_FUZZ_EXAMPLES=os.environ.get("RIGPROV_FUZZ_EXAMPLES", "300"))


@nox.session
def live(session: nox.Session) -> None:
    """Tests on throw-away machines."""
    call(session, "pytest", "-m", "live and not nightly", "--durations=15", *(session.posargs or ["tests/live"]))


@nox.session
def nightly(session: nox.Session) -> None:
    """All tests on throw-away machines, those of many minutes too."""
    call(session, "pytest", "-m", "live and not fleet", "--durations=15", *(session.posargs or ["tests/live", "tests/cloud"]))


@nox.session
def fuzz(session: nox.Session) -> None:
    """The storage decision's properties over 100,000 random machines."""
    words = ["tests/unit/plan/storage/test_properties.py", "-n", "2", "--durations=5", *session.posargs]
    call(session, "pytest", *words, RIGPROV_FUZZ_EXAMPLES="100000")


@nox.session
def wheel(session: nox.Session) -> None:
    """The built wheel, used from outside the checkout."""
    call(session, "pytest", "-m", "wheel", *(session.posargs or ["tests/wheel"]))


@nox.session
def browser(session: nox.Session) -> None:
    """The HTML report in a headless Chromium."""
    call(session, "pytest", "-m", "browser", *(session.posargs or ["tests/browser"]))


@nox.session
def tests(session: nox.Session) -> None:
    """All tests but the nightly ones in one run, on two processes."""
    folders = ["tests/unit", "tests/meta", "tests/wheel", "tests/browser", "tests/live"]
    spread = ["-n", "2", "--dist", "loadfile"]  # tests of one module share a machine
    call(session, "pytest", "-m", "not gpu and not nightly", *spread, "--durations=40", *(session.posargs or folders))


@nox.session
def bench(session: nox.Session) -> None:
    """Every script in benchmarks/."""
    scripts = sorted((HERE / "benchmarks").glob("*.py"))
    if not scripts:
        session.skip("benchmarks/ holds no script")
    for script in scripts:
        call(session, "python", str(script), *session.posargs)
