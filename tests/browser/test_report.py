"""The report in a real browser: nothing is reported on its console, nothing sticks out, it is not blank."""

from datetime import UTC, datetime
from pathlib import Path

import pytest

from rigprov.model.fleet import Row
from rigprov.report.html.document import document
from rigprov.report.html.page import page
from tests.browser.browser import ask, browse, console, program, screenshot
from tests.unit.report.cases import NOT_MEASURED, STARTER, TWO_GPUS, history

pytestmark = [
    pytest.mark.browser,
    pytest.mark.skipif(program() is None, reason="no Chromium; `make browser-packages` installs one"),
]

MADE = datetime(2026, 11, 25, 8, tzinfo=UTC)
PAGES = {
    "rig": {"rig-01": history(TWO_GPUS, 16.33, 16.4, None, 14.0)},
    "starter": {"demo": [STARTER]},
    "nothing": {"x": [NOT_MEASURED]},
    "fleet": {"rig-01": history(TWO_GPUS, 16.33), "demo": [STARTER], "x": [NOT_MEASURED]},
}
# What `apply --html` writes: the ends of a run above the proofs, long reasons among them.
RUN = (
    Row(
        "rig-01",
        "advanced",
        "done",
        28,
        0,
        "slow",
        13.88,
        16.0,
        "speed",
        "no run reached the floor of 16 tok/s; the best was 14.0",
    ),
    Row(
        "ops@gpu-node-with-a-long-name.example.com:2222",
        "advanced",
        "failed",
        3,
        1,
        gate="roles",
        reason="the disk is full " * 20,
    ),
    Row("x", "advanced", "not started"),
)
PAGES |= {"run": PAGES["fleet"]}
RUNS = {"run": RUN}
# Elements that stick out to the right, with their names; those of no size are there for screen readers only.
STICKS_OUT = """[...document.querySelectorAll('body *')].filter(one => {
  const box = one.getBoundingClientRect();
  return box.width > 1 && box.right > innerWidth + 0.5;
}).map(one => one.tagName + '.' + one.getAttribute('class'))"""


@pytest.fixture(scope="module")
def files(tmp_path_factory: pytest.TempPathFactory) -> dict[str, Path]:
    folder = tmp_path_factory.mktemp("pages")
    for name, records in PAGES.items():
        (folder / f"{name}.html").write_text(page(document(records, MADE, run=RUNS.get(name, ()))))
    return {name: folder / f"{name}.html" for name in PAGES}


pages = pytest.mark.parametrize("name", list(PAGES))


@pages
def test_the_console_stays_empty(files: dict[str, Path], name: str) -> None:
    assert console(files[name]) == []


def test_the_policy_works_and_the_console_would_tell(files: dict[str, Path], tmp_path: Path) -> None:
    planted = tmp_path / "planted.html"
    picture = '<img alt="" src="http://203.0.113.1/x.png"><script>document.title = "planted"</script>'
    planted.write_text(files["starter"].read_text().replace("</body>", f"{picture}</body>"))
    said = "\n".join(console(planted))
    assert "203.0.113.1/x.png" in said
    assert "violates the following Content Security Policy directive" in said
    assert "<title>planted" not in browse(planted, "--dump-dom").stdout


@pages
@pytest.mark.parametrize("width", [320, 360, 834, 1280])
def test_nothing_sticks_out(files: dict[str, Path], name: str, width: int) -> None:
    question = f"({{width: innerWidth, page: document.documentElement.scrollWidth, out: {STICKS_OUT}}})"
    assert ask(files[name], question, width=width) == {"width": width, "page": width, "out": []}


def test_what_sticks_out_would_be_found(files: dict[str, Path], tmp_path: Path) -> None:
    planted = tmp_path / "planted.html"
    planted.write_text(files["starter"].read_text().replace("</main>", '<svg class="planted" width="900"></svg></main>'))
    assert ask(planted, STICKS_OUT, width=360) == ["svg.planted"]


@pytest.mark.parametrize(
    ("width", "height", "dark"), [(390, 844, False), (1280, 900, False), (1280, 900, True)], ids=["phone", "desktop", "dark"]
)
def test_a_screenshot_shows_something(files: dict[str, Path], tmp_path: Path, width: int, height: int, dark: bool) -> None:
    rows = screenshot(files["fleet"], tmp_path / "shot.png", width=width, height=height, dark=dark)
    assert len(rows) == height
    assert len(set(rows)) > height / 5


def test_a_blank_page_is_seen_as_blank(tmp_path: Path) -> None:
    (tmp_path / "blank.html").write_text("<!doctype html><title>x</title>")
    assert len(set(screenshot(tmp_path / "blank.html", tmp_path / "shot.png", width=390, height=844))) < 10


@pytest.mark.parametrize(("dark", "colour"), [(False, "rgb(244, 245, 247)"), (True, "rgb(14, 17, 22)")])
def test_it_follows_the_readers_colour_scheme(files: dict[str, Path], dark: bool, colour: str) -> None:
    assert ask(files["rig"], "getComputedStyle(document.body).backgroundColor", width=360, dark=dark) == colour


def test_the_bar_is_as_long_as_its_figure(files: dict[str, Path]) -> None:
    question = """(() => { const box = one => document.querySelector(one).getBoundingClientRect();
      return {bar: box('.bar').width, limit: box('.hero-chart line.limit').left - box('.bar').left}; })()"""
    places = ask(files["rig"], question, width=1280)
    assert places["bar"] / places["limit"] == pytest.approx(13.88 / 22.3, rel=0.01)


def test_it_can_be_printed(files: dict[str, Path], tmp_path: Path) -> None:
    browse(files["rig"], f"--print-to-pdf={tmp_path / 'rig.pdf'}", "--no-pdf-header-footer")
    content = (tmp_path / "rig.pdf").read_bytes()
    assert content.startswith(b"%PDF-")
    assert 3 <= content.count(b"/Type /Page\n") + content.count(b"/Type /Page ") <= 8
