from datetime import UTC, datetime

from rigprov.report.html.document import document
from rigprov.report.html.summary import summary
from tests.unit.report.cases import NOT_MEASURED, STARTER, TWO_GPUS


def test_a_line_for_each_host():
    content = document({"a": [TWO_GPUS], "b": [STARTER], "c": [NOT_MEASURED]}, datetime(2026, 11, 25, 8, tzinfo=UTC))
    lines = [[cell for cell in line.split("  ") if cell] for line in summary(content).splitlines()]
    assert [[cell.strip() for cell in line] for line in lines] == [
        ["rig-01", "slow", "13.9 tok/s (floor 16, healthy 15.6-17.4)", "llama-3.3-70b SYNTHETIC WEIGHTS", "1 hour ago"],
        ["demo", "pass", "82.1 tok/s (floor 10)", "smollm2-135m", "14 hours ago"],
        ["root@203.0.113.7:2222", "not measured", "qwen3-8b", "1 day ago"],
    ]


def test_columns_stand_below_each_other():
    content = document({"a": [TWO_GPUS], "b": [STARTER]}, datetime(2026, 11, 25, 8, tzinfo=UTC))
    first, second = summary(content).splitlines()
    assert first.index("13.9 tok/s") == second.index("82.1 tok/s")
    assert first.index("1 hour ago") == second.index("14 hours ago")
