"""The page: same figures as `--json`, nothing from elsewhere, safe against what is in the facts, and accessible."""

import json
import re
from base64 import b64encode
from dataclasses import replace
from datetime import UTC, datetime
from functools import cache
from hashlib import sha256
from itertools import pairwise

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from rigprov.model.fleet import Row
from rigprov.report.html.document import at, document
from rigprov.report.html.page import TEMPLATES, page
from tests.unit.report.cases import NOT_MEASURED, RIG, STARTER, TWO_GPUS, history
from tests.unit.report.html.reading import Element, colours, contrast, read

MADE = datetime(2026, 11, 25, 8, tzinfo=UTC)
RECORDS = {
    "rig": {"rig-01": history(TWO_GPUS, 16.33, 16.4, None, 14.0)},
    "starter": {"demo": [STARTER]},
    "not measured": {"x": [NOT_MEASURED]},
    "fleet": {"rig-01": history(TWO_GPUS, 16.33), "demo": [STARTER], "x": [NOT_MEASURED]},
}
RUN = (
    Row("rig-01", "advanced", "done", 28, 0, "slow", 13.88, 16.0, "speed", "no run reached the floor"),
    Row("next", "advanced", "not started"),
)
RUNS = {"run": RUN, "run that proved nothing": RUN}
RECORDS |= {"run": RECORDS["rig"], "run that proved nothing": {}}
STYLE = (TEMPLATES / "style.css").read_text()


@cache
def content(case):
    return document(RECORDS[case], MADE, run=RUNS.get(case, ()))


@cache
def text(case):
    return page(content(case))


@cache
def tree(case):
    return read(text(case))


cases = pytest.mark.parametrize("case", list(RECORDS))


@cases
def test_every_figure_is_the_one_in_the_json(case):
    plain = json.loads(json.dumps(content(case)))
    shown = [element for element in tree(case).all() if "data-at" in element.attributes]
    assert len(shown) >= 8
    for element in shown:
        pointer = element.attributes["data-at"]
        assert json.loads(element.attributes["data-value"]) == at(plain, pointer), pointer


FACTORS = {
    "ram_mib": 1 / 1024,
    "memory_total_mib": 1 / 1024,
    "engine_memory_mib": 1 / 1024,
    "bytes_per_token": 1e-9,
    "bytes_read": 1e-9,
}
SHARES = {"spread": 100, "bandwidth_share": 100, "same_top": 100, "change": 100, "fall": -100, "link_share": 100}


@cases
def test_what_is_read_is_the_figure_rounded(case):
    for element in tree(case).all():
        if element.attributes.get("class") != "figure" or element.attributes["data-at"].endswith("age_s"):
            continue
        pointer = element.attributes["data-at"]
        exact = json.loads(element.attributes["data-value"]) * (FACTORS | SHARES).get(pointer.rsplit("/", 1)[1], 1)
        read_as = element.text.replace("\u2212", "-").removesuffix(" %")
        digits = len(read_as.partition(".")[2])
        assert float(read_as) == pytest.approx(exact, abs=0.5001 * 10**-digits), pointer


def test_the_figures_that_matter_are_on_the_page():
    pointers = {element.attributes.get("data-at", "").removeprefix("/hosts/0") for element in tree("rig").all()}
    wanted = {"/proof/median", "/proof/floor", "/proof/band/low", "/proof/band/high", "/proof/limit_tokens_per_s"}
    wanted |= {"/proof/soak/first", "/proof/correctness/mean_kld", "/proof/since/change", "/proof/devices/1/power_limit_w"}
    wanted |= {"/proof/disk/gb_s", "/proof/disk/link_gb_s", "/proof/disk/link_share"}
    assert wanted - pointers == set()


def test_nothing_measured_is_no_figure():
    medians = [one for one in tree("not measured").all() if one.attributes.get("data-at", "").endswith("/median")]
    assert {one.attributes["data-value"] for one in medians} == {"null"}
    (hero,) = [one for one in tree("not measured").find("section") if one.attributes.get("class") == "hero"]
    assert re.findall(r"[\d.]+\stok/s", hero.text) == ["2.5 tok/s"]  # the floor


