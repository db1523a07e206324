"""Machines that people have: where models go on each, and what is said of every disk."""

from dataclasses import replace

import pytest

from rigprov.plan.build import build_plan
from rigprov.plan.consent import Consent
from rigprov.plan.wishes import Wishes
from rigprov.tiers import INTERMEDIATE, STARTER
from tests.unit.plan.storage.topology import GB, Machine, Node, by_id, system

EBS = "Amazon Elastic Block Store"
INSTANCE_STORE = "Amazon EC2 NVMe Instance Storage"


def laptop():
    return Machine([system("nvme0n1", 1000 * GB, model="Laptop SSD")])


def workstation(**spare):
    return Machine([system(), Node("nvme1n1", size=2000 * GB, model="Samsung SSD 990 PRO 2TB", serial="S7DN", **spare)])


def aws(**store):
    root = Node("nvme0n1", size=100 * GB, model=EBS, serial="vol0a", children=[
        Node("nvme0n1p1", "part", 99 * GB, "ext4", mounts=("/",), model=None)])  # fmt: skip
    return Machine([root, Node("nvme1n1", size=600 * GB, model=INSTANCE_STORE, serial="AWS1", **store)], base="aws-g5")


def gcp():
    root = Node("nvme0n1", size=100 * GB, model="nvme_card-pd", serial="nvme_card-pd", by_id=("google-persistent-disk-0",),
                wwn="eui.1", children=[Node("nvme0n1p1", "part", 99 * GB, "ext4", mounts=("/",), model=None)])  # fmt: skip
    data = Node("nvme0n2", size=800 * GB, model="nvme_card-pd", serial="nvme_card-pd", by_id=("google-data",), wwn="eui.2")
    local = Node("nvme1n1", size=375 * GB, model="nvme_card0", serial="nvme_card0", by_id=("google-local-nvme-ssd-0",))
    return Machine([root, data, local], base="aws-g5")


def azure():
    accelerator = "MSFT NVMe Accelerator v1.0"
    root = Node("nvme0n1", size=64 * GB, model=accelerator, serial="SN1", wwn="eui.os", children=[
        Node("nvme0n1p1", "part", 63 * GB, "ext4", mounts=("/",), model=None)])  # fmt: skip
    scratch = Node("sda", size=352 * GB, model="Virtual_Disk", serial="6002", tran="scsi", children=[
        Node("sda1", "part", 352 * GB, "ntfs", mounts=("/mnt",), model=None)])  # fmt: skip
    local = Node("nvme1n1", size=960 * GB, model="Microsoft NVMe Direct Disk v2", serial="SN2")
    return Machine([root, scratch, local], base="aws-g5")


def lvm_server():
    volume = Node("dm-0", "lvm", 100 * GB, "ext4", mounts=("/",), path="/dev/mapper/ubuntu--vg-ubuntu--lv", model=None)
    disk = Node("sda", size=1000 * GB, tran="sata", children=[
        Node("sda1", "part", GB, "vfat", mounts=("/boot/efi",), model=None),
        Node("sda2", "part", 2 * GB, "ext4", mounts=("/boot",), model=None),
        Node("sda3", "part", 997 * GB, "LVM2_member", children=[volume], model=None)])  # fmt: skip
    return Machine([disk], pvs=(("/dev/sda3", "ubuntu-vg", 897 * GB),))


def btrfs():
    disk = system()
    disk.children[1].fstype, disk.children[1].mounts = "btrfs", ()
    return Machine([disk, Node("nvme1n1", fstype="btrfs")], root=("/dev/nvme0n1p2[/@]", "btrfs"))


def zfs_root():
    disk = system()
    disk.children[1].fstype, disk.children[1].mounts = "zfs_member", ()
    return Machine([disk, Node("nvme1n1")], root=("rpool/ROOT/ubuntu", "zfs"), zpool=("/dev/nvme0n1p2",))


def overlay():
    return Machine([Node("nvme0n1")], root=("overlay", "overlay"), base="container-no-systemd")


def with_data(**changes):
    data = Node("nvme1n1", size=2000 * GB, fstype="xfs", mounts=("/data",))
    return Machine([system("nvme0n1", 256 * GB), replace(data, **changes)])


def plan(machine, *named, tier=STARTER, **flags):
    return build_plan(machine.facts(), tier, Wishes(flags=flags), Consent(format=named))


