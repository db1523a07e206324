"""The plan speaks the roles' language: every variable it decides is one that the role's own spec knows, of the right type."""

import pytest

from rigprov.catalog import roles
from rigprov.catalog.typed import problem
from rigprov.plan.build import build_plan
from rigprov.tiers import BUILT_IN, STARTER
from tests.unit.plan.hosts import REACHABLE, mount, rig

HOSTS = {
    "root disk": rig(),
    "own disk, no hub": rig(mounts=(mount(), mount("/srv/models", "xfs")), reachable=REACHABLE | {"hub": False}),
}


@pytest.mark.parametrize("facts", HOSTS.values(), ids=HOSTS)
def test_every_value_fits_its_roles_spec(facts):
    wrong = [
        f"{step.role}: {name} {found}"
        for step in build_plan(facts, STARTER).steps
        if step.state == "run"
        for name, value in step.values.items()
        for found in [
            "is unknown to the role"
            if name not in roles.options(step.role)
            else problem(roles.options(step.role)[name], value.value)
        ]
        if found
    ]
    assert wrong == []


def test_every_role_of_a_tier_has_its_place_in_the_order():
    assert [role for tier in BUILT_IN for role in tier.roles if role not in roles.ORDER] == []


def test_the_starter_tier_can_be_applied():
    assert [role for role in STARTER.roles if not roles.built(role)] == []
