from argparse import ArgumentParser
from dataclasses import replace

import pytest

from rigprov.commands.verify import add_arguments, outcome, run
from rigprov.errors import Exit, RigprovError, UnreachableError, UsageError
from rigprov.model.outcome import Problem
from rigprov.model.proof import Proof

PASS = Proof("a", "pass", "all fine", "", "tiny", "f" * 64, "engine 1", 10.0, runs=(12.0,), median=12.0)
SLOW = replace(PASS, host="b", verdict="slow", reason="no run reached it", fix="end them")
NOTHING = Proof("c", "not measured", "port taken", "stop it", "tiny", "", "", 10.0)
GONE = UnreachableError("d does not answer", hint="look at its cable")


@pytest.mark.parametrize(
    ("found", "code"),
    [
        ([PASS], Exit.OK),
        ([PASS, SLOW], Exit.BELOW_FLOOR),
        ([NOTHING], Exit.BELOW_FLOOR),
        ([replace(SLOW, verdict="wrong")], Exit.BELOW_FLOOR),
        ([replace(SLOW, verdict="unstable")], Exit.BELOW_FLOOR),
        ([PASS, GONE], Exit.UNREACHABLE),
    ],
)
def test_exit_code(found: list[Proof | RigprovError], code: Exit) -> None:
    assert outcome({str(index): one for index, one in enumerate(found)}).exit is code


def test_each_host_is_in_the_text_or_among_the_problems() -> None:
    made = outcome({"a": PASS, "b": SLOW, "d": GONE})
    assert [line.split()[0] for line in made.text.splitlines() if not line.startswith(" ")] == ["a", "b"]
    assert made.problems == (
        Problem("verdict-slow", "no run reached it", "end them", "b"),
        Problem("UnreachableError", "d does not answer", "look at its cable", "d"),
    )
    hosts = made.data["hosts"]
    assert isinstance(hosts, dict)
    assert {host: proof["verdict"] for host, proof in hosts.items()} == {"a": "pass", "b": "slow"}


@pytest.mark.parametrize(
    ("words", "said"),
    [
        (["--tier", "startr", "a"], "unknown tier `startr`"),
        (["--tier", "", "a"], "unknown tier ``"),
        (["--tier", "starter", "--set", "models.pth=/x", "a"], "pth"),
        (["--tier", "starter", "-i", "/nonexistent/hosts", "a"], "/nonexistent/hosts"),
    ],
)
def test_wrong_input_is_found_before_a_host_is_touched(words: list[str], said: str) -> None:
    parser = ArgumentParser()
    add_arguments(parser)
    with pytest.raises(UsageError) as caught:
        run(parser.parse_args(words))
    assert said in str(caught.value)
