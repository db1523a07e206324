from rigprov.model.run import RunSummary
from rigprov.report.run import run_text
from tests.unit.apply.recorded import tally

FIRST = """\
alpha: done, 2 tasks changed something
  base    10.8 s  2 tasks changed something
          - Install the base packages
          - Create the directories for configuration and records

63.4 s in all; the whole log is in /logs/1"""

AGAIN = """\
alpha: nothing changed; it already was as planned
  base     2.5 s  -

gone: unreachable
  cause: base: Read what has to be done: there is no way to it in the network
  fix:   check that it is on, and its address
  base    10.6 s  -

4.0 s in all; the whole log is in /logs/1"""


def test_first_run() -> None:
    runs = tally("changed", "alpha").hosts()
    assert run_text(RunSummary(runs, 63.4, "/logs/1")) == FIRST.replace("63.4 s", "1 min 3 s")


def test_second_run_says_plainly_that_nothing_changed_and_names_who_was_not_there() -> None:
    runs = tally("unchanged_and_unreachable", "alpha", "gone").hosts()
    assert run_text(RunSummary(runs, 4.0, "/logs/1")) == AGAIN


def test_a_dry_run_says_would() -> None:
    text = run_text(RunSummary(tally("changed", "alpha").hosts(), 4.0, "/logs/1"), check=True)
    assert text.splitlines()[0] == "alpha: 2 tasks would change something"
    assert "changed something" not in text


def test_a_failure_has_cause_and_fix() -> None:
    text = run_text(RunSummary(tally("disk_full", "beta").hosts(), 4.0, "/logs/1"))
    assert text.splitlines()[:3] == [
        "beta: failed",
        "  cause: Write a file: the disk is full",
        "  fix:   free some space (`df -h` on the host shows where), then run the same command again",
    ]
