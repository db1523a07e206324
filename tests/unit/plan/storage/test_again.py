"""A disk that was set up before: adopted, finished, missed, or back blank."""

from dataclasses import replace

from rigprov.ledger.stamp import _stamp, stamps
from tests.unit.plan.storage.test_machines import INSTANCE_STORE, codes, plan
from tests.unit.plan.storage.topology import GB, Machine, Node, by_id, system

UUID = "11111111-2222-3333-4444-555555555555"


def note(*disks, state="done", filesystem="xfs", array=""):
    lines = "".join(f"disk={by_id(disk)} {disk.number} {disk.size}\n" for disk in disks)
    array = f"array_uuid={array}\n" if array else ""
    return f"state={state}\n{lines}filesystem={filesystem}\nuuid={UUID}\n{array}mount=/srv/models\n"


def ours(**changes):
    full = {"fstype": "xfs", "uuid": UUID, "label": "rp-models", "mounts": ("/srv/models",)}
    return Node("nvme1n1", **(full | changes))


def values(made):
    found = {name.removeprefix("model_storage_"): value for name, value in made.variables().items() if "model_storage" in name}
    return {"mount": "", "move_from": "", "format": False, "devices": []} | found


def test_the_second_plan_is_the_same_with_and_without_the_flag():
    disk = ours()
    machine = Machine([system(), disk], note=note(disk))
    made, again = plan(machine), plan(machine, by_id(disk))
    assert codes(made) == set()
    assert values(made) == values(again)
    assert (values(made)["format"], values(made)["mount"], values(made)["move_from"]) == (False, "/srv/models", "")
    assert [item["device"] for item in values(made)["devices"]] == [by_id(disk)]
    assert (made.storage.kind, made.destructive) == ("disk", ())
    assert [one.verdict for one in made.storage.disks if one.name == "nvme1n1"] == ["taken"]


def test_the_run_after_the_one_that_formatted_leaves_the_role_out():
    """Whatever was only needed on the way there is no other wish: the same stamp, with the flag and without."""
    disk, blank = ours(), Node("nvme1n1")
    first = plan(Machine([system(), blank]), by_id(blank))
    assert (values(first)["format"], values(first)["move_from"]) == (True, "/srv/models")
    later = Machine([system(), disk], note=note(disk))
    for made in (plan(later), plan(later, by_id(disk))):
        assert stamps(made)["model_storage"] == stamps(first)["model_storage"]


def test_a_move_that_was_asked_for_runs_the_role():
    disk = ours()
    step = next(one for one in plan(Machine([system(), disk], note=note(disk))).steps if one.role == "model_storage")
    asked = replace(
        step, values={**step.values, "model_storage_move_from": replace(step.values["model_storage_path"], value="/old")}
    )
    assert _stamp(asked) != _stamp(step)


def test_a_second_mount_elsewhere_does_not_confuse():
    disk = ours(mounts=("/mnt/look", "/srv/models"))
    assert values(plan(Machine([system(), disk], note=note(disk))))["mount"] == "/srv/models"


def test_it_is_mounted_again_where_its_mount_was_lost():
    disk = ours(mounts=())
    found = values(plan(Machine([system(), disk], note=note(disk))))
    assert (found["format"], found["mount"], found["move_from"]) == (False, "/srv/models", "/srv/models")


def test_a_disk_from_an_earlier_system_is_known_by_its_label():
    disk = ours(mounts=())
    found = values(plan(Machine([system(), disk])))
    assert ([item["device"] for item in found["devices"]], found["format"]) == ([by_id(disk)], False)


def test_two_with_the_label_are_not_guessed_between():
    other = replace(ours(mounts=()), name="nvme2n1", uuid="2")
    assert values(plan(Machine([system(), ours(mounts=()), other])))["mount"] == ""


def test_formatting_that_was_cut_off_needs_the_user_s_word_again():
    disk = Node("nvme1n1", data=True)
    machine = Machine([system(), disk], note=note(disk, state="formatting"))
    made = plan(machine)
    assert codes(made) == {"disk-unfinished"}
    assert f"--format {by_id(disk)}" in made.blockers[0].fix
    found = plan(machine, by_id(disk))
    assert (codes(found), values(found)["format"]) == (set(), True)


