"""The hosts a command works on and the user's consent to work on them."""

import sys
from argparse import Namespace

from rigprov.errors import UsageError
from rigprov.facts.connection import Access
from rigprov.model.paths import expanded, is_file


def access_from(args: Namespace) -> Access:
    """How to reach the hosts. Asks for the sudo password where `-K` is given.

    Raises:
        UsageError: the ssh configuration is missing, or the password was asked for where nobody can type it.
    """
    if args.ssh_config is not None and not is_file(expanded(args.ssh_config)):
        raise UsageError(f"ssh configuration `{args.ssh_config}` does not exist", hint="give an existing file with `-F`")
    password = _ask_password() if args.ask_become_pass else None
    return Access(ssh_config=args.ssh_config, accept_new_host_key=args.accept_new_host_key, become_password=password)


def _ask_password() -> str:
    """From the terminal, unseen; from standard input where that is a pipe, so that a password manager can give it."""
    import getpass  # only where it is asked for

    if not sys.stdin.isatty():
        line = sys.stdin.readline().rstrip("\n")
        if not line:
            raise UsageError("`-K` asks for the sudo password, but there is no terminal and nothing on standard input")
        return line
    return getpass.getpass("sudo password: ", stream=sys.stderr)


def someone_answers(*, yes: bool) -> None:
    """Make sure that the question to come can be answered.

    Raises:
        UsageError: there is no terminal, and no `--yes`.
    """
    if not yes and not sys.stdin.isatty():
        raise UsageError("there is no terminal to ask for consent on", hint="look at `rigprov plan`, then add `--yes`")


def confirmed(question: str, *, yes: bool) -> bool:
    """Ask once on the terminal; with `--yes` (`yes`) not at all."""
    if yes:
        return True
    print(f"{question} [y/N] ", end="", file=sys.stderr, flush=True)
    return sys.stdin.readline().strip().lower() in {"y", "yes"}
