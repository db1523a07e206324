import io

from rigprov.apply.events import Event, parse
from rigprov.apply.progress import Lines, Live, open_progress
from tests.unit.apply.recorded import raw_events


class Terminal(io.StringIO):
    def isatty(self) -> bool:
        return True


def test_plain_lines_without_a_terminal() -> None:
    out = io.StringIO()
    with open_progress({"alpha": ("base", "swap")}, {}, out) as progress:
        assert isinstance(progress, Lines)
        for raw in raw_events("changed"):
            if (event := parse(raw)) is not None and event.host in ("", "alpha"):
                progress.take(event)
        progress.say("alpha", "a word")
    assert out.getvalue().splitlines() == [
        "alpha: base (1 of 2)",
        "alpha: base: Install the base packages: changed",
        "alpha: base: Create the directories for configuration and records: changed",
        "alpha: a word",
    ]


def test_failures_are_told_with_their_cause() -> None:
    out = io.StringIO()
    with open_progress({"beta": ()}, {}, out) as progress:
        for raw in raw_events("disk_full"):
            if (event := parse(raw)) is not None and event.host == "beta":
                progress.take(event)
    assert out.getvalue().splitlines() == ["beta: Write a file: failed: the disk is full"]


def test_another_try_says_why_the_last_one_failed() -> None:
    out = io.StringIO()
    said = {"attempts": 2, "retries": 60, "stderr": "The package manager is in use by unattended-upgr (process 12)"}
    with open_progress({"alpha": ("base",)}, {}, out) as progress:
        progress.take(Event("retry", "alpha", "base", "Wait until nobody uses the package manager", result=said))
    assert out.getvalue().splitlines() == [
        "alpha: base: Wait until nobody uses the package manager: trying again (2 of 60): "
        "the package manager is still in use by unattended-upgr (process 12)"
    ]


def test_one_live_line_for_each_host_on_a_terminal() -> None:
    out = Terminal()
    with open_progress({"alpha": ("base",), "beta": ("base",)}, {"alpha": {"base": 90.0}}, out) as progress:
        assert isinstance(progress, Live)
        for raw in raw_events("changed")[:30]:
            if (event := parse(raw)) is not None:
                progress.take(event)
        progress.say("beta", "waits [for] something")
    shown = out.getvalue()
    assert "alpha  base (1 of 1)" in shown
    assert "left" in shown
    assert "rest not known yet" in shown
    assert "beta: waits [for] something" in shown
