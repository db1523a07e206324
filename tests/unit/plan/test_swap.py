"""How much swap, made how, or why none."""

import pytest

from rigprov.model.host import Memory, SwapArea, Virtualisation
from rigprov.model.plan import Chosen
from rigprov.plan import benchmark, storage, swap
from rigprov.tiers import STARTER
from tests.unit.plan.hosts import REACHABLE, case, container, mount, rig, unread

NSPAWN = Virtualisation("systemd-nspawn", None, False, "systemd", True, None, True)
SMALL_MODEL = REACHABLE | {"hub": False}  # so that the model takes no room worth mentioning


def decide(facts, flags=None, tier=STARTER):
    made = case(facts, tier=tier, flags=flags)
    place = storage.choose(made)
    return swap.decide(made, place, benchmark.choose(made, place))


def of(ram_mib=15900, **changes):
    return rig(memory=Memory(ram_mib, ram_mib), reachable=SMALL_MODEL, **changes)


@pytest.mark.parametrize(
    ("facts", "size", "reason"),
    [
        (of(3900), 3840, "as much as RAM on a machine with less than 8 GiB"),
        (of(7600), 7168, "as much as RAM on a machine with less than 8 GiB"),
        (of(15900), 8192, "8 GiB on a machine with 8 to 64 GiB of RAM"),
        (of(64100), 8192, "8 GiB on a machine with 8 to 64 GiB of RAM"),
        (of(128000), 4096, "4 GiB on a machine with more than 64 GiB of RAM"),
        (
            of(mounts=(mount(free=10.1),)),
            2560,
            "a quarter of the free space on /, less than the rule wants (8.0 GiB)",
        ),
    ],
)
def test_size_by_rule(facts, size, reason):
    values = decide(facts).values
    assert (values["swap_size_mib"].value, values["swap_size_mib"].reason) == (size, reason)


def test_the_model_still_to_come_is_not_given_away():
    here = rig(mounts=(mount(size=100, free=22),))
    assert decide(here).values["swap_size_mib"].value == 4096  # a quarter of 22 - 4.7 GiB, down to whole GiB
    there = rig(mounts=(mount(size=100, free=17.4),), extra={"models": "5027783488 /srv/models/Qwen3-8B-Q4_K_M.gguf\n"})
    assert decide(there).values["swap_size_mib"].value == 4096


@pytest.mark.parametrize(
    ("filesystem", "method"),
    [("ext4", "fallocate"), ("xfs", "fallocate"), ("btrfs", "btrfs"), ("ext3", "dd"), ("f2fs", "dd")],
)
def test_method_by_file_system(filesystem, method):
    chosen = decide(of(mounts=(mount(filesystem=filesystem),))).values["swap_method"]
    assert (chosen.value, chosen.reason) == (method, f"/ is {filesystem}")


@pytest.mark.parametrize(
    ("facts", "reason"),
    [
        (of(mounts=(mount(filesystem="overlay"),)), "/ is overlay: a swap file on overlay is refused by the kernel"),
        (of(mounts=(mount(filesystem="zfs"),)), "/ is zfs: ZFS cannot hold a swap file"),
        (of(mounts=(mount(filesystem="tmpfs"),)), "/ is tmpfs: tmpfs is memory itself"),
        (of(mounts=(mount(filesystem="nfs4"),)), "/ is nfs4: swap over the network is not safe"),
        (of(mounts=(mount(filesystem="exotic"),)), "/ is exotic: whether exotic can hold a swap file is not known"),
        (of(mounts=unread()), "the file systems could not be read: not permitted"),
        (of(mounts=(mount(free=0.5),)), "/ has too little room: a quarter of the free space is 128 MiB"),
        (container(), "swap belongs to the machine that runs this container"),
        (
            of(virtualisation=Virtualisation("lxc", None, False, "systemd", True, None, False)),
            "swap belongs to the machine that runs this container",
        ),
        (
            of(virtualisation=NSPAWN),
            "swap belongs to the machine that runs this container; where it may be used all the same, set swap.size_mib",
        ),
        (
            of(virtualisation=Virtualisation("wsl", "microsoft", True, "systemd", True, None, True)),
            "WSL2 has its own swap; its size is set in .wslconfig on Windows",
        ),
    ],
)
def test_left_out_with_a_reason(facts, reason):
    assert decide(facts).skip == reason


@pytest.mark.parametrize(
    ("changes", "reason"),
    [
        (
            {"swaps": (SwapArea("/swap.img", "file", 4095, 0), SwapArea("/dev/sda3", "partition", 1024, 0))},
            "there is swap already and it is kept: /swap.img, /dev/sda3, 5.0 GiB",
        ),
        (
            {"swaps": (SwapArea("/swapfile", "file", 8191, 0),), "fstab_swaps": ("/swapfile",)},
            "there is swap already and it is kept: /swapfile, 8.0 GiB",
        ),
        (
            {"swaps": (SwapArea("/swapfile", "file", 8191, 0),), "fstab_swaps": unread()},
            "there is swap already and it is kept: /swapfile, 8.0 GiB",
        ),
        (
            {"swaps": (SwapArea("/dev/zram0", "zram", 7950, 0),), "mounts": (mount(filesystem="zfs"),)},
            "there is swap already and it is kept: /dev/zram0, 7.8 GiB",
        ),
        ({"swaps": unread("no /proc")}, "whether there is swap could not be read: no /proc"),
        ({"fstab_swaps": ("UUID=1234",)}, "/etc/fstab names swap that is not on: UUID=1234"),
    ],
)
def test_swap_that_is_there_stays(changes, reason):
    decision = decide(of(**changes))
    assert decision.values == {"swap_size_mib": Chosen(0, reason)}
    assert decision.reason == "swap stays as it is; only how readily the kernel uses it is set"


def test_a_file_of_ours_that_was_cut_off_before_fstab_is_finished_in_its_size():
    values = decide(of(swaps=(SwapArea("/swapfile", "file", 2047, 0),))).values
    assert (values["swap_file"].value, values["swap_size_mib"].value) == ("/swapfile", 2048)


def test_a_file_of_ours_that_is_off_is_made_anew_or_switched_on_by_the_role():
    assert decide(of(fstab_swaps=("/swapfile",))).values["swap_size_mib"].value == 8192


def test_asked_for_in_a_container_that_might_allow_it():
    facts = of(virtualisation=NSPAWN)
    assert decide(facts, flags={"swap_size_mib": 512}).values["swap_size_mib"] == Chosen(512, "`swap_size_mib` is set to 512")


def test_the_users_size_and_file_count():
    values = decide(of(), flags={"swap_size_mib": 1000, "swap_file": "/var/swap"}).values
    assert {name: chosen.value for name, chosen in values.items()} == {
        "swap_file": "/var/swap",
        "swap_size_mib": 1000,
        "swap_method": "fallocate",
    }
