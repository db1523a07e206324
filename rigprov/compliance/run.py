"""Runs the suite against hosts: one pytest process each, several at a time, one SSH connection each."""

import json
import os
import subprocess
import sys
from collections.abc import Callable, Mapping, Sequence
from concurrent.futures import ThreadPoolExecutor
from dataclasses import dataclass
from pathlib import Path

import rigprov
from rigprov.compliance.backend import NAME, SETTINGS
from rigprov.compliance.promises import Promises
from rigprov.errors import ApplyError, RigprovError, UnreachableError, UsageError
from rigprov.facts.connection import Access, become_password, ssh_arguments, ssh_password
from rigprov.facts.redact import redact
from rigprov.facts.scratch import scratch
from rigprov.model.compliance import Answer, Control, HostCompliance
from rigprov.model.target import Target

_PARALLEL = 8
_LIMIT_S = 900
_OFF = "PYTEST_DISABLE_PLUGIN_AUTOLOAD"
_USERS_OWN = ("PYTEST_ADDOPTS", "PYTEST_PLUGINS", "PYTEST_DEBUG")


@dataclass(frozen=True)
class Job:
    """One host: how root is had there (as the probe found), and what is promised of it."""

    target: Target
    how: str
    promises: Promises


def check(
    jobs: Sequence[Job], controls: Sequence[Control], access: Access, say: Callable[[str], None]
) -> dict[str, HostCompliance | RigprovError]:
    """Ask every host the controls."""

    def one(job: Job) -> HostCompliance | RigprovError:
        say(f"{job.target.name}: {len(controls)} controls")
        try:
            with scratch("check") as folder:
                return _one(job, controls, access, folder)
        except RigprovError as error:
            return error

    with ThreadPoolExecutor(_PARALLEL) as pool:
        return {job.target.name: found for job, found in zip(jobs, pool.map(one, jobs), strict=True)}


def _one(job: Job, controls: Sequence[Control], access: Access, folder: Path) -> HostCompliance:
    if job.how == "none":
        hint = "give `--ask-become-pass`, or log in as a user who may use sudo"
        raise ApplyError(f"cannot become root on `{job.target.name}`, which most controls take", hint=hint)
    connection = {"ssh": _ssh(job.target, access), "how": job.how, "password": become_password(job.target, access) or ""}
    _write(folder / "connection.json", json.dumps(connection))
    _write(folder / "promises.json", job.promises.text())
    _write(folder / "ids", "\n".join(control.id for control in controls))
    _write(folder / "pytest.ini", "[pytest]\n")
    try:
        done = subprocess.run(  # noqa: S603
            _words(folder), env=_environment(folder), cwd=folder, stdin=subprocess.DEVNULL,
            capture_output=True, text=True, errors="replace", timeout=_LIMIT_S, check=False,
        )  # fmt: skip
    except subprocess.TimeoutExpired:
        name = job.target.name
        raise UnreachableError(
            f"`{name}` did not answer all controls within {_LIMIT_S} s", hint="look whether it hangs"
        ) from None
    return HostCompliance(
        job.target.name, read_rows(folder / "results.jsonl", controls, job.target.name, done.stdout + done.stderr)
    )


def _ssh(target: Target, access: Access) -> list[str]:
    """OpenSSH as the user has it set up; nothing for this machine."""
    if target.local:
        return []
    if ssh_password(target):
        hint = f"log in to `{target.name}` with a key: `ssh-copy-id {target.name}`"
        raise UsageError("`rigprov check` does not log in with passwords", hint=hint)
    ours = ["BatchMode=yes", "LogLevel=ERROR", f"ConnectTimeout={max(1, round(access.connect_timeout_s))}"]
    return ["ssh", *(word for one in ours for word in ("-o", one)), *ssh_arguments(target, access), target.address or target.name]


def _words(folder: Path) -> list[str]:
    """pytest with this suite and nothing of the folder that the user is in."""
    files = [f"--rigprov-{name}={folder / file}" for name, file in
             {"promises": "promises.json", "results": "results.jsonl", "ids": "ids"}.items()]  # fmt: skip
    own = ["-c", str(folder / "pytest.ini"), "--rootdir", str(folder), "-p", "no:cacheprovider", "-p", "testinfra.plugin"]
    return [
        sys.executable, "-m", "pytest", "-q", "--tb=short", *own, "-p", "rigprov.compliance.plugin",
        *files, f"--hosts={NAME}://host", "--pyargs", "rigprov.compliance",
    ]  # fmt: skip


def _environment(folder: Path) -> dict[str, str]:
    kept = {key: value for key, value in os.environ.items() if key not in _USERS_OWN}
    here = str(Path(rigprov.__file__).parents[1])
    path = os.pathsep.join(filter(None, [here, kept.get("PYTHONPATH", "")]))
    return {**kept, "PYTHONPATH": path, _OFF: "1", SETTINGS: str(folder / "connection.json")}


def _write(path: Path, text: str) -> None:
    """For this user only: the connection's settings may hold a password."""
    with os.fdopen(os.open(path, os.O_WRONLY | os.O_CREAT | os.O_TRUNC, 0o600), "w", encoding="utf-8") as file:
        file.write(text)


def read_rows(path: Path, controls: Sequence[Control], host: str, said: str) -> tuple[Answer, ...]:
    """Answers from the plugin's lines, in the controls' order. One that is missing was not asked.

    Raises:
        UnreachableError: the connection broke.
        ApplyError: pytest did not get as far as the first control.
    """
    lines = path.read_text(encoding="utf-8").splitlines() if path.is_file() else []
    rows: dict[str, Mapping[str, object]] = {row["id"]: row for row in map(json.loads, lines)}
    lost = next((row for row in rows.values() if row.get("lost")), None)
    if lost is not None:
        raise UnreachableError(f"the connection to `{host}` broke: {lost.get('note')}", hint="run again")
    if not rows:
        last = redact(next((line for line in reversed(said.splitlines()) if line.strip()), "no output"))
        raise ApplyError(f"the controls could not be run for `{host}`: {last}", hint="report it: this is a defect of rigprov")
    return tuple(_answer(control, rows.get(control.id)) for control in controls)


def _answer(control: Control, row: Mapping[str, object] | None) -> Answer:
    state = row.get("state") if row else None
    if row is None or state not in ("pass", "fail", "skip", "error"):
        return Answer(control, "error", note="it was not asked: the run ended before")
    output = row.get("output")
    seconds = row.get("seconds")
    return Answer(
        control, state,
        found=str(row.get("found", "")), expected=str(row.get("expected", "")),
        output=tuple(map(str, output)) if isinstance(output, list) else (),
        note=str(row.get("note", "")), seconds=float(seconds) if isinstance(seconds, int | float) else 0.0,
    )  # fmt: skip
