import pytest

from rigprov.report.html.figures import figure_in, with_commands

CONTENT = {"median": 13.876, "share": -0.15, "nothing": None, "mib": 20201, "bytes": 41_916_900_000}


@pytest.mark.parametrize(
    ("pointer", "kind", "value", "shown"),
    [
        ("/median", "speed", "13.876", "13.9"),
        ("/median", "whole", "13.876", "14"),
        ("/share", "change", "-0.15", "\u221215 %"),
        ("/share", "loss", "-0.15", "+15 %"),
        ("/share", "percent", "-0.15", "-15.0"),
        ("/mib", "gib", "20201", "19.7"),
        ("/bytes", "gigabytes", "41916900000", "41.92"),
    ],
)
def test_the_exact_figure_goes_with_the_shown_one(pointer, kind, value, shown):
    said = f'<span class="figure" data-at="{pointer}" data-value="{value}">{shown}</span>'
    assert figure_in(CONTENT)(pointer, kind) == said


def test_what_was_not_measured_is_said():
    figure = figure_in(CONTENT)
    assert figure("/nothing", "speed", "tok/s") == '<span class="none" data-at="/nothing" data-value="null">not measured</span>'
    assert figure("/nothing", "speed", none="<none>").endswith(">&lt;none&gt;</span>")


def test_a_figure_that_is_not_there_is_a_defect():
    with pytest.raises(LookupError):
        figure_in(CONTENT)("/speed", "speed")


@pytest.mark.parametrize(
    ("text", "html"),
    [
        ("run `a <b>` now", "run <code>a &lt;b&gt;</code> now"),
        ("<b>", "&lt;b&gt;"),
        ("one ` only", "one ` only"),
        ("``", "``"),
        ("", ""),
    ],
)
def test_commands_stand_out(text, html):
    assert with_commands(text) == html
