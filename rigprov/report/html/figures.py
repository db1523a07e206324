"""Figures on the page. Each is looked up in the document, so that the page cannot show another than `--json`."""

import json
import re
from collections.abc import Callable
from typing import Any

from markupsafe import Markup, escape

from rigprov.report.html.document import at
from rigprov.report.words import age, signed_percent, speed

FORMATS: dict[str, Callable[[float], str]] = {
    "speed": speed,
    "whole": lambda value: f"{value:.0f}",
    "one": lambda value: f"{value:.1f}",
    "two": lambda value: f"{value:.2f}",
    "short": lambda value: f"{value:g}",
    "small": lambda value: f"{value:.2g}",
    "percent": lambda share: f"{share * 100:.1f}",
    "change": signed_percent,
    "loss": lambda share: signed_percent(-share),
    "gib": lambda mib: f"{mib / 1024:.1f}",
    "gigabytes": lambda count: f"{count / 1e9:.2f}",
    "age": age,
}
NONE = "not measured"
_COMMAND = re.compile(r"`([^`]+)`")


def with_commands(text: str) -> Markup:
    """Text in which what stands between backticks is set as a command."""
    parts = _COMMAND.split(text)  # every other one is a command
    return Markup("").join(Markup("<code>{}</code>").format(part) if odd % 2 else escape(part) for odd, part in enumerate(parts))


def figure_in(content: Any) -> Callable[..., Markup]:
    """A function for the templates: `figure("/hosts/0/proof/median", "speed", "tok/s")`."""

    def figure(pointer: str, kind: str, unit: str = "", none: str = NONE) -> Markup:
        value = at(content, pointer)
        exact = json.dumps(value)
        if value is None:
            return Markup('<span class="none" data-at="{}" data-value="{}">{}</span>').format(pointer, exact, none)
        shown = Markup('<span class="figure" data-at="{}" data-value="{}">{}</span>').format(pointer, exact, FORMATS[kind](value))
        return shown + Markup('\u00a0<span class="unit">{}</span>').format(unit) if unit else shown

    return figure
