"""How much swap, made how, or why none."""

import pytest

from rigprov.model.host import Memory, SwapArea, Virtualisation
from rigprov.plan import benchmark, storage, swap
from rigprov.tiers import STARTER
from tests.unit.plan.hosts import REACHABLE, case, container, mount, rig, unread

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
            "this container may not switch swap on",
        ),
        (
            of(virtualisation=Virtualisation("wsl", "microsoft", True, "systemd", True, None, True)),
            "WSL2 has its own swap; its size is set in .wslconfig on Windows",
        ),
        (
            of(swaps=(SwapArea("/swap.img", "file", 4096, 0), SwapArea("/dev/sda3", "partition", 1024, 0))),
            "there is swap already and it is kept: /swap.img, /dev/sda3, 5.0 GiB",
        ),
        (of(swaps=unread("no /proc")), "whether there is swap could not be read: no /proc"),
        (
            of(fstab_swaps=("UUID=1234",)),
            "/etc/fstab names swap that is not on (UUID=1234); switch it on with `swapon -a`",
        ),
    ],
)
def test_left_out_with_a_reason(facts, reason):
    assert decide(facts).skip == reason


def test_a_swap_file_of_our_own_that_is_off_is_finished():
    assert decide(of(fstab_swaps=("/swapfile",))).skip is None


def test_the_users_size_and_file_count():
    values = decide(of(), flags={"swap_size_mib": 1000, "swap_file": "/var/swap"}).values
    assert {name: chosen.value for name, chosen in values.items()} == {
        "swap_file": "/var/swap",
        "swap_size_mib": 1000,
        "swap_method": "fallocate",
    }
