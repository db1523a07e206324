"""Programs of role base, as the compliance suite looks for them."""

import pytest

from rigprov.compliance.control import DeviationError
from tests.unit.compliance.fake import Answers, functions, machine

CONTROL = functions()["RIG-SYS-014"]
BARE: Answers = {r"^\[ -d /var/lib/rigprov \]": "", "command -v (curl|python3)": "there\n"}


@pytest.mark.parametrize(
    ("promised", "missing"),
    [(None, "gnupg, kmod, pciutils, python3-apt"), (("curl", "kmod", "ca-certificates"), "kmod"), (("curl",), "")],
)
def test_what_is_promised_is_looked_for(promised: tuple[str, ...] | None, missing: str) -> None:
    here = machine(BARE, roles=("base",), base_packages=promised)
    if not missing:
        CONTROL(here)
        return
    with pytest.raises(DeviationError, match=f"missing: {missing};"):
        CONTROL(here)


def test_nothing_is_asked_for_that_the_plan_leaves_out() -> None:
    with pytest.raises(pytest.skip.Exception, match="the plan installs none of them here"):
        CONTROL(machine(BARE, roles=("base",), base_packages=()))