def codes(made):
    return {blocker.code for blocker in made.blockers} - {"gpu-short", "ram-short", "no-benchmark"}


SYSTEM = {"nvme0n1": "not_taken"}


@pytest.mark.parametrize(
    ("machine", "tier", "place", "verdicts", "words"),
    [
        (laptop(), INTERMEDIATE, ("directory", "/srv/models"), SYSTEM, "the system runs from it"),
        (workstation(), INTERMEDIATE, ("directory", "/srv/models"), SYSTEM | {"nvme1n1": "blank"}, "--format /dev/disk"),
        (aws(), STARTER, ("directory", "/srv/models"), SYSTEM | {"nvme1n1": "blank"}, "instance store back blank"),
        (gcp(), STARTER, ("directory", "/srv/models"), SYSTEM | {"nvme0n2": "blank", "nvme1n1": "blank"}, "local SSD back"),
        (azure(), STARTER, ("directory", "/srv/models"), SYSTEM | {"sda": "not_taken", "nvme1n1": "blank"}, "/mnt"),
        (lvm_server(), STARTER, ("directory", "/srv/models"), {"sda": "not_taken"}, "the system runs from it"),
        (btrfs(), STARTER, ("directory", "/srv/models"), SYSTEM | {"nvme1n1": "not_taken"}, "signatures: btrfs"),
        (zfs_root(), STARTER, ("directory", "/srv/models"), SYSTEM | {"nvme1n1": "blank"}, "the system runs from it"),
        (overlay(), STARTER, ("directory", "/srv/models"), SYSTEM, "could not be told"),
        (with_data(), INTERMEDIATE, ("mounted", "/data/models"), SYSTEM | {"nvme1n1": "not_taken"}, "mounted on /data"),
        (with_data(mounts=("/srv/models",)), STARTER, ("mounted", "/srv/models"), {"nvme1n1": "not_taken"}, "on /srv/models"),
        # Not by itself: slow, removable, read-only, somebody's home, or lost at the next stop
        (with_data(rota=True), STARTER, ("directory", "/srv/models"), {}, ""),
        (with_data(tran="usb"), STARTER, ("directory", "/srv/models"), {}, ""),
        (with_data(mount_options="ro"), STARTER, ("directory", "/srv/models"), {}, ""),
        (with_data(mounts=("/home",)), STARTER, ("directory", "/srv/models"), {}, ""),
        (with_data(mounts=("/mnt/resource",), model="Virtual Disk"), STARTER, ("directory", "/srv/models"), {}, ""),
        (with_data(model="EphemeralDisk"), STARTER, ("directory", "/srv/models"), {}, ""),
        (with_data(mounts=("/optane",)), STARTER, ("mounted", "/optane/models"), {}, ""),
        (with_data(mounts=("/mnt/data",)), STARTER, ("mounted", "/mnt/data/models"), {}, ""),
        (with_data(model=INSTANCE_STORE), STARTER, ("directory", "/srv/models"), {}, ""),
        (with_data(free=10 * GB), STARTER, ("directory", "/srv/models"), {}, ""),
    ],
)  # fmt: skip
def test_where_models_go(machine, tier, place, verdicts, words):
    found = plan(machine, tier=tier).storage
    assert (found.kind, found.path, found.format, found.devices) == (*place, False, ())
    assert {disk.name: disk.verdict for disk in found.disks if disk.name in verdicts} == verdicts
    assert all(disk.reasons for disk in found.disks)
    assert words in " ".join(reason for disk in found.disks for reason in disk.reasons)


@pytest.mark.parametrize(
    ("machine", "name", "ephemeral", "docker"),
    [
        (workstation(), "nvme1n1", "", "/srv/models/docker"),
        (aws(), "nvme1n1", "AWS gives an instance store back blank after a stop", "/var/lib/docker"),
        (gcp(), "nvme0n2", "", "/srv/models/docker"),
        (gcp(), "nvme1n1", "Google gives a local SSD back blank after a stop", "/var/lib/docker"),
        (azure(), "nvme1n1", "Azure gives a local NVMe disk back blank after a deallocation", "/var/lib/docker"),
        (zfs_root(), "nvme1n1", "", "/srv/models/docker"),
    ],
)
def test_a_blank_disk_that_was_named_is_set_up(machine, name, ephemeral, docker):
    disk = next(node for node in machine.disks if node.name == name)
    made = plan(machine, by_id(disk))
    values = made.variables()
    assert codes(made) == set()
    assert values["model_storage_devices"] == [{"device": by_id(disk), "serial": disk.number, "size_bytes": disk.size}]
    assert (values["model_storage_format"], values["model_storage_filesystem"]) == (True, "xfs")
    assert (values["model_storage_mount"], values["llm_runtime_required_mount"]) == ("/srv/models", "/srv/models")
    assert values["model_storage_mount_options"] == "noatime,nofail,x-systemd.device-timeout=60s"
    assert (made.storage.ephemeral, values["model_storage_ephemeral"]) == (ephemeral, bool(ephemeral))
    assert values["docker_data_root"] == docker
    assert [(item.consent, item.given) for item in made.destructive] == [(f"--format {by_id(disk)}", True)]


