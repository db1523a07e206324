"""Who says that a disk is theirs."""

import pytest

from rigprov.facts.parse import claims
from rigprov.facts.parse.fields import ParseError
from rigprov.model.host import FstabEntry, Missing, PhysicalVolume, PreparedDisk
from tests.unit.facts.rigs import facts

MDSTAT = """Personalities : [raid1] [raid0]
md127 : active (auto-read-only) raid1 nvme1n1p1[1] sda1[0](F)
      1047552 blocks super 1.2 [2/2] [UU]

md0 : inactive sdb[0](S)
      976631512 blocks super 1.2

unused devices: <none>
"""

NOTE = """state=formatting
disk=/dev/disk/by-id/nvme-A_1 1 1000
disk=/dev/disk/by-id/nvme-B_2 2 1000
filesystem=xfs
uuid=u-1
array_uuid=a-1
mount=/srv/models
"""


def test_members_of_arrays():
    assert claims.raid(MDSTAT) == ("nvme1n1p1", "sda1", "sdb")


def test_physical_volumes():
    text = '{"report": [{"pv": [{"pv_name": "/dev/sda3", "vg_name": "ubuntu-vg", "vg_free": "900"}, {"pv_name": "/dev/sdb"}]}]}'
    assert claims.lvm(text) == (PhysicalVolume("/dev/sda3", "ubuntu-vg", 900), PhysicalVolume("/dev/sdb", "", 0))
    with pytest.raises(ParseError):
        claims.lvm("{}")


def test_devices_in_pools():
    status = "  pool: tank\n state: ONLINE\nconfig:\n\n\tNAME\n\ttank ONLINE\n\t  mirror-0 ONLINE\n\t    /dev/sdb1 ONLINE 0 0 0\n"
    assert claims.zfs(status) == ("/dev/sdb1",)


def test_lines_of_fstab():
    text = "# comment\n\nUUID=1 / ext4 defaults,noatime 0 1\n/dev/sdb /with\\040blank xfs nofail\nbroken\n"
    assert claims.fstab(text) == (
        FstabEntry("UUID=1", "/", "ext4", ("defaults", "noatime")),
        FstabEntry("/dev/sdb", "/with blank", "xfs", ("nofail",)),
        FstabEntry("broken", "", "", ()),
    )


def test_sources_of_crypttab():
    assert claims.crypttab("# name source\nroot UUID=2 none luks\n\nhalf\n") == ("UUID=2",)


def test_the_role_s_note():
    disks = (("/dev/disk/by-id/nvme-A_1", "1", 1000), ("/dev/disk/by-id/nvme-B_2", "2", 1000))
    expected = PreparedDisk(done=False, disks=disks, filesystem="xfs", uuid="u-1", array_uuid="a-1", mount="/srv/models")
    assert claims.prepared(NOTE) == expected
    assert claims.prepared(NOTE.replace("formatting", "done")).done


def test_a_serial_number_may_hold_blanks():
    """The role writes such a note, and whatever is asked of the host afterwards reads it."""
    found = claims.prepared(NOTE.replace("A_1 1 1000", "A_1 S4 EV 9 1000"))
    assert found.disks[0] == ("/dev/disk/by-id/nvme-A_1", "S4 EV 9", 1000)


@pytest.mark.parametrize(
    "text", ["", "state=odd\n", NOTE.replace(" 1000", ""), "state=done\nuuid=1\n", NOTE.replace("uuid=u-1", "")]
)
def test_a_note_that_makes_no_sense(text):
    with pytest.raises(ParseError):
        claims.prepared(text)


def test_facts_tell_what_was_asked_and_what_was_not():
    found = facts("desktop-3090", lvm=None, mdstat=("", "Permission denied", 1)).claims
    assert (found.zfs, found.prepared, found.crypttab) == ((), None, ())
    assert found.lvm == Missing("`lvm` is not in the recording")
    assert isinstance(found.raid, Missing)
    assert "Permission denied" in found.raid.reason


def test_without_root_the_note_is_not_taken_for_absent():
    found = facts("desktop-3090", privilege=("user=me\nhow=none\n", "", 0)).claims
    assert isinstance(found.prepared, Missing)
    assert "needs root" in found.prepared.reason
