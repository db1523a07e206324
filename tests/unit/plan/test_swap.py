"""What the table of hosts (tests/tables/swap.csv) cannot say: models, other disks, agreement with the role."""

import re
from pathlib import Path

import pytest
import yaml

from rigprov.model.host import Memory, SwapArea
from rigprov.model.swap import LABEL, SwapFile, Swapping
from rigprov.plan import benchmark, storage, swap
from rigprov.plan.swap import present, swappiness
from rigprov.tiers import STARTER
from tests.unit.facts.rigs import RIGS, facts
from tests.unit.plan.hosts import REACHABLE, case, mount, rig, unread

ROLE = Path(__file__).parents[3] / "roles" / "swap"
SMALL_MODEL = REACHABLE | {"hub": False}  # so that the model takes no room worth mentioning


def decide(facts, flags=None, tier=STARTER):
    made = case(facts, tier=tier, flags=flags)
    place = storage.choose(made)
    return swap.decide(made, place, benchmark.choose(made, place))


def of(ram_mib=15900, **changes):
    return rig(memory=Memory(ram_mib, ram_mib), reachable=SMALL_MODEL, **changes)


def test_the_model_still_to_come_is_not_given_away():
    here = rig(mounts=(mount(size=100, free=22),))
    assert decide(here).values["swap_size_mib"].value == 4096  # a quarter of 22 - 4.7 GiB, down to whole GiB
    there = rig(mounts=(mount(size=100, free=17.4),), extra={"models": "5027783488 /srv/models/Qwen3-8B-Q4_K_M.gguf\n"})
    assert decide(there).values["swap_size_mib"].value == 4096


def test_a_model_that_goes_to_another_disk_takes_no_room_here():
    apart = rig(mounts=(mount(size=100, free=17), mount("/srv/models", "xfs")))
    assert decide(apart).values["swap_size_mib"].value == 4096


def test_a_model_that_the_user_adds_counts_for_the_size_and_for_the_room():
    wanted = {"models_wanted": [{"name": "large", "file": "large.gguf", "size_bytes": 30 * 2**30}]}
    size = decide(of(mounts=(mount(free=150),)), wanted).values["swap_size_mib"]
    assert (size.value, "1.2 times large.gguf (30.0 GiB)" in size.reason) == (21504, True)  # 36 GiB - 15.5, up to whole GiB
    short = decide(of(mounts=(mount(free=80),)), wanted)
    assert short.values["swap_size_mib"].value == 12288  # a quarter of 80 - 30 GiB
    assert short.warnings[0].startswith("swap of 12.0 GiB is less than the rule wants for large.gguf (30.0 GiB)")


@pytest.mark.parametrize(
    ("changes", "reason"),
    [
        ({"swaps": unread("no /proc")}, "whether there is swap could not be read: no /proc"),
        ({"fstab_swaps": ("UUID=1234",)}, "/etc/fstab names swap that is not on: UUID=1234"),
    ],
)
def test_what_is_not_known_changes_nothing(changes, reason):
    decision = decide(of(**changes))
    assert (decision.values["swap_size_mib"].value, decision.values["swap_size_mib"].reason) == (0, reason)
    assert decision.reason == "swap stays as it is; only how readily the kernel uses it is set"


def test_a_size_that_the_user_sets_goes_to_the_role_though_swap_could_not_be_read():
    decision = decide(of(swaps=unread("no /proc")), flags={"swap_size_mib": 512})
    assert decision.values["swap_size_mib"].value == 512


def test_the_line_in_fstab_of_a_file_that_is_gone_does_not_stop_a_new_one():
    assert decide(of(fstab_swaps=("/swapfile",), swapping=Swapping(files=()))).values["swap_size_mib"].value == 8192


@pytest.mark.parametrize("bytes_off", [-65536, -4096, 0, 4096])
def test_f46_a_page_more_or_less_in_the_file_plans_no_other_size(bytes_off):
    files = (SwapFile("/swapfile", "file", 8192 * 2**20 + bytes_off, "swap", LABEL),)
    area = SwapArea("/swapfile", "file", 8191, 0, -2)
    host = of(swaps=(area,), fstab_swaps=("/swapfile",), swapping=Swapping(files=files))
    assert decide(host).values["swap_size_mib"].value == 8192


def test_f47_sold_and_reported_sizes_of_ram_differ():
    """64 GB that reads 62.6 GiB is no reason for more swap than 64 GiB."""
    assert decide(of(64100)).values["swap_size_mib"].value == decide(of(65536)).values["swap_size_mib"].value


def test_both_of_ours_at_once_a_move_was_cut_off_and_the_active_one_counts():
    files = tuple(SwapFile(path, "file", 2**30, "swap", LABEL) for path in ("/a", "/b"))
    host = of(swaps=(SwapArea("/b", "file", 1023, 0),), fstab_swaps=("/a",), swapping=Swapping(files=files))
    assert decide(host, flags={"swap_size_mib": 1024}).values["swap_file"].value == "/b"


def test_an_unfinished_file_is_not_ours_yet():
    host = of(swapping=Swapping(files=(SwapFile("/swapfile.rigprov-new", "file", 2**30, "swap", LABEL),)))
    assert decide(host).values["swap_file"].value == "/swapfile"


def test_plan_and_role_agree_on_label_paths_and_margin():
    values = yaml.safe_load((ROLE / "vars/main.yml").read_text())
    assert (values["__swap_label"], values["__swap_sysctl"]) == (LABEL, swappiness.OUR_FILE)
    assert f'new="$file{present.UNFINISHED}"' in (ROLE / "files/make.sh").read_text()
    margin = re.search(r"\$2 \* 1024 / (\d+); if \(m < (\d+)\)", (ROLE / "files/inspect.sh").read_text())
    assert margin is not None
    assert (int(margin[1]), int(margin[2])) == (present.MARGIN_SHARE, present.MARGIN_MIB * 2**20)


@pytest.mark.parametrize("name", RIGS)
def test_recordings_with_and_without_the_newer_sections_plan(name):
    sections = ("swapon-allowed", "swap-files", "swap-managers", "resume", "swappiness", "btrfs")
    old = facts(name, **{section.replace("-", "_"): None for section in sections})
    assert old.swapping == Swapping()
    for found in (facts(name), old):
        decision = decide(found)
        assert decision.skip or decision.values["swap_size_mib"].reason