@pytest.mark.parametrize(
    ("case", "said"),
    [
        ("rig", "Synthetic weights. Random numbers in the shape of llama-3.3-70b"),
        ("rig", "\u221215 % against 2026-11-20 09:14 UTC (16.3\u00a0tok/s)"),
        ("rig", "driver 580.95.05 \u2192 590.48.01"),
        ("rig", "GPU 0 to GPU 1: NVLink x4"),
        ("rig", "What slows every load of the model NVMe nvme1n1 (Samsung SSD 990 PRO 2TB) runs on 2 of its 4 PCIe lanes"),
        ("rig", "NVMe nvme1n1 (Samsung SSD 990 PRO 2TB) at PCIe 3.0 x2 through LVM"),
        ("rig", "Load38.4\u00a0s, cold"),
        ("starter", "Disk under the model Not looked at."),
        ("rig", "nvidia_driver Install the driver"),
        ("starter", "No samples: there is no NVIDIA driver."),
        ("starter", "The first proof of its kind"),
        ("starter", "Nothing: rigprov verify only measures."),
        ("not measured", "No samples: nothing was measured."),
        ("not measured", "No chart: the newest proof has no figure."),
        ("not measured", "floor 2.5\u00a0tok/s"),
        ("not measured", "Port 8080 is taken by nginx (process 9)."),
        ("not measured", "What to do: Stop that program"),
        ("fleet", "3 machines: 1 not measured, 1 pass, 1 slow."),
        ("run", "2 machines: 1 done, 1 not started."),
        ("run", "rig-01 advanced done 28 0 slow 13.9 16 gate speed: no run reached the floor"),
    ],
)
def test_what_it_says(case, said):
    assert " ".join(said.split()) in tree(case).text


def said_of_compliance(found):
    return [" ".join(one.text.split()) for one in found.find("section") if one.text.startswith("Compliance")]


@cases
def test_compliance_is_not_claimed_where_nobody_asked(case):
    sections = said_of_compliance(tree(case))
    assert len(sections) == len(content(case)["hosts"])
    assert all(one.startswith("Compliance Not run: rigprov check --tier ") for one in sections)


@cases
def test_nothing_comes_from_elsewhere(case):
    assert {one.tag for one in tree(case).all()} & {"script", "link", "img", "iframe", "object", "embed", "base", "form"} == set()
    for one in tree(case).all():
        assert not any(name.startswith("on") or name in ("style", "src", "srcset") for name in one.attributes), one.attributes
        assert one.attributes.get("href", "#").startswith("#")
    assert "url(" not in STYLE
    assert "@import" not in STYLE


@cases
def test_its_own_policy_allows_its_own_style_only(case):
    (style,) = tree(case).find("style")
    (policy,) = [one.attributes["content"] for one in tree(case).find("meta") if "http-equiv" in one.attributes]
    digest = b64encode(sha256(style.exact_text.encode()).digest()).decode()
    assert policy == f"default-src 'none'; style-src 'sha256-{digest}'; base-uri 'none'; form-action 'none'"


def poisoned(words):
    """A record in which every free text is `words`."""
    proof = replace(
        RIG, host=words, reason=words, fix=words, model=words, engine=words, backend=words, notes=(words, f"  {words}"),
        model_sha256=words, causes=tuple(replace(cause, what=words, fix=words) for cause in RIG.causes),
        devices=tuple(replace(device, name=words) for device in RIG.devices),
        links=tuple(replace(link, kind=words, reason=words) for link in RIG.links),
        since=RIG.since and replace(RIG.since, changes=(words,), taken=words),
        band=RIG.band and replace(RIG.band, source=words),
        correctness=RIG.correctness and replace(RIG.correctness, why=words), taken=words,
    )  # fmt: skip
    machine = replace(TWO_GPUS.machine, os=words, kernel=words, cpu=words, gpus=(words,), driver=words, docker=words, kind=words)
    plan = replace(
        TWO_GPUS.plan, tier=words, machine_class=words, warnings=(words,),
        roles=tuple(replace(role, role=words, reason=words) for role in TWO_GPUS.plan.roles),
        values=tuple(replace(value, name=words, value=words, reason=words) for value in TWO_GPUS.plan.values),
    )  # fmt: skip
    return replace(TWO_GPUS, proof=proof, machine=machine, plan=plan, no_samples=words)


def skeleton(root: Element):
    return [one.tag for one in root.all() if one.tag != "code"]


PLAIN = "word"
NASTY = st.text(st.sampled_from("<>&\"'/={}%#- abcdefg\u00e9\u2028\n"), max_size=40).map(lambda inner: f"w{inner}w")


