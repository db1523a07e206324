"""Stamps: what makes a run another one."""

import json
from dataclasses import replace

from rigprov.catalog.roles import ORDER, built, options
from rigprov.facts.redact import redact
from rigprov.ledger.stamp import CONSENT, content, stamps
from rigprov.model.plan import Value
from rigprov.plan.build import build_plan
from rigprov.tiers import INTERMEDIATE, STARTER
from tests.unit.facts.rigs import facts

PLAN = build_plan(facts("desktop-3090"), INTERMEDIATE)


def changed(role, name, value):
    def step(each):
        return replace(each, values={**each.values, name: replace(each.values[name], value=value)}) if each.role == role else each

    return stamps(replace(PLAN, steps=tuple(map(step, PLAN.steps))))


def test_every_role_that_runs_has_one_of_plain_json():
    assert list(stamps(PLAN)) == list(PLAN.roles)
    assert stamps(PLAN) == stamps(build_plan(facts("desktop-3090"), INTERMEDIATE)), "and the same plan has the same"


def test_another_value_is_another_stamp_of_that_role_alone():
    other = changed("docker", "docker_log_max_size", "1m")
    assert [role for role, stamp in stamps(PLAN).items() if other[role] != stamp] == ["docker"]


def test_what_only_allows_something_makes_no_difference():
    for name in CONSENT:
        role = next(step.role for step in PLAN.steps if name in step.values)
        now = next(step for step in PLAN.steps if step.role == role).values[name].value
        assert changed(role, name, not now) == stamps(PLAN), name


def test_secrets_are_left_out():
    other = changed("models", "models_token", "tell-nobody")
    assert other == stamps(PLAN)
    assert "models_token'" not in str(other)
    assert "models_token_host" in str(other)


def test_a_values_hash_does_not_tell_the_value():
    assert "/srv/models" not in str(stamps(build_plan(facts("nspawn"), STARTER)))
    assert isinstance(PLAN.steps[0].values["base_packages"], Value)


def test_the_content_covers_included_roles():
    from rigprov.ledger import stamp

    assert set(stamp._with_included("nvidia_container_toolkit", {})) == {
        "nvidia_container_toolkit",
        "apt_repository",
        "apt_packages",
        "docker",
    }
    assert content("base") != content("swap")


def test_the_probe_s_redaction_leaves_what_is_noted_alone():
    """What it took for a secret would never be as it was noted, and the role would run each time."""
    for role in filter(built, ORDER):
        names = [name for name, option in options(role).items() if not option.secret]
        things = [{"kind": "path", "name": f"/etc/{name}", "state": {"is": "file", "sha256": "ab" * 32}} for name in names]
        noted = json.dumps(
            {"stamp": {"content": "cd" * 32, "values": [[name, "0123456789abcdef"] for name in names]}, "things": things}
        )
        assert names
        assert redact(noted) == noted