@pytest.mark.parametrize(
    ("spare", "words"),
    [
        ({"fstype": "ext4"}, "it carries signatures: ext4"),
        ({"data": True}, "no signature, but data"),
        ({"unread": "Operation not permitted"}, "could not be read"),
        ({"signatures": ("gpt",)}, "it carries signatures: gpt"),
        ({"fstype": "LVM2_member"}, "LVM2_member"),
        ({"fstype": "zfs_member"}, "zfs_member"),
        ({"mounts": ("/data",), "fstype": "ext4"}, "nvme1n1 is mounted on /data"),
        ({"swap": True, "fstype": "swap"}, "in use as swap"),
    ],
)
def test_a_disk_with_anything_on_it_is_refused_with_the_evidence_and_the_way_out(spare, words):
    machine = workstation(**spare)
    made = plan(machine, by_id(machine.disks[1]))
    found = next(blocker for blocker in made.blockers if blocker.code == "disk-not-blank")
    assert words in found.message
    assert "wipe it yourself" in found.fix
    assert not made.variables().get("model_storage_format")


@pytest.mark.parametrize(
    ("machine", "name", "words"),
    [
        (workstation(), "nvme0n1", "name another disk"),
        (lvm_server(), "sda", "name another disk"),
        (workstation(ro=True), "nvme1n1", "name another disk"),
        (workstation(tran="usb"), "nvme1n1", "name another disk"),
        (Machine([system(), Node("nvme1n1", by_id=("nvme-One",), serial=None)]), "nvme1n1", "name another disk"),
        (Machine([Node("nvme1n1")], root=("overlay", "overlay")), "nvme1n1", "set one up by hand"),
        (workstation(fstype="ext4", mounts=("/data",)), "nvme1n1", "take it out of use first"),
    ],
)
def test_nobody_is_told_to_wipe_a_disk_that_would_be_refused_all_the_same(machine, name, words):
    named = by_id(next(disk for disk in machine.disks if disk.name == name))
    found = next(blocker for blocker in plan(machine, named).blockers if blocker.code == "disk-not-blank")
    assert words in found.fix
    assert ("wipe" in found.fix.split(",")[0]) is False
    assert ("wipe it yourself" in found.fix) is ("out of use" in words)


@pytest.mark.parametrize("line", [
    "/dev/{name}{p}1 /data ext4 defaults 0 2",
    "{link}-part2 /data ext4 noauto 0 0",
])  # fmt: skip
@pytest.mark.parametrize(("tran", "name", "p"), [("nvme", "nvme1n1", "p"), ("sata", "sdb", "")])
def test_a_line_for_a_partition_that_is_gone_claims_its_disk(line, tran, name, p):
    """The role refuses such a disk, so the plan does."""
    disk = Node(name, tran=tran)
    text = line.format(name=name, p=p, link=by_id(disk))
    assert codes(plan(Machine([system(), disk], fstab=f"{text}\n"), by_id(disk))) == {"disk-not-blank"}
    table = f"data {text.split()[0]} none\n"
    assert codes(plan(Machine([system(), disk], crypttab=table), by_id(disk))) == {"disk-not-blank"}
    other = "/dev/sdba1" if name == "sdb" else "/dev/nvme1n10p1"
    assert codes(plan(Machine([system(), disk], fstab=f"{other} /data ext4 noauto 0 0\n"), by_id(disk))) == set()


def test_google_s_disks_are_called_by_their_own_names():
    """They have one serial number, and the link made of it leads to one of them, today this one."""
    machine = gcp()
    machine.disks[1].by_id = ("google-models-of-the-team-in-europe-west4", "nvme-nvme_card-pd_nvme_card-pd")
    found = next(disk for disk in plan(machine).storage.disks if disk.name == "nvme0n2")
    assert found.device == "/dev/disk/by-id/google-models-of-the-team-in-europe-west4"


