"""Host names are stable, unique and safe."""

import re
from dataclasses import replace

import pytest
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st

from rigprov.cloud.machine import Machine
from rigprov.cloud.naming import host_names

MACHINE = Machine("runpod", "a1", "chat", "RUNNING", "ready")
SAFE = re.compile(r"[a-z0-9](?:[a-z0-9-]*[a-z0-9])?")


def names(*pairs: tuple[str, str | None]) -> list[str]:
    return list(host_names([replace(MACHINE, id=one, name=name) for one, name in pairs]).values())


@pytest.mark.parametrize(
    ("pairs", "expected"),
    [
        ([("a1", "Chat Box")], ["chat-box"]),
        ([("a1", "chat"), ("a2", "chat")], ["chat-a1", "chat-a2"]),
        ([("a1", "chat"), ("a2", "Chat")], ["chat-a1", "chat-a2"]),
        ([("a1", "chat"), ("a2", "chat"), ("a3", "chat-a1")], ["chat-a1", "chat-a2", "chat-a1-a3"]),
        ([("a1", None), ("a2", "")], ["runpod-a1", "runpod-a2"]),
        ([("a1", "模型")], ["runpod-a1"]),
        ([("a1", "Ünï")], ["uni"]),
        (
            [("a1", "all"), ("a2", "localhost"), ("a3", "vast"), ("a4", "ungrouped")],
            ["all-a1", "localhost-a2", "vast-a3", "ungrouped-a4"],
        ),
        ([("a1", "-oProxyCommand=id")], ["oproxycommand-id"]),
        ([("a1", "{{ x }}")], ["x"]),
        ([("a1", "../../etc"), ("a2", "web[1:3]:22")], ["etc", "web-1-3-22"]),
    ],
)
def test_names(pairs: list[tuple[str, str | None]], expected: list[str]) -> None:
    assert names(*pairs) == expected


def test_a_name_does_not_hang_on_the_order_of_the_listing() -> None:
    pairs = [("a1", "chat"), ("a2", "chat"), ("a3", "rig")]
    machines = [replace(MACHINE, id=one, name=name) for one, name in pairs]
    assert host_names(machines) == host_names(machines[::-1])


@settings(deadline=None, suppress_health_check=[HealthCheck.too_slow])
@given(
    st.dictionaries(
        st.from_regex(r"[A-Za-z0-9_-]{1,8}", fullmatch=True),
        st.one_of(st.none(), st.sampled_from(["a", "a-b", "b", "all", "é"]), st.text(max_size=20)),
    )
)
def test_always_unique_and_safe(machines: dict[str, str | None]) -> None:
    found = names(*machines.items())
    assert len(set(found)) == len(machines)
    assert [name for name in found if not SAFE.fullmatch(name) or name in {"all", "ungrouped", "localhost"}] == []
