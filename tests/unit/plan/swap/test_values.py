"""Values that the role would refuse: told with the plan, and no more than that."""

import pytest

from tests.unit.plan.storage.test_machines import codes, laptop, plan


@pytest.mark.parametrize(
    ("flags", "code"),
    [
        ({"swap_file": "swapfile"}, "swap-value"),
        ({"swap_file": ""}, "swap-value"),
        ({"swap_file": "/a b"}, "swap-value"),
        ({"swap_file": "/srv/../swapfile"}, "swap-value"),
        ({"swap_file": "/swap/"}, "swap-value"),
        ({"swap_file": "/dev/nvme0n1"}, "swap-value"),
        ({"swap_size_mib": -5}, "swap-value"),
        ({"swap_size_mib": 8}, "swap-value"),
        ({"swap_swappiness": 201}, "swap-value"),
        ({"swap_swappiness": -1}, "swap-value"),
        ({"swap_file": "/data/swap", "swap_size_mib": 16, "swap_swappiness": 200}, None),
        ({"swap_size_mib": 0}, None),
    ],
)
def test_values(flags, code):
    machine = laptop()
    machine.fstab, machine.sections = "# no swap\n", {"swap-files": ("", "", 0)}
    assert codes(plan(machine, **flags)) == ({code} if code else set())


def test_what_lies_at_the_path_that_was_named_is_not_taken_for_room():
    machine = laptop()
    machine.fstab, machine.sections = "# no swap\n", {"swap-files": ("==> /swapfile\nkind=other\n", "", 0)}
    assert codes(plan(machine, swap_file="/swapfile")) == {"swap-foreign"}
    assert codes(plan(machine)) == set()
