"""The timer of `rigprov pull`: installed, changed and removed."""

import shutil
import subprocess
import sys
from pathlib import Path

from rigprov.errors import UsageError
from rigprov.model.outcome import Outcome
from rigprov.unattended import places, result
from rigprov.unattended.settings import FILE, Settings
from rigprov.unattended.units import EVERY, PULL, TIMER, pull, span, timer


def install(settings: Settings, file: Path | None, every: str | None) -> Outcome:
    """Have systemd pull every now and then.

    Args:
        settings: written to /etc/rigprov/pull.yml where that is not there.
        file: that the user named instead of that one.
        every: time between two pulls; None: the default.

    Raises:
        UsageError: no systemd, a file in another place, or a time that is none.
    """
    every = span(every or EVERY)
    if file is not None and file.absolute() != FILE:
        raise UsageError(f"the timer reads {FILE}, not {file}", hint=f"put the settings there: cp {file} {FILE}")
    _need_systemd()
    if not FILE.exists():
        result.write(FILE, settings.text())
    places.UNITS.mkdir(parents=True, exist_ok=True)
    result.write(places.UNITS / PULL, pull(_program()))
    result.write(places.UNITS / TIMER, timer(every))
    _systemctl("daemon-reload")
    _systemctl("enable", TIMER)
    _systemctl("restart", TIMER)  # also where it ticks already, at another pace
    return Outcome("pull", data={"timer": TIMER, "every": every}, text=f"{TIMER} pulls every {every}, and up to {every} later")


def remove() -> Outcome:
    """Take the timer out; settings and results stay."""
    there = [unit for unit in (TIMER, PULL) if (places.UNITS / unit).exists()]
    if there:
        _need_systemd()
        _systemctl("disable", "--now", TIMER)
    for unit in there:
        (places.UNITS / unit).unlink()
    if there:
        _systemctl("daemon-reload")
    return Outcome("pull", data={"removed": there}, text=f"removed {', '.join(there)}" if there else "there is no timer")


def _program() -> Path:
    """Where rigprov lies for good: the link that later versions take over, else the one that runs."""
    return places.PROGRAM if places.PROGRAM.exists() else Path(sys.executable).with_name("rigprov")


def _need_systemd() -> None:
    if not Path("/run/systemd/system").is_dir() or shutil.which("systemctl") is None:
        raise UsageError("systemd does not run this machine, so it has no timers", hint="call `rigprov pull --quiet` from cron")


def _systemctl(*words: str) -> None:
    done = subprocess.run(["systemctl", *words], capture_output=True, text=True, check=False)  # noqa: S603, S607
    if done.returncode:
        raise UsageError(f"`systemctl {' '.join(words)}` failed: {(done.stderr.strip().splitlines() or ['no reason given'])[-1]}")
