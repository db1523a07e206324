"""One pull: `rigprov apply` on this machine, its result kept, and the reboot that `apply` leaves to whoever runs it."""

import contextlib
import fcntl
import io
import json
import os
import subprocess
import sys
from argparse import ArgumentParser
from collections.abc import Iterator
from dataclasses import replace
from datetime import UTC, datetime
from pathlib import Path

from rigprov.commands import apply, ticking
from rigprov.errors import Exit, RigprovError, UsageError
from rigprov.model.outcome import Outcome, Problem
from rigprov.unattended import places, result
from rigprov.unattended.result import Moment
from rigprov.unattended.settings import Settings

REBOOTS = 3  # until the machine is well; more of them do not help
_KEEP = (result.VERIFIED, result.APPLIED)


def pull(settings: Settings, *, quiet: bool = False, first: bool = False, every: str | None = None) -> Outcome:
    """Converge this machine and keep what came of it.

    Args:
        settings: what it is to become.
        quiet: say nothing where nothing changed and nothing is wrong.
        first: leave the mark of a provisioned machine when it went well.
        every: time between the pulls of the timer that is installed then; None: no timer.

    Raises:
        UsageError: the state directory cannot be written.
    """
    with _writing(), _alone(places.STATE / "lock") as holder:
        return _busy(holder) if holder else _pull(settings, quiet=quiet, first=first, every=every)


def refused(error: RigprovError) -> None:
    """Note that a pull could not begin: whoever watches results must not go on seeing the last good one."""
    with _writing():
        now = _now()
        _keep(_ended(error), Settings(tier=""), result.FAILED, Moment(began=now, ended=now))


@contextlib.contextmanager
def _writing() -> Iterator[None]:
    try:
        places.STATE.mkdir(parents=True, exist_ok=True)
        yield
    except OSError as error:
        if isinstance(error, RigprovError):
            raise
        raise UsageError(f"{places.STATE} cannot be written: {error.strerror}") from None


def _pull(settings: Settings, *, quiet: bool, first: bool, every: str | None) -> Outcome:
    # Proofs and logs of this machine, whoever starts the pull; "or": a service has no home.
    os.environ["XDG_STATE_HOME"] = os.environ.get("XDG_STATE_HOME") or str(places.STATE)
    before = result.read(places.RESULT)
    counted = before.get("reboots")
    reboots = max(counted, 0) if isinstance(counted, int) and before.get("state") not in _KEEP else 0
    moment = Moment(began=_now(), reboots=reboots)
    earlier = (
        {path: path.read_text(encoding="utf-8") for path in (places.RESULT, places.READABLE) if path.exists()} if before else {}
    )
    if before.get("state") not in _KEEP:  # who asks meanwhile sees that it is at work; a good result stays until the next
        _keep(Outcome("pull"), settings, result.RUNNING, moment)
    with _held(quiet) as said:
        outcome = _applied(settings)
    if any(problem.code == "another-run" for problem in outcome.problems):
        for path, text in earlier.items():  # that one will say what came of it, if it is a pull; this one did nothing
            result.write(path, text)
        return outcome
    state = result.state_of(outcome)
    moment = replace(moment, ended=_now(), reboots=0 if state in _KEEP else reboots)
    if state == result.FAILED and result.wants_reboot(outcome):
        outcome, state, moment = _rebooting(outcome, settings, moment)
    document = _keep(outcome, settings, state, moment)
    if outcome.exit is Exit.OK and first:
        _provisioned(settings, every)
    if state == result.REBOOTING:
        _reboot()
    silent = quiet and outcome.exit is Exit.OK and not result.changed(outcome)
    if not silent:
        sys.stderr.write(said.getvalue())
    text = "" if silent else "\n\n".join(filter(None, (outcome.text, f"rigprov: {result.headline(document)}")))
    return replace(outcome, command="pull", text=text, data={**outcome.data, "result": document})


