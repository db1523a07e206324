"""What the ledger says, for a person."""

from rigprov.model.ledger import Drift, Verdict
from rigprov.report.ledger import ledger_text

AT = "2026-11-26T10:00:00+00:00"
DRIFT = (Drift("file /etc/x", "mode", "0644", "0600"), Drift("package curl", "", "present", "absent"))


def text(*verdicts: Verdict) -> str:
    return ledger_text("rig", {verdict.role: verdict for verdict in verdicts})


def test_no_drift_is_one_line_with_the_last_run():
    later = "2026-11-26T10:05:00+00:00"
    assert text(Verdict("base", "holds", applied=later), Verdict("docker", "holds", applied=AT)) == (
        "rig: no drift: 2 roles are as the last run left them (2026-11-26 10:05 UTC)"
    )
    assert text(Verdict("base", "holds", applied=AT)) == "rig: no drift: 1 role is as the last run left it (2026-11-26 10:00 UTC)"


def test_drift_is_told_role_by_role_with_expected_found_and_when():
    assert text(
        Verdict("base", "drifted", "what it left is not as it was", AT, DRIFT),
        Verdict("docker", "changed", "other values are wanted: docker_users", AT, DRIFT[:1]),
        Verdict("swap", "holds", applied=AT),
    ) == (
        "rig: 2 of 3 roles are not as the last run left them\n"
        "  base: drifted: what it left is not as it was; applied 2026-11-26 10:00 UTC\n"
        "    file /etc/x: mode: expected 0644, found 0600\n"
        "    package curl: expected present, found absent\n"
        "  docker: changed: other values are wanted: docker_users; applied 2026-11-26 10:00 UTC\n"
        "    file /etc/x: mode: expected 0644, found 0600"
    )


def test_what_is_said_of_all_is_said_once():
    reason = "the ledger is not believed: /l can be written by others"
    assert text(*(Verdict(role, "unknown", reason) for role in ("base", "docker", "models"))) == (
        f"rig: 3 of 3 roles are not as the last run left them\n  base, docker, models: not known: {reason}"
    )
