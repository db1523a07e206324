"""What a person reads after a compliance check."""

from rigprov.model.compliance import Answer, Control, HostCompliance
from rigprov.report.compliance import compliance_text


def control(number, severity="low") -> Control:
    return Control(f"RIG-TST-{number:03}", severity, "docker", f"Thing {number} is so", "or else", "mend it")


def test_the_gravest_failure_first_with_evidence_and_fix() -> None:
    found = HostCompliance("gpu1", (
        Answer(control(1), "fail", found="x", expected="y"),
        Answer(control(2, "critical"), "fail", found="a", expected="b", output=("proof",), note="its waiver ended on 2027-01-01"),
        Answer(control(3), "pass"),
        Answer(control(4), "skip", note="no GPU"),
        Answer(control(5), "skip", note="no GPU"),
        Answer(control(6), "waived", note="until 2027-02-01: agreed"),
        Answer(control(7, "medium"), "error", note="ValueError: odd"),
    ), ("the waiver of RIG-TST-003 is not needed: the control passes",))  # fmt: skip
    assert (
        compliance_text(found)
        == """\
gpu1: not compliant, 3 to mend

  FAIL  RIG-TST-002  critical, docker: Thing 2 is so.
        found:    a
        expected: b
        | proof
        its waiver ended on 2027-01-01
        why: Or else.
        fix: mend it

  ERROR RIG-TST-007  medium, docker: Thing 7 is so.
        ValueError: odd
        why: Or else.
        fix: mend it

  FAIL  RIG-TST-001  low, docker: Thing 1 is so.
        found:    x
        expected: y
        why: Or else.
        fix: mend it

  waived  RIG-TST-006  Thing 6 is so (until 2027-02-01: agreed)
  does not apply: no GPU: RIG-TST-004, RIG-TST-005
  note: the waiver of RIG-TST-003 is not needed: the control passes
  7 controls: 2 failed, 1 could not be asked, 1 waived, 2 did not apply, 1 passed
"""
    )


def test_a_compliant_host() -> None:
    text = compliance_text(HostCompliance("a", (Answer(control(1), "pass"),)))
    assert text == "a: compliant\n\n  1 controls: 1 passed\n"


def test_nothing_applies() -> None:
    assert compliance_text(HostCompliance("a", (Answer(control(1), "skip", note="x"),))).startswith(
        "a: no control applies here\n"
    )
