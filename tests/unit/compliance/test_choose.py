"""Which controls are asked."""

import pytest

from rigprov.compliance.choose import choose
from rigprov.compliance.registry import controls
from rigprov.errors import UsageError

ALL = controls()


def test_all_by_default() -> None:
    assert choose(ALL) == ALL


def test_by_id_in_either_case() -> None:
    assert [one.id for one in choose(ALL, ids=["rig-sys-001", "RIG-DKR-002"])] == ["RIG-DKR-002", "RIG-SYS-001"]


def test_by_role_and_severity_together() -> None:
    chosen = choose(ALL, roles=["docker", "swap"], severity="high")
    assert {one.role for one in chosen} == {"docker", "swap"}
    assert {one.severity for one in chosen} == {"high", "critical"}
    assert len(choose(ALL, severity="low")) == len(ALL)


@pytest.mark.parametrize(
    ("wish", "says"),
    [
        ({"ids": ["RIG-SYS-01"]}, "there is no control `RIG-SYS-01`"),
        ({"roles": ["dokcer"]}, "there is no role with controls: `dokcer`"),
        ({"severity": "hihg"}, "there is no severity `hihg`"),
        ({"ids": ["RIG-SYS-001"], "roles": ["docker"]}, "no control fits all"),
    ],
)
def test_what_there_is_not_is_refused(wish, says) -> None:
    with pytest.raises(UsageError, match=says) as caught:
        choose(ALL, **wish)
    assert caught.value.hint
