"""A compliance check on the page: the failures with evidence and fix, what was waived, what does not apply."""

import json
from dataclasses import replace
from datetime import UTC, datetime

from rigprov.model.compliance import Answer, Checked, Control, HostCompliance
from rigprov.report.html.document import document
from rigprov.report.html.page import page
from tests.unit.report.cases import STARTER
from tests.unit.report.html.reading import read

MADE = datetime(2026, 11, 25, 8, tzinfo=UTC)


def test_compliance_of_the_newest_check():
    control = Control("RIG-SWP-004", "medium", "swap", "Swappiness is as planned", "why <it> matters", "`rigprov apply` sets it")
    answers = (
        Answer(control, "fail", found="60", expected="10", output=("vm.swappiness = 60",)),
        Answer(replace(control, id="RIG-SYS-001"), "pass"),
        Answer(replace(control, id="RIG-SYS-002"), "waived", note="until Sunday"),
        Answer(replace(control, id="RIG-DRV-001"), "skip", note="no GPU is here"),
    )
    checked = Checked(HostCompliance("demo", answers), "2026-11-25T07:00:00+00:00", "starter")
    made = document({"demo": [STARTER]}, MADE, checks={"demo": checked})
    (section,) = (one for one in read(page(made)).find("section") if one.text.startswith("Compliance"))
    said = " ".join(section.text.split())
    for words in (
        "Not compliant, 1 to mend. 4 controls: 1 failed, 1 waived, 1 did not apply, 1 passed.",
        "Asked 1 hour ago, against tier starter.",
        "RIG-SWP-004, medium: Swappiness is as planned. Found: 60; expected: 10.",
        "vm.swappiness = 60",
        "Why <it> matters.",
        "Fix: rigprov apply sets it.",
        "RIG-SYS-002, Swappiness is as planned: until Sunday",
        "No GPU is here. RIG-DRV-001",
    ):
        assert words in said
    assert json.loads(json.dumps(made))["hosts"][0]["compliance"]["counts"] == {"fail": 1, "waived": 1, "skip": 1, "pass": 1}
