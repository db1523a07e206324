"""The document as an HTML page."""

from base64 import b64encode
from functools import cache
from hashlib import sha256
from pathlib import Path
from typing import TYPE_CHECKING, Any

from rigprov.report.html.figures import figure_in, with_commands
from rigprov.report.html.lines import sample_lines, trend
from rigprov.report.html.speed import speed_chart
from rigprov.report.words import amount, moment, reason_alone, sentence

if TYPE_CHECKING:
    from jinja2 import Environment

TEMPLATES = Path(__file__).parents[1] / "templates"
GENERATOR = "rigprov"  # how a report is known again, see `rigprov.report.html.file`


def page(content: dict[str, Any]) -> str:
    """One self-contained file: no script, no font, no picture from elsewhere; its own policy forbids them."""
    style = (TEMPLATES / "style.css").read_text(encoding="utf-8")
    hosts = [_charts(host, f"/hosts/{number}") for number, host in enumerate(content["hosts"])]
    template = _environment().get_template("page.html")
    return template.render(
        report=content,
        charts=hosts,
        figure=figure_in(content),
        style=style,
        style_hash=b64encode(sha256(style.encode()).digest()).decode(),
        generator=GENERATOR,
    )


def _charts(host: dict[str, Any], base: str) -> dict[str, Any]:
    return {
        "speed": speed_chart(host["proof"], f"{base}/proof"),
        "devices": [sample_lines(device) for device in host["proof"]["devices"]],
        "trend": trend(host["history"], f"{base}/history"),
    }


@cache
def _environment() -> "Environment":
    from jinja2 import Environment, FileSystemLoader, StrictUndefined

    made = Environment(
        loader=FileSystemLoader(TEMPLATES), autoescape=True, undefined=StrictUndefined, trim_blocks=True, lstrip_blocks=True
    )
    made.filters |= {
        "moment": moment,
        "amount": amount,
        "sentence": sentence,
        "commands": with_commands,
        "reason_alone": reason_alone,
    }
    return made
