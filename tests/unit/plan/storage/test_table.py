"""What /etc/fstab says of the place for models: told with the plan."""

import pytest

from rigprov.tiers import INTERMEDIATE, STARTER
from tests.unit.plan.storage.test_machines import codes, plan, with_data, workstation

SAMSUNG = "/dev/disk/by-id/nvme-Samsung_SSD_990_PRO_2TB_S7DN"


@pytest.mark.parametrize(
    ("fstab", "flags", "named", "code"),
    [
        ("UUID=a /srv/models xfs nofail 0 2", {}, (), {"models-not-mounted"}),
        ("UUID=a /data/ xfs nofail 0 2", {"models_path": "/data/llm"}, (), {"models-not-mounted"}),
        ("UUID=a /data xfs nofail 0 2", {}, (), set()),
        ("UUID=a /srv/models xfs x-systemd.automount 0 2", {}, (), set()),
        ("UUID=a /srv/models xfs nofail 0 2", {}, (SAMSUNG,), {"disk-mount-taken"}),
        ("UUID=a / ext4 defaults 0 1\nUUID=b none swap sw 0 0", {}, (), set()),
    ],
)
def test_a_mount_that_fstab_has_and_the_host_not(fstab, flags, named, code):
    machine = workstation()
    machine.fstab = f"{fstab}\n"
    assert codes(plan(machine, *named, **flags)) == code


@pytest.mark.parametrize(("fstab", "said"), [("# none\n", True), ("UUID=a /data xfs defaults 0 2\n", False)])
def test_a_file_system_that_somebody_mounted_by_hand(fstab, said):
    machine = with_data()
    machine.fstab = fstab
    assert any("not there after the next boot" in text for text in plan(machine, tier=INTERMEDIATE).warnings) is said


def test_a_mount_point_that_the_role_would_refuse_is_not_chosen():
    assert plan(with_data(mounts=("/My Disk",)), tier=STARTER).storage.path == "/srv/models"
