"""From what a failed task said to a cause in words and a way out. Pure."""

import re
from collections.abc import Iterator, Mapping
from dataclasses import dataclass
from typing import Any

from rigprov.apply.known_causes import AGAIN, CONNECTION, KNOWN

_LONGEST = 300  # characters of a message that nobody recognised


@dataclass(frozen=True)
class Cause:
    """Why a task failed. `on_host` is False where it is the connection that failed."""

    message: str
    fix: str = ""
    on_host: bool = True


def explain(result: Mapping[str, Any], *, unreachable: bool = False) -> Cause:
    """The cause of a failed task.

    Args:
        result: the task's result as Ansible reports it (`msg`, `stderr`, `results` of a loop ...).
        unreachable: Ansible calls the host unreachable. It also does so when the host has no room for a temporary directory.
    """
    text = "\n".join(_texts(result))
    if unreachable and "temporary directory" not in text:
        message, fix = _first(CONNECTION, text) or (_short(text) or "the connection failed", f"check that it is on, {AGAIN}")
        return Cause(message, fix, on_host=False)
    if known := _first(KNOWN, text):
        return Cause(*known)
    if "censored" in result:
        return Cause("it failed; its output is kept out of the log because it may hold a secret")
    return Cause(_short(text) or _exit_code(result) or "it failed and gave no reason")


def _exit_code(result: Mapping[str, Any]) -> str:
    command = result.get("cmd")
    words = " ".join(map(str, command)) if isinstance(command, list) else str(command or "a command")
    return f"`{_short(words)}` ended with exit code {result['rc']} and said nothing" if "rc" in result else ""


def _texts(result: Mapping[str, Any]) -> Iterator[str]:
    """Every text that may hold the reason, the most telling first."""
    failed_items = [item for item in result.get("results") or [] if isinstance(item, Mapping) and item.get("failed")]
    for part in failed_items or [result]:
        message = str(part.get("msg") or "")
        if message and message != "non-zero return code":
            yield message
        for key in ("stderr", "module_stderr", "stdout", "module_stdout"):
            if text := str(part.get(key) or "").strip():
                yield text


def _first(table: tuple[tuple[str, str, str], ...], text: str) -> tuple[str, str] | None:
    for pattern, message, fix in table:
        if found := re.search(pattern, text):
            return _fill(message, found), _fill(fix, found)
    return None


def _fill(message: str, found: re.Match[str]) -> str:
    return message.format_map({key: value or "" for key, value in found.groupdict().items()})


def _short(text: str) -> str:
    """The end of a text, since the reason comes last, as one line."""
    line = " ".join(text.split()).rstrip(".")
    return line if len(line) <= _LONGEST else f"... {line[-_LONGEST:]}"
