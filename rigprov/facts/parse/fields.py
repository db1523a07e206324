"""What all parsers share: their error, and small readers of one value."""

import json
from typing import Any


class ParseError(ValueError):
    """A command's output is not what the command prints."""


def number(text: object, what: str) -> int:
    """A whole number, or ParseError that says what it should have been."""
    try:
        return int(str(text).strip())
    except ValueError:
        raise ParseError(f"{what} is not a number: {text!r}") from None


def document(text: str) -> Any:
    """JSON, or ParseError with the place."""
    try:
        return json.loads(text)
    except ValueError as error:
        raise ParseError(f"not valid JSON: {error}") from None


def pairs(text: str) -> dict[str, str]:
    """`name=value` lines."""
    return {key: value for line in text.splitlines() for key, found, value in [line.partition("=")] if found}


def unescape(text: str) -> str:
    r"""Octal escapes of the kernel's tables, such as `\040` for a blank."""
    parts = text.split("\\")
    out = parts[0]
    for part in parts[1:]:
        digits = part[:3]
        is_octal = len(digits) == 3 and all(digit in "01234567" for digit in digits)  # noqa: PLR2004  (always three digits)
        out += chr(int(digits, 8)) + part[3:] if is_octal else "\\" + part
    return out


def parts(text: str, start: str = "==> ") -> dict[str, str]:
    """Text under headings: `==> NAME` begins each part."""
    found: dict[str, str] = {}
    name = None
    for line in text.split("\n"):
        if line.startswith(start):
            name = line.removeprefix(start).strip()
            found[name] = ""
        elif name is not None:
            found[name] += line + "\n"
    return found
