"""Connections that come to nothing; real ones are made in tests/live/."""

import os
from dataclasses import replace
from pathlib import Path

import pytest

from rigprov.errors import UnreachableError
from rigprov.facts.connection import Access
from rigprov.facts.link import _Connection
from rigprov.facts.trust import Trust
from rigprov.model.target import Target
from tests.unit.facts.test_failure import ROUTE

pytestmark = pytest.mark.process


def test_the_way_of_a_jump_host_that_has_ended_is_nobody_s_to_end(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    route = replace(ROUTE, proxy="true", known_hosts=())
    made = _Connection(Target("rig"), route, Access(), Trust(route, Access()), tmp_path)
    made._paramiko()
    made.proxy.process.wait()
    killed: list[tuple[int, int]] = []
    monkeypatch.setattr(os, "kill", lambda *words: killed.append(words))  # its number may be another's by now
    made.close()
    assert killed == []


@pytest.mark.parametrize("name", ["a..b", f"{'a' * 64}.example.com"])
def test_a_name_that_no_name_server_can_be_asked_for(name: str, tmp_path: Path) -> None:
    route = replace(ROUTE, hostname=name, known_hosts=())
    made = _Connection(Target("rig"), route, Access(), Trust(route, Access()), tmp_path)
    with pytest.raises(UnreachableError, match="cannot be found: the name does not resolve"):
        made.open()
    made.close()