def test_a_tier_that_needs_the_disk_says_how_to_name_it():
    machine = Machine([system("nvme0n1", 100 * GB), Node("nvme1n1", size=2000 * GB)])
    found = next(blocker for blocker in plan(machine, tier=INTERMEDIATE).blockers if blocker.code == "disk-short")
    assert f"--format {by_id(machine.disks[1])}" in found.fix
    assert "disk-short" not in {blocker.code for blocker in plan(machine, by_id(machine.disks[1]), tier=INTERMEDIATE).blockers}


def test_room_in_the_root_s_volume_group_is_pointed_out():
    made = plan(lvm_server())
    assert made.storage.advice == (
        "835.4 GiB lie unused in volume group ubuntu-vg: `lvextend --resizefs --extents +100%FREE "
        "/dev/mapper/ubuntu--vg-ubuntu--lv` gives it to the root file system",
    )
    assert made.storage.advice[0] in made.warnings


def test_a_thin_volume_is_not_enlarged_beyond_its_pool():
    root = Node("dm-2", "lvm", 100 * GB, "ext4", mounts=("/",), path="/dev/mapper/pve-root", model=None)
    pool = Node("dm-1", "lvm", 400 * GB, path="/dev/mapper/pve-data-tpool", children=[root], model=None)
    data = Node("dm-0", "lvm", 400 * GB, path="/dev/mapper/pve-data_tdata", children=[pool], model=None)
    part = Node("sda3", "part", 900 * GB, "LVM2_member", children=[data], model=None)
    (said,) = plan(Machine([Node("sda", tran="sata", children=[part])], pvs=(("/dev/sda3", "pve", 500 * GB),))).storage.advice
    assert ("465.7 GiB lie unused" in said, "thin pool" in said, "lvextend" in said) == (True, True, False)


@pytest.mark.parametrize(
    ("machine", "words"),
    [
        (lvm_server(), "835.4 GiB lie unused in volume group ubuntu-vg"),
        (with_data(rota=True), "spinning one, from which models load slowly: --set models.path=/data/models"),
        (with_data(mounts=("/home",)), "--set models.path=/home/models"),
        (with_data(mount_options="ro"), "mount a larger file system"),
    ],
)
def test_a_root_disk_that_is_too_small_has_the_way_out_of_this_host(machine, words):
    found = next(blocker for blocker in plan(machine, tier=INTERMEDIATE).blockers if blocker.code == "disk-short")
    assert words in found.fix


def test_several_disks_are_joined_only_when_asked():
    machine = Machine([system(), Node("nvme1n1"), Node("nvme2n1"), Node("nvme3n1", size=500 * GB)])
    one, two, small = (by_id(disk) for disk in machine.disks[1:])
    assert codes(plan(machine, one, two)) == {"disk-several"}
    joined = plan(machine, one, two, model_storage_raid0=True)
    assert codes(joined) == set()
    assert joined.variables()["model_storage_raid0"] is True
    assert [disk["device"] for disk in joined.variables()["model_storage_devices"]] == [one, two]
    assert codes(plan(machine, one, small, model_storage_raid0=True)) == {"disk-sizes"}
    assert codes(plan(machine, one, model_storage_raid0=True)) == {"disk-single"}


@pytest.mark.parametrize(
    ("named", "flags", "code"),
    [
        (("/dev/disk/by-id/nvme-other",), {}, "disk-unknown"),
        ((), {"model_storage_format": True}, "disk-by-value"),
        ((), {"model_storage_devices": [{"device": "/dev/sda", "serial": "1", "size_bytes": 1}]}, "disk-by-value"),
        (
            ("/dev/disk/by-id/nvme-Samsung_SSD_990_PRO_2TB_S7DN",),
            {"model_storage_mount": "/a", "models_path": "/b"},
            "disk-elsewhere",
        ),
    ],
)
def test_what_was_written_wrongly_is_one_blocker(named, flags, code):
    assert codes(plan(workstation(), *named, **flags)) == {code}


def test_containers_have_no_disks():
    assert codes(plan(overlay(), "/dev/disk/by-id/nvme-Example_NVMe_SNNVME0N1")) == {"disk-not-here"}
