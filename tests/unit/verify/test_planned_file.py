from typing import Any

import pytest

from rigprov.verify.planned_file import amiss
from tests.unit.verify.cases import BENCHMARK, SHA, evidence


@pytest.mark.parametrize(
    ("changes", "expected"),
    [
        ({"size": 5_000, "looks": "it is a web page, not a model"}, "it is a web page, not a model"),
        ({"size": 999_999_999}, "it is cut off: it has 999999999 of 1000000000 bytes"),
        ({"size": 1_000_000_000, "sha256": "b" * 64}, f"its sha256 is {'b' * 64}, planned is {SHA}"),
        ({"sha256": "b" * 64}, f"its sha256 is {'b' * 64}, planned is {SHA}"),
    ],
)
def test_amiss(changes: dict[str, Any], expected: str) -> None:
    assert amiss(BENCHMARK, evidence(**changes)) == expected
