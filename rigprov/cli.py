"""The command line. The only module that prints, configures logging or ends the process."""

import argparse
import atexit
import difflib
import importlib
import os
import sys
from collections.abc import Sequence
from pathlib import Path
from types import ModuleType
from typing import TYPE_CHECKING, NoReturn

from rigprov import __version__
from rigprov.commands import COMMANDS
from rigprov.errors import Exit, RigprovError, UsageError

if TYPE_CHECKING:
    from rigprov.model.outcome import Outcome

DEBUG = "RIGPROV_DEBUG"


class _Parser(argparse.ArgumentParser):
    """An argument parser whose errors are rigprov's: one sentence, a hint, no usage dump."""

    def error(self, message: str) -> NoReturn:
        raise UsageError(message.rstrip("."), hint=f"`{self.prog} --help` lists what can be given")


def main(argv: Sequence[str] | None = None) -> int:
    """Run one command and return its exit code."""
    words = list(sys.argv[1:] if argv is None else argv)
    outcome = _outcome(words)
    from rigprov.report.render import render  # `--help` must not pay for it

    try:
        render(outcome, as_json="--json" in words)
        sys.stdout.flush()
    except BrokenPipeError:
        # The reader (`head`, a closed pager) has seen enough. Give the interpreter's last flush somewhere to go.
        os.dup2(os.open(os.devnull, os.O_WRONLY), sys.stdout.fileno())
    return outcome.exit


def program() -> NoReturn:
    """The command `rigprov`: `main`, and out.

    Taking a thousand modules apart one by one takes a tenth of a second, a tenth of a run that changes nothing.
    """
    code = main()
    atexit._run_exitfuncs()  # what is left below is memory, which the kernel takes back at once
    sys.stderr.flush()
    os._exit(code)


def _outcome(words: list[str]) -> "Outcome":
    verb = _verb(words)
    try:
        return _run(verb, words)
    except RigprovError as error:
        return _failed(verb, type(error).__name__, str(error), error.hint or "", error.exit)
    except KeyboardInterrupt:
        hint = "run the same command again: it goes on from what is there"
        return _failed(verb, "Interrupted", "interrupted", hint, Exit.INTERRUPTED)
    except Exception as error:  # noqa: BLE001 - the last resort: a defect of rigprov must not reach the user as a traceback
        return _defect(verb, error)


def _run(verb: str | None, words: list[str]) -> "Outcome":
    args = _parser(verb).parse_args(words)
    if args.verb is None:
        raise UsageError("no command given", hint=f"one of: {', '.join(COMMANDS)}; `rigprov --help` explains them")
    outcome: Outcome = _module(args.verb).run(args)
    return outcome


def _defect(verb: str | None, error: Exception) -> "Outcome":
    import traceback  # only for a defect

    if os.environ.get(DEBUG):
        traceback.print_exc()
    where = traceback.extract_tb(error.__traceback__)[-1]
    message = f"defect in rigprov {__version__}: {type(error).__name__}: {error} ({Path(where.filename).name}:{where.lineno})"
    return _failed(verb, "Internal", message, f"run again with {DEBUG}=1 and report the traceback", Exit.INTERNAL)


def _failed(verb: str | None, code: str, message: str, hint: str, exit_code: Exit) -> "Outcome":
    from rigprov.model.outcome import Outcome, Problem  # `--help` must not pay for it

    return Outcome(verb or "rigprov", problems=(Problem(code, message, hint),), exit=exit_code)


def _verb(words: Sequence[str]) -> str | None:
    """The first word that is no option: top-level options take no values, so it is the command."""
    return next((word for word in words if not word.startswith("-")), None)


def _module(verb: str) -> ModuleType:
    return importlib.import_module(f"rigprov.commands.{verb.replace('-', '_')}")


def _parser(verb: str | None) -> argparse.ArgumentParser:
    """The whole parser; only the chosen verb's module is imported, which keeps `--help` fast."""
    parser = _Parser(
        prog="rigprov",
        description="Turns a bare Ubuntu or Debian machine into an LLM workstation, and proves its speed.",
        epilog="exit codes: 0 fine, 2 bad input, 3 blocked by the plan, 4 apply failed, "
        "5 below the floor, a layer broken or not compliant, 6 unreachable, 130 interrupted",
        allow_abbrev=False,
    )
    parser.add_argument("--version", action="version", version=f"rigprov {__version__}")
    if verb is not None and verb not in COMMANDS:
        near = difflib.get_close_matches(verb, COMMANDS, n=1)
        hint = f"did you mean `{near[0]}`?" if near else f"one of: {', '.join(COMMANDS)}"
        raise UsageError(f"there is no command `{verb}`", hint=hint)
    verbs = parser.add_subparsers(dest="verb", metavar="COMMAND")
    for name, summary in COMMANDS.items():
        sub = verbs.add_parser(name, help=summary, description=summary, allow_abbrev=False)
        if name == verb:
            _module(name).add_arguments(sub)
    return parser