def test_a_raid_that_was_cut_off_is_finished_as_well():
    array = Node("md127", "raid0", 2000 * GB)
    disks = [Node(f"nvme{one}n1", fstype="linux_raid_member", children=[array]) for one in (1, 2)]
    machine = Machine([system(), *disks], note=note(*disks, state="formatting", array="a-b"))
    machine.mdstat = "md127 : active raid0 nvme1n1[0] nvme2n1[1]\n"
    made = plan(machine, *(by_id(disk) for disk in disks), model_storage_raid0=True)
    assert (codes(made), values(made)["format"]) == (set(), True)


def test_a_disk_that_is_not_there_stops_the_plan():
    disk = ours()
    machine = Machine([system()], note=note(disk))
    made = plan(machine)
    assert codes(made) == {"disk-missing"}
    assert by_id(disk) in made.blockers[0].message


def test_an_ephemeral_disk_that_came_back_blank_is_named_anew():
    old = ours(model=INSTANCE_STORE, serial="AWS1", mounts=())
    new = Node("nvme1n1", model=INSTANCE_STORE, serial="AWS2")
    machine = Machine([system(), new], note=note(old), base="aws-g5")
    made = plan(machine)
    assert codes(made) == {"disk-blank-again"}
    assert f"--format {by_id(new)}" in made.blockers[0].fix


def test_the_way_out_names_as_many_blank_disks_as_there_were_and_can_be_gone():
    """The role refuses another disk than the noted one until that is rolled back, and one file system lies on one disk."""
    old = ours(model=INSTANCE_STORE, serial="AWS1", mounts=())
    stores = [Node(f"nvme{one}n1", model=INSTANCE_STORE, serial=f"AWS{one}") for one in (2, 3)]
    machine = Machine([system(), *stores], note=note(old), base="aws-g5")
    made = plan(machine)
    assert codes(made) == {"disk-blank-again"}
    assert (made.blockers[0].fix.count("--format"), "rollback HOST model_storage` first" in made.blockers[0].fix) == (1, True)
    assert codes(plan(machine, by_id(stores[0]))) == {"disk-other"}
    machine.note = None
    assert codes(plan(machine, by_id(stores[0]))) == set()


def test_a_disk_that_stays_is_missed_beside_a_cloud_s_blank_ones():
    gone = ours(model="Amazon Elastic Block Store", size=300 * GB)
    store = Node("nvme2n1", model=INSTANCE_STORE, serial="AWS2")
    machine = Machine([system(), store], note=note(gone), base="aws-g5")
    made = plan(machine)
    assert codes(made) == {"disk-missing"}
    assert by_id(store) not in made.blockers[0].fix


def test_another_disk_beside_the_one_in_use_is_refused_before_anything_runs():
    disk, spare = ours(), Node("nvme2n1")
    made = plan(Machine([system(), disk, spare], note=note(disk)), by_id(spare))
    assert codes(made) == {"disk-other"}
    assert by_id(disk) in made.blockers[0].message


def test_the_same_disk_by_another_link_is_the_same_disk():
    disk = Node("nvme1n1", data=True, by_id=("nvme-Example_NVMe_SNNVME1N1", "nvme-eui.1"))
    machine = Machine([system(), disk], note=note(disk, state="formatting"))
    found = plan(machine, "/dev/disk/by-id/nvme-eui.1")
    assert (codes(found), [item["device"] for item in values(found)["devices"]]) == (set(), [by_id(disk)])


def test_another_file_system_on_the_mount_point_is_not_covered():
    taken = Node("nvme2n1", fstype="ext4", mounts=("/srv/models",))
    made = plan(Machine([system(), Node("nvme1n1"), taken]), by_id(Node("nvme1n1")))
    assert codes(made) == {"disk-mount-taken"}


def test_models_that_lie_elsewhere_are_pointed_out():
    machine = Machine([system()], models="5 /old/a.gguf\n")
    said = [text for text in plan(machine).warnings if "move_from=/old" in text]
    assert len(said) == 1
    assert not [text for text in plan(Machine([system()], models="5 /srv/models/a.gguf\n")).warnings if "move_from" in text]


def test_models_that_are_there_keep_their_place_when_a_larger_file_system_appears():
    data = Node("nvme1n1", size=2000 * GB, fstype="xfs", mounts=("/data",))
    assert plan(Machine([system("nvme0n1", 256 * GB), data])).storage.path == "/data/models"
    machine = Machine([system("nvme0n1", 256 * GB), data], models="5 /srv/models/a.gguf\n")
    assert plan(machine).storage.path == "/srv/models"
