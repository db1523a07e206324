"""Finding a tier, and what is wrong with it."""

from importlib.metadata import EntryPoint

import pytest

from rigprov.errors import UsageError
from rigprov.tiers import ADVANCED, BUILT_IN, INTERMEDIATE, STARTER, load
from rigprov.tiers.load import load_tier

OWN = """\
from rigprov.tiers import STARTER, Benchmark, Needs, Tier

TIER = Tier(
    name="mine",
    summary="a small one",
    needs=Needs(ram_gib=2, disk_gib=5),
    roles=STARTER.roles,
    benchmarks=(Benchmark("smollm2-135m", 1024, {"pc": 20.0}, "my own runs"),),
    expectation="quick",
    values={VALUES},
)
"""


@pytest.mark.parametrize(("name", "tier"), [("starter", STARTER), ("intermediate", INTERMEDIATE), ("advanced", ADVANCED)])
def test_tiers_that_come_along(name, tier):
    assert load_tier(name) is tier


def test_a_file_of_ones_own(tmp_path, starter_roles):
    file = tmp_path / "my_tier.py"
    file.write_text(OWN.replace("VALUES", "'docker_log_max_file': 9"), encoding="utf-8")
    tier = load_tier(str(file))
    assert (tier.name, tier.needs.ram_gib, tier.values) == ("mine", 2, {"docker_log_max_file": 9})


@pytest.mark.parametrize(
    ("name", "message", "hint"),
    [
        ("startr", "unknown tier `startr`", "did you mean `starter`?"),
        (
            "huge",
            "unknown tier `huge`",
            "there are starter, intermediate, advanced; a file of your own is given as ./my_tier.py",
        ),
        (
            "./nowhere.py",
            "there is no tier file nowhere.py",
            "a tier file is a Python file that defines TIER = Tier(...)",
        ),
    ],
)
def test_unknown(name, message, hint):
    with pytest.raises(UsageError) as refused:
        load_tier(name)
    assert (str(refused.value), refused.value.hint) == (message, hint)


@pytest.mark.parametrize(
    ("text", "message"),
    [
        ("x = 1\nraise RuntimeError('no luck.')\n", "{file}, line 2: RuntimeError: no luck"),
        ("def f():\n    return {}['a']\n\nf()\n", "{file}, line 2: KeyError: 'a'"),
        (
            "import json\njson.loads('{')\n",
            "{file}, line 2: JSONDecodeError: Expecting property name enclosed in double quotes: line 1 column 2 (char 1)",
        ),
        ("x = (\n", "{file}, line 1: SyntaxError: '(' was never closed"),
        ("raise SystemExit(3)\n", "{file}, line 1: SystemExit: 3"),
        ("import no_such_module_here\n", "{file}, line 1: ModuleNotFoundError: No module named 'no_such_module_here'"),
        ("from rigprov.tiers import Tier\nTIER = Tier(name='x')\n", None),
        ("x = 1\n", "{file} does not define TIER"),
        ("TIER = 'starter'\n", "TIER in {file} is a str, not a Tier"),
        (
            OWN.replace("STARTER.roles", "('base', 'dokcer')").replace("VALUES", ""),
            "{file}: tier `mine` names the unknown role `dokcer`",
        ),
        (
            OWN.replace("STARTER.roles", "'base'").replace("VALUES", ""),
            "{file}: roles must be a tuple of names",
        ),
        (
            OWN.replace('"mine"', "None").replace("VALUES", ""),
            "{file}: name must be small letters, digits, `_` and `-`, at most 32, the first a letter",
        ),
        (
            OWN.replace('"mine"', r"'a\n# b'").replace("VALUES", ""),
            "{file}: name must be small letters, digits, `_` and `-`, at most 32, the first a letter",
        ),
        (
            OWN.replace("Needs(ram_gib=2, disk_gib=5)", "4").replace("VALUES", ""),
            "{file}: needs must be Needs(...)",
        ),
        (
            OWN.replace("smollm2-135m", "smollm3").replace("VALUES", ""),
            "{file}: tier `mine` names the unknown model `smollm3`",
        ),
        (OWN.replace("VALUES", "'dockr_x': 1"), "{file}: `dockr_x` belongs to no role"),
        (OWN.replace("VALUES", "'docker_log_max_fil': 1"), "{file}: role docker has no variable `docker_log_max_fil`"),
        (
            OWN.replace("VALUES", "'docker_log_max_file': 'three'"),
            "{file}: `docker_log_max_file` must be a whole number, and 'three' is not",
        ),
    ],
)
def test_a_file_that_is_not_sound_is_one_sentence(text, message, tmp_path, starter_roles):
    file = tmp_path / "my_tier.py"
    file.write_text(text, encoding="utf-8")
    with pytest.raises(UsageError) as refused:
        load_tier(str(file))
    if message is None:
        message = "{file}, line 2: TypeError: Tier.__init__() missing 5 required positional arguments: "
        assert str(refused.value).startswith(message.format(file=file))
    else:
        assert str(refused.value) == message.replace("{file}", str(file))
    assert "\n" not in str(refused.value)


def test_entry_points(monkeypatch):
    points = {
        "house": EntryPoint("house", "rigprov.tiers:STARTER", load.GROUP),
        "bad": EntryPoint("bad", "nowhere_at_all:T", load.GROUP),
    }
    monkeypatch.setattr("importlib.metadata.entry_points", lambda group: points.values() if group == load.GROUP else ())
    assert load_tier("house") is STARTER
    with pytest.raises(UsageError, match="tier `bad` from nowhere_at_all:T cannot be loaded: ModuleNotFoundError"):
        load_tier("bad")


def test_built_in_tiers_go_up():
    needs = [tier.needs for tier in BUILT_IN]
    assert [need.gpus for need in needs] == [0, 1, 2]
    assert sorted(needs, key=lambda need: (need.ram_gib, need.gpus)) == needs
