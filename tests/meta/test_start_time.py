"""`rigprov --help` is quick: heavy libraries are imported where they are used."""

import os
import resource
import subprocess
import sys

from tests.meta.checkout import ROOT

LIMIT_S = 0.150
HEAVY = ("pyinfra", "ansible_runner", "ansible", "paramiko", "rich", "yaml", "gevent", "jinja2")


def child_cpu_s() -> float:
    """CPU seconds (user and system) of the children waited for so far."""
    used = resource.getrusage(resource.RUSAGE_CHILDREN)
    return used.ru_utime + used.ru_stime


def run_help() -> float:
    before = child_cpu_s()
    done = subprocess.run(
        [sys.executable, "-m", "rigprov", "--help"], cwd=ROOT, env={**os.environ}, capture_output=True, text=True, check=True
    )
    assert done.stdout.startswith("usage: rigprov")
    return child_cpu_s() - before


def test_help_takes_little_cpu() -> None:
    run_help()  # writes the byte code
    assert min(run_help() for _ in range(5)) < LIMIT_S


def test_help_imports_nothing_heavy() -> None:
    code = f"import sys\nfrom rigprov.cli import main\ntry:\n    main(['--help'])\nexcept SystemExit:\n    pass\n\
print(sorted(set(sys.modules) & set({HEAVY!r})), file=sys.stderr)"
    done = subprocess.run([sys.executable, "-c", code], cwd=ROOT, capture_output=True, text=True, check=True)

    assert done.stderr == "[]\n"


def test_apply_connects_before_it_imports_what_only_answers_need() -> None:
    """A second run's time is these imports, the connection, and the host's answer."""
    later = ("rigprov.model.plan", "rigprov.model.host", "rigprov.facts.build", "rigprov.report", "pydantic", "paramiko", "yaml")
    code = f"import sys\nimport rigprov.commands.rolling\nprint(sorted(set(sys.modules) & set({later!r})))"
    done = subprocess.run([sys.executable, "-c", code], cwd=ROOT, capture_output=True, text=True, check=True)

    assert done.stdout == "[]\n"