@settings(max_examples=25)
@given(
    NASTY
    | st.sampled_from(
        ["<script>alert(1)</script>", "</title><b>", "{{ 7*7 }}", "</style><x>", "<!--", '" onload="x', "`<b>`", "]]>", "&lt;"]
    )
)
def test_no_text_of_a_host_becomes_markup(words):
    records = {"a": [poisoned(words)], "b": [STARTER]}
    made = read(page(document(records, MADE)))
    assert skeleton(made) == skeleton(read(page(document({"a": [poisoned(PLAIN)], "b": [STARTER]}, MADE))))
    assert all(not name.startswith("on") for one in made.all() for name in one.attributes)
    without_ticks = " ".join(words.replace("`", "").split())
    assert without_ticks in made.find("article")[0].text.replace("`", "")


@cases
def test_language_title_and_landmarks(case):
    (html,) = tree(case).find("html")
    assert html.attributes["lang"] == "en"
    assert tree(case).find("title")[0].text
    assert len(tree(case).find("main")) == 1
    assert tree(case).find("a")[0].attributes == {"class": "skip", "href": "#content"}


@cases
def test_ids_are_unique_and_every_reference_has_its_element(case):
    ids = [one.attributes["id"] for one in tree(case).all() if "id" in one.attributes]
    assert len(ids) == len(set(ids))
    for one in tree(case).all():
        names = one.attributes.get("aria-labelledby", "").split()
        names += [one.attributes["href"][1:]] if one.tag == "a" else []
        assert set(names) <= set(ids)


@cases
def test_headings_are_in_order(case):
    levels = [int(one.tag[1]) for one in tree(case).all() if re.fullmatch(r"h[1-6]", one.tag)]
    assert levels.count(1) == 1
    assert levels[0] == 1
    assert all(after <= before + 1 for before, after in pairwise(levels))


@cases
def test_every_picture_has_its_words(case):
    for one in tree(case).find("svg"):
        above = one.parent
        inside = False
        while above is not None:
            inside = inside or above.tag == "svg"
            above = above.parent
        if inside or one.attributes.get("aria-hidden") == "true":
            continue
        assert one.attributes["role"] == "img"
        assert [bool(part.text) for part in one.children[:2]] == [True, True]
        assert [part.tag for part in one.children[:2]] == ["title", "desc"]
        assert one.attributes["aria-labelledby"].split() == [part.attributes["id"] for part in one.children[:2]]


@cases
def test_every_head_of_a_table_says_what_it_heads(case):
    for table in tree(case).find("table"):
        assert table.find("caption")[0].text
        assert {one.attributes.get("scope") for one in table.find("th")} == {"col", "row"}
        columns = [one.text for one in table.find("thead")[0].find("th")]
        for row in table.find("tbody")[0].find("tr"):
            assert [one.attributes["data-label"] for one in row.find("td")] == columns[1:]  # what a phone shows in its place


@cases
def test_a_verdict_is_a_word_and_not_only_a_colour(case):
    words = {host["proof"]["verdict"] for host in content(case)["hosts"]}
    shown = {one.text for one in tree(case).find("span") if one.attributes.get("class", "").startswith("verdict ")}
    assert words <= shown <= {"pass", "slow", "unstable", "wrong", "not measured"}


# What stands on what, and the ratio that WCAG 2.2 AA asks for: 4.5 for text (1.4.3), 3 for parts of charts (1.4.11).
ON = [
    *((name, ground, 4.5) for ground in ("sheet", "page") for name in ("ink", "quiet", "link")),
    *((name, "sheet", 4.5) for name in ("good", "bad", "warn")),
    *((name, "tile", 4.5) for name in ("ink", "quiet")),
    ("alarm-ink", "alarm", 4.5),
    *((name, "sheet", 3.0) for name in ("mark", "band-edge", "limit", "run-edge", "alarm")),
    ("run-edge", "run", 3.0),
    ("ink", "band", 3.0),  # the floor crosses the band
]


@pytest.mark.parametrize("scheme", ["light", "dark"])
@pytest.mark.parametrize(("text_colour", "ground", "least"), ON)
def test_contrast(scheme, text_colour, ground, least):
    known = colours(STYLE)[scheme]
    assert contrast(known[text_colour], known[ground]) >= least


def test_every_colour_of_the_style_was_looked_at():
    known = set(colours(STYLE)["light"])
    fillers = {"rule", "band"}  # hairlines and the band's area carry nothing alone
    assert known - fillers == {name for pair in ON for name in pair[:2]} - fillers
    without_roots = re.sub(r":root \{.*?\}", "", STYLE, flags=re.DOTALL)
    assert re.findall(r"#[0-9a-f]{3,8}\b|rgb|hsl", without_roots) == []


def test_contrast_is_computed_as_wcag_says():
    assert contrast("#000000", "#ffffff") == pytest.approx(21)
    assert contrast("#777777", "#ffffff") == pytest.approx(4.48, abs=0.01)
