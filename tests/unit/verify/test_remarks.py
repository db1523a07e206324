from typing import Any

import pytest

from rigprov.verify.evidence import SoakRun
from rigprov.verify.remarks import of
from tests.unit.verify.cases import evidence

SERVER = {"server_url": "http://127.0.0.1:8000/v1", "server_model": "m"}


@pytest.mark.parametrize(
    ("changes", "expected"),
    [
        ({}, []),
        (SERVER, ["measured: model m of the server at http://127.0.0.1:8000/v1, whose files are not seen"]),
        ({"counted": "usage"}, ["tokens counted by the server (`usage`), timed by their arrival on the host"]),
        ({"counted": "timings"}, []),
        ({"reasoning": True}, ["part of what was decoded was reasoning, which counts"]),
        ({"prompt_reason": "the server does not tell it"}, ["prompt speed not measured: the server does not tell it"]),
        ({"soak": (SoakRun(9.0, 2.0, disturbed=False),)}, ["soak not judged: 1 runs, too few of them undisturbed"]),
        ({"service_down": "no"}, ["the service could not be started again: no; try `rigprov-llm start`"]),
    ],
)
def test_remarks(changes: dict[str, Any], expected: list[str]) -> None:
    assert list(of(evidence(**changes))) == expected
