"""What holds of every swap decision, whatever the host."""

from hypothesis import given
from hypothesis import strategies as st

from rigprov.model.host import Missing
from rigprov.plan import benchmark, storage, swap
from tests.unit.plan.hosts import case
from tests.unit.plan.swap import rows

MIB = 2**20
AREAS = (
    "/dev/sda3:partition:975",
    "/dev/dm-1:partition:8191",
    "/swap.img:file:4095:100",
    "/swapfile:file:2047:300",
    "/dev/zram0:zram:4096:0:100",
    "/data/swap:file:1023",
)
FILES = (
    "/swapfile:2048",
    "/swapfile:2048:rigprov",
    "/swapfile:other",
    "/data/swap:1024:rigprov",
    "/swapfile.rigprov-new:4096",
    "/swap.img:4096:other",
)
DISKS = ("ext4", "xfs", "btrfs", "zfs", "overlay", "ext4 ro")

hosts = st.fixed_dictionaries(
    {
        "ram": st.floats(0.5, 500).map(lambda size: f"{size:.2f}") | st.sampled_from(("15.5/0.3", "3.8/0.1", "62.6/60")),
        "gpus": st.sampled_from(("", "24", "24 24", "80", "8")),
        "tier": st.sampled_from("SIA"),
        "place": st.sampled_from(sorted(rows.PLACES)),
        "swapon": st.sampled_from(("yes", "no", "")),
        "disk": st.builds(
            lambda kind, free: f"{kind.split()[0]} {free:.2f} {kind.partition(' ')[2]}".strip(),
            st.sampled_from(DISKS),
            st.floats(0, 900),
        ),
        "on": st.lists(st.sampled_from(AREAS), unique=True, max_size=3).map(" ".join) | st.just("?"),
        "fstab": st.sampled_from(("", "/swapfile", "UUID=1", "/swap.img", "/data/swap /swapfile")),
        "files": st.lists(st.sampled_from(FILES), unique_by=lambda word: word.split(":")[0], max_size=4).map(" ".join)
        | st.just("?"),
        "by": st.sampled_from(("", "", "rpi-swap", "zram-tools zswap", "cloud-init")),
        "resume": st.sampled_from(("", "", "UUID=1", "UUID=1+offset")),
        "sysctl": st.sampled_from(("", "/etc/sysctl.d/10-me.conf=1", "/usr/lib/sysctl.d/99-x.conf=5")),
        "set": st.just(""),
    }
)
asked = st.sampled_from(
    ("swap_size_mib=512", "swap_size_mib=40000", "swap_size_mib=6144 swap_file=/swapfile", "swap_file=/data/swap")
)


def decided(row):
    made = case(rows.facts(row), tier=rows.TIERS[row["tier"]], flags=rows.flags(row))
    place = storage.choose(made)
    return swap.decide(made, place, benchmark.choose(made, place))


def labelled(row):
    return (
        {}
        if row["files"] == "?"
        else {word.split(":")[0]: int(word.split(":")[1]) for word in row["files"].split() if "rigprov" in word.split(":")[-1:]}
    )


def size_and_file(decision):
    size = decision.values.get("swap_size_mib")
    file = decision.values.get("swap_file")
    return (0 if size is None else size.value), (None if file is None else file.value)


@given(hosts)
def test_never_more_than_a_quarter_of_the_free_disk(row):
    decision, facts = decided(row), rows.facts(row)
    size, _ = size_and_file(decision)
    kept = labelled(row) or row["files"] == "?"
    if size and not kept and not isinstance(facts.mounts, Missing):
        unfinished = 4096 * MIB if ".rigprov-new" in row["files"] else 0
        assert size * MIB * 4 <= facts.mounts[0].free_bytes + unfinished


@given(hosts)
def test_growing_keeps_to_the_quarter_too(row):
    decision, facts, ours = decided(row), rows.facts(row), labelled(row)
    size, file = size_and_file(decision)
    if file in ours and size != ours[file] and not isinstance(facts.mounts, Missing):
        assert size > ours[file]
        assert size * MIB * 4 <= facts.mounts[0].free_bytes + (ours[file] + 4096) * MIB


@given(hosts, st.just("") | asked)
def test_what_is_somebody_elses_is_never_named(row, wish):
    """No file that is on or there without our label is one that the role would make, unless a blocker stops it first."""
    row = {**row, "set": wish}
    decision, facts, ours = decided(row), rows.facts(row), labelled(row)
    size, file = size_and_file(decision)
    if not size or decision.blockers or isinstance(facts.swapping.files, Missing) or isinstance(facts.swaps, Missing):
        return
    taken = {area.path for area in facts.swaps} | {found.path for found in facts.swapping.files}
    assert file in ours or file not in taken


@given(hosts, st.just("") | asked)
def test_hibernation_keeps_its_file(row, wish):
    row = {**row, "set": wish, "resume": "UUID=1+offset"}
    decision, ours = decided(row), labelled(row)
    size, file = size_and_file(decision)
    if ours and size and not decision.blockers and row["on"] != "?":
        assert ours.get(file) == size


@given(hosts, st.just("") | asked)
def test_same_host_same_decision_and_every_value_has_a_reason(row, wish):
    row = {**row, "set": wish}
    decision = decided(row)
    assert decision == decided(row)
    assert all(len(chosen.reason.split()) > 1 for chosen in decision.values.values())
    assert decision.skip or decision.reason


@given(hosts)
def test_what_was_carried_out_is_not_changed_again(row):
    """A host that has just what the plan made is left as it is by the next plan, also where the disk is a little fuller."""
    row = {**row, "swapon": "yes", "place": "metal", "fstab": "", "by": "", "on": "", "files": "", "resume": ""}
    size, file = size_and_file(decided(row))
    if not size:
        return
    kind, free, *more = row["disk"].split()
    after = {
        **row,
        "disk": " ".join([kind, f"{max(float(free) - size / 1024 - 1.5, 0):.2f}", *more]),
        "on": f"{file}:file:{size - 1}",
        "fstab": file,
        "files": f"{file}:{size}:rigprov",
    }
    assert size_and_file(decided(after)) == (size, file)