def _applied(settings: Settings) -> Outcome:
    """As the command line would, but that every end is an outcome: it has to be kept."""
    parser = ArgumentParser(prog="rigprov apply", exit_on_error=False)
    apply.add_arguments(parser)
    try:
        return apply.run(parser.parse_args([*settings.words(), "--yes", "--reboot", "no", result.HOST]))
    except RigprovError as error:
        return _ended(error)
    except KeyboardInterrupt:
        return Outcome("pull", problems=(Problem("Interrupted", "interrupted"),), exit=Exit.INTERRUPTED)
    except Exception as error:  # noqa: BLE001 - a defect of rigprov: it is kept like any other end
        text = f"defect in rigprov: {type(error).__name__}: {error}"
        return Outcome("pull", problems=(Problem("Internal", text, "report it"),), exit=Exit.INTERNAL)


def _ended(error: RigprovError) -> Outcome:
    return Outcome("pull", problems=(Problem(type(error).__name__, str(error), error.hint or ""),), exit=error.exit)


def _keep(outcome: Outcome, settings: Settings, state: str, moment: Moment) -> dict[str, object]:
    found = result.document(outcome, settings.tier, state, moment)
    hints = "".join(f"{problem.message}\n  {problem.hint}\n" for problem in outcome.problems)
    result.write(places.RESULT, json.dumps(found, indent=1, ensure_ascii=False) + "\n")
    result.write(places.READABLE, f"{result.headline(found)}\n{moment.ended or moment.began}\n{hints}\n{outcome.text}\n")
    return found


def _rebooting(outcome: Outcome, settings: Settings, moment: Moment) -> tuple[Outcome, str, Moment]:
    """Whether the machine reboots now, and why not."""
    if settings.reboot and moment.reboots < REBOOTS:
        problem = Problem("rebooting", "a reboot is needed, and was agreed to")
        return replace(outcome, problems=(problem,)), result.REBOOTING, replace(moment, reboots=moment.reboots + 1)
    hint = "reboot it, or agree with `reboot: true` in /etc/rigprov/pull.yml or --reboot yes"
    if settings.reboot:
        hint = f"it was rebooted {moment.reboots} times and still asks for it: look at what it boots (kernel and initramfs)"
    first, *others = outcome.problems
    return replace(outcome, problems=(replace(first, hint=hint), *others)), result.FAILED, moment


def _reboot() -> None:
    """Ask systemd for it, which stops this process in its own time: what is to be read has to be said before."""
    print("rigprov: this machine reboots now, and goes on afterwards", file=sys.stderr, flush=True)
    subprocess.run(["systemctl", "--no-block", "reboot"], check=False)  # noqa: S607 - systemd's place differs between releases


def _provisioned(settings: Settings, every: str | None) -> None:
    if every:
        ticking.install(settings, None, every)
    places.PROVISIONED.touch()


@contextlib.contextmanager
def _alone(path: Path) -> Iterator[str]:
    """Gives "" while this is the only pull, else which process is at work."""
    with path.open("a+", encoding="utf-8") as file:
        try:
            fcntl.flock(file, fcntl.LOCK_EX | fcntl.LOCK_NB)
        except BlockingIOError:
            file.seek(0)
            yield file.read().strip() or "another process"
            return
        file.truncate(0)
        file.write(f"process {os.getpid()}")
        file.flush()
        yield ""


def _busy(holder: str) -> Outcome:
    problem = Problem("another-run", f"another pull works on this machine: {holder}", "wait until it has ended")
    return Outcome("pull", problems=(problem,), exit=Exit.BLOCKED)


@contextlib.contextmanager
def _held(quiet: bool) -> Iterator[io.StringIO]:
    """What is said meanwhile is kept back where it may turn out to be of no interest."""
    kept = io.StringIO()
    with contextlib.redirect_stderr(kept) if quiet else contextlib.nullcontext():
        yield kept


def _now() -> str:
    return datetime.now(UTC).isoformat(timespec="seconds")
