"""Becoming root, with a made-up `sudo` and `id`: nothing on the machine is touched."""

import subprocess
from pathlib import Path

import pytest

from rigprov.facts.wrapper import Header, Wrapped, wrap

WORD = "open sesame"  # not a real password
# `sudo` as its manual tells: -n never asks, -S reads the word from standard input. It notes its arguments.
SUDO = """#!/bin/sh
echo "$*" >>"$0.log"
case $1 in
-n) [ "{mode}" = free ] || exit 1; shift ;;
-S) IFS= read -r word; [ "{mode}" = asks ] && [ "$word" = "{word}" ] || exit 1; shift 3 ;;
esac
ROOT=yes exec "$@"
"""


@pytest.fixture
def machine(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Path:
    """A folder first on PATH in which an ordinary user lives."""
    (tmp_path / "id").write_text('#!/bin/sh\n[ "$1" = -un ] && echo ops || echo 1000\n')
    (tmp_path / "id").chmod(0o755)
    monkeypatch.setenv("PATH", f"{tmp_path}:/usr/bin:/bin")
    return tmp_path


def sudo(machine: Path, mode: str) -> None:
    (machine / "sudo").write_text(SUDO.format(mode=mode, word=WORD))
    (machine / "sudo").chmod(0o755)


def call(wrapped: Wrapped) -> tuple[int, Header | None]:
    done = subprocess.run(["/bin/sh", "-c", wrapped.command], input=wrapped.stdin, capture_output=True, check=False)
    return done.returncode, wrapped.split(done.stdout.decode())


SCRIPT = 'echo "root: ${ROOT:-no}"\ncat\nexit 7'


@pytest.mark.parametrize(
    ("mode", "password", "root", "expected"),
    [
        ("free", None, True, (7, Header("sudo", "ops", "", "root: yes\n"))),
        ("free", WORD, True, (7, Header("sudo", "ops", "", "root: yes\n"))),
        ("free", None, False, (7, Header("none", "ops", "root was not asked for", "root: no\n"))),
        ("asks", WORD, True, (7, Header("sudo-password", "ops", "", "root: yes\n"))),
        ("asks", WORD, "try", (7, Header("sudo-password", "ops", "", "root: yes\n"))),
        ("asks", None, "try", (7, Header("none", "ops", "sudo asks for a password", "root: no\n"))),
        ("asks", None, True, (1, Header("refused", "ops", "sudo asks for a password", ""))),
        ("asks", "wrong", True, (1, Header("refused", "ops", "sudo did not take the password, or the user may not use it", ""))),
        (
            "asks",
            "wrong",
            "try",
            (7, Header("none", "ops", "sudo did not take the password, or the user may not use it", "root: no\n")),
        ),
    ],
)
def test_root(machine: Path, mode: str, password: str | None, root: bool, expected: tuple[int, Header]) -> None:
    sudo(machine, mode)
    assert call(wrap(SCRIPT, root=root, password=password)) == expected


def test_without_sudo(machine: Path) -> None:
    for tool in ("sh", "cat"):
        (machine / tool).symlink_to(f"/bin/{tool}")
    wrapped = wrap(SCRIPT, root="try", password=None)
    environment = {"PATH": str(machine)}
    done = subprocess.run(
        ["/bin/sh", "-c", wrapped.command], input=wrapped.stdin, capture_output=True, check=False, env=environment
    )
    assert wrapped.split(done.stdout.decode()) == Header("none", "ops", "sudo is not installed", "root: no\n")


def test_password_is_never_an_argument(machine: Path) -> None:
    sudo(machine, "asks")
    wrapped = wrap(SCRIPT, root=True, password=WORD)
    call(wrapped)
    assert WORD not in wrapped.command
    assert WORD not in (machine / "sudo.log").read_text()


# Asks for the first command only: for the next its ticket is fresh.
TICKET = """#!/bin/sh
[ "$1" = -S ] || exit 1
shift 3
[ -e "$0.ticket" ] || { IFS= read -r word; touch "$0.ticket"; }
exec "$@"
"""


def test_password_that_sudo_did_not_ask_for_is_never_run(machine: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    (machine / "sudo").write_text(TICKET)
    (machine / "sudo").chmod(0o755)
    monkeypatch.chdir(machine)
    assert call(wrap("echo fine", root=True, password="touch ran")) == (0, Header("sudo-password", "ops", "", "fine\n"))  # noqa: S106
    assert not (machine / "ran").exists()


def test_f31_what_login_files_print_is_dropped(machine: Path) -> None:
    wrapped = wrap("echo out", root=False, password=None)
    mark = wrapped.mark
    assert wrapped.split(f"Welcome!\n\n{mark} none ops root was not asked for\nout\n") == Header(
        "none", "ops", "root was not asked for", "out\n"
    )
    assert wrapped.split("This account is not available.\n") is None


def test_a_long_script_is_read_before_its_commands_can_eat_it(machine: Path) -> None:
    script = "cat >/dev/null\n" + "\n".join(f"echo {n}" for n in range(5000))
    _, header = call(wrap(script, root=False, password=None))
    assert header is not None
    assert header.stdout.split() == [str(n) for n in range(5000)]
