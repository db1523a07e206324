"""The report in short, for the terminal. Pure."""

from typing import Any

from rigprov.report.words import age, moment, speed


def summary(content: dict[str, Any]) -> str:
    """A line for each host of the document, in columns."""
    rows = [_row(host) for host in content["hosts"]]
    widths = [max(len(row[column]) for row in rows) for column in range(len(rows[0]))]
    return "\n".join("  ".join(cell.ljust(width) for cell, width in zip(row, widths, strict=True)).rstrip() for row in rows)


def _row(host: dict[str, Any]) -> tuple[str, str, str, str, str]:
    proof = host["proof"]
    if proof["median"] is None:
        figure = ""
    else:
        band = f", healthy {speed(proof['band']['low'])}-{speed(proof['band']['high'])}" if proof["band"] else ""
        floor = f"floor {proof['floor']:g}" if proof["floor"] else "no floor"
        figure = f"{speed(proof['median'])} tok/s ({floor}{band})"
    mark = " SYNTHETIC WEIGHTS" if proof["weights"] == "synthetic" else ""
    when = f"{age(host['age_s'])} ago" if host["age_s"] is not None else moment(proof["taken"])
    return host["host"], proof["verdict"], figure, f"{proof['model']}{mark}", when
