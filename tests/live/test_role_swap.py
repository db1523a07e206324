"""Role swap on live machines. Swap is the kernel's, so every file is small."""

import shlex
from typing import Any

import pytest

from tests.live.conftest import Rigprov, Targets
from tests.live.play import CHECKOUT, Played, apply_one, cut, out, rollback, start, state
from tests.targets import Target

pytestmark = pytest.mark.live
ROLE = ["swap"]
ACTIVE = "sudo swapon --show=NAME,TYPE --noheadings --raw | grep -v unreachable; true"
FSTAB = "/swapfile none swap sw 0 0"
LEFT = "ls -A / /var/lib/rigprov 2>/dev/null | grep -E 'swap|discard'; true"
MAKE = CHECKOUT / "roles/swap/files/make.sh"


@pytest.fixture
def host(targets: Targets) -> Target:
    return targets(1, swap=True, disk_mib=2048)[0]


def swap(target: Target, size_mib: int, *, check: bool = False, **values: object) -> Played:
    return apply_one(target, "swap", {"swap_size_mib": size_mib, **values}, check=check)


def size(target: Target, path: str = "/swapfile") -> int:
    return int(out(target, f"stat -c %s {path}")) // 1048576


def make_file(target: Target, path: str, size_mib: int, *flags: str) -> None:
    line = f"dd if=/dev/zero of={path} bs=1M count={size_mib} status=none; chmod 600 {path}; mkswap {' '.join(flags)} {path}"
    out(target, f"sudo sh -c '{line}'")


def test_life_of_the_role(host: Target) -> None:
    bare = state(host)
    assert swap(host, 64, check=True).rc == 0
    assert swap(host, 0, check=True).verdict == (0, 1)  # swappiness
    assert state(host) == bare

    first, second = swap(host, 64), swap(host, 64)
    assert first.rc == 0, first.text
    assert second.verdict == (0, 0), second.text
    assert (out(host, ACTIVE), size(host), out(host, "stat -c '%a %U' /swapfile")) == ("/swapfile file", 64, "600 root")
    assert FSTAB in out(host, "cat /etc/fstab; findmnt --verify >/dev/null && echo valid").splitlines()
    assert "vm.swappiness = 10" in out(host, "cat /etc/sysctl.d/60-rigprov-swap.conf")

    for other in (96, 48):
        assert swap(host, other).rc == 0
        assert (out(host, ACTIVE), size(host)) == ("/swapfile file", other)
    assert swap(host, 48).verdict == (0, 0)
    assert out(host, LEFT) == "swapfile"

    assert rollback(host, ROLE).rc == 0
    assert (out(host, ACTIVE), state(host)) == ("", bare)
    assert rollback(host, ROLE).verdict == (0, 0)


def test_f46_what_is_not_ours_is_adopted_or_refused_and_outlives_rollback(host: Target) -> None:
    """Right size: adopted. Another size, or no swap at all: one sentence, nothing changed."""
    make_file(host, "/swapfile", 64)
    out(host, "echo /swapfile none swap defaults 0 0 | sudo tee -a /etc/fstab")
    mine = out(host, "cat /etc/fstab; sudo blkid -p -s UUID /swapfile")

    assert swap(host, 64).rc == 0
    assert swap(host, 64).verdict == (0, 0)
    assert out(host, ACTIVE) == "/swapfile file"
    refused = swap(host, 96)
    assert (refused.rc, refused.changed, "64 MiB that this role did not make" in refused.words) == (2, 0, True), refused.text
    assert swap(host, 48, swap_file="/swapfile.rigprov").rc == 0
    assert out(host, ACTIVE) == "/swapfile file\n/swapfile.rigprov file"
    assert rollback(host, ROLE).rc == 0  # knows no path, and finds ours all the same
    assert (out(host, ACTIVE), out(host, LEFT)) == ("/swapfile file", "swapfile")
    assert out(host, "cat /etc/fstab; sudo blkid -p -s UUID /swapfile") == mine


# Name: what puts it there, what takes it away, the path asked for, the sentence.
OBSTACLES = {
    "file": ("echo precious > /swapfile", "rm /swapfile", "/swapfile", "/swapfile is a file that is no swap"),
    "link": ("ln -s /dev/null /swapfile", "rm /swapfile", "/swapfile", "/swapfile is a symbolic link"),
    "directory": ("mkdir /swapfile", "rmdir /swapfile", "/swapfile", "/swapfile is a directory"),
    "no directory": ("true", "true", "/none/swapfile", "There is no directory for /none/swapfile"),
    "fstab": (
        "echo rubbish >> /etc/fstab",
        "sed -i '$ d' /etc/fstab",
        "/swapfile",
        "no line is added and nothing is changed: findmnt: /etc/fstab: parse error at line",
    ),
    "boot would wait": (
        "echo LABEL=none /mnt ext4 defaults 0 2 >> /etc/fstab",
        "sed -i '$ d' /etc/fstab",
        "/swapfile",
        "nothing is changed: /mnt: unreachable on boot required source: LABEL=none",
    ),
    "full": ("fallocate -l 1300M /filler", "rm /filler", "/swapfile", "/swapfile of 1024 MiB does not fit"),
    "read-only": (
        "mkdir /ro; mount --bind /ro /ro; mount -o remount,bind,ro /ro",
        "umount /ro; rmdir /ro",
        "/ro/swapfile",
        "the file system there is mounted read-only",
    ),
}


def test_each_obstacle_has_one_sentence_and_nothing_is_changed(host: Target) -> None:
    for name, (put, take, file, sentence) in OBSTACLES.items():
        out(host, f"sudo sh -c {shlex.quote(put)}")
        done = swap(host, 1024, swap_file=file)
        assert (done.rc, done.changed, sentence in done.words) == (2, 0, True), f"{name}: {done.text}"
        assert (out(host, ACTIVE), out(host, "grep rigprov /etc/fstab; ls /var/lib/rigprov 2>/dev/null; true")) == ("", ""), name
        out(host, f"sudo sh -c {shlex.quote(take)}")
    out(host, "echo LABEL=drawer /mnt ext4 nofail 0 2 | sudo tee -a /etc/fstab")  # boot goes on without it
    assert swap(host, 64).rc == 0


@pytest.mark.nightly
def test_what_is_swapped_out_survives_a_resize_and_is_not_squeezed_into_short_memory(host: Target) -> None:
    """Real pages in the file. MemAvailable is what the kernel tells, until a file of ours stands before it."""
    assert swap(host, 96).rc == 0
    holder = "import mmap, time; m = mmap.mmap(-1, 40 << 20, flags=mmap.MAP_PRIVATE | mmap.MAP_ANONYMOUS); "
    holder += "m.write(bytes(range(256)) * (160 << 10)); m.madvise(21); time.sleep(1e5)"  # 21: MADV_PAGEOUT
    out(host, f'sudo systemd-run --unit holder python3 -c "{holder}"')
    used = "$(sudo swapon --show=USED --bytes --noheadings --raw)"
    out(host, f"for i in $(seq 100); do test {used} -gt 30000000 && exit; sleep 0.1; done; false")

    out(host, "sed 's/^MemAvailable:.*/MemAvailable: 60000 kB/' /proc/meminfo > /tmp/meminfo")
    out(host, "sudo mount --bind /tmp/meminfo /proc/meminfo")
    short = swap(host, 64)
    assert (short.rc, short.changed, "have to stay free. End programs that hold memory" in short.words) == (2, 0, True), (
        short.text
    )
    refused = rollback(host, ROLE)
    assert (refused.rc, refused.changed, "cannot be switched off" in refused.words) == (2, 0, True), refused.text
    out(host, "sudo umount /proc/meminfo")
    assert swap(host, 64).rc == 0
    assert (size(host), out(host, "systemctl is-active holder")) == (64, "active")


@pytest.mark.nightly
def test_hibernation_keeps_its_file(host: Target) -> None:
    """The kernel's command line is a file of ours here; the kernel cannot hibernate a container."""
    assert swap(host, 64).rc == 0
    out(host, "echo root=/dev/x resume=/dev/x resume_offset=34816 > /tmp/cmdline; sudo mount --bind /tmp/cmdline /proc/cmdline")
    asked: tuple[dict[str, Any], ...] = ({}, {"swap_file": "/var/swap"})
    for values in asked:
        done = swap(host, 96, **values)
        assert (done.rc, done.changed, "This machine hibernates into a swap file" in done.words) == (2, 0, True), done.text
    assert swap(host, 64).verdict == (0, 0)
    kept = rollback(host, ROLE)
    assert (kept.rc, "/swapfile stays: this machine hibernates" in kept.words) == (0, True), kept.text
    assert (out(host, ACTIVE), FSTAB in out(host, "cat /etc/fstab")) == ("/swapfile file", True)
    out(host, "sudo umount /proc/cmdline")
    assert rollback(host, ROLE).rc == 0
    assert out(host, f"{ACTIVE}; {LEFT}; grep swap /etc/fstab; true") == ""


def cut_off(target: Target, before: str, size_mib: int, file: str = "/swapfile", earlier: str = "") -> None:
    """Run the role's script until right before a line, where it is killed."""
    lines = MAKE.read_text().splitlines()
    found = [number for number, line in enumerate(lines) if line.startswith(before)]
    assert len(found) == 1, (before, found)
    script = "\n".join([*lines[: found[0]], "kill -9 $$", *lines[found[0] :]])
    ended = out(target, f"sudo sh -c {shlex.quote(script)} sh {file} {size_mib} fallocate rigprov '{earlier}'; echo $?")
    assert ended.splitlines()[-1] == "137", ended


BEFORE = (
    'fill "$method"',
    "if ! said=",
    'swapoff "$new"',
    'if active "$file"',
    'mv -T "$new"',
    'sync "$(dirname',
    'swapon "$file"',
)


@pytest.mark.nightly
@pytest.mark.parametrize("before", BEFORE)
def test_cut_off_anywhere_the_next_run_converges(host: Target, before: str) -> None:
    """At a first making, and at a resize."""
    for wanted in (64, 96):
        cut_off(host, before, wanted)
        assert swap(host, wanted).rc == 0
        assert (out(host, ACTIVE), size(host), out(host, LEFT)) == ("/swapfile file", wanted, "swapfile")
        assert FSTAB in out(host, "cat /etc/fstab")
        assert swap(host, wanted).verdict == (0, 0)


def test_cut_off_and_no_longer_wanted_nothing_is_left(host: Target) -> None:
    """The unfinished file is on at this moment, and lies at a path that the next run does not name."""
    cut_off(host, 'swapoff "$new"', 64, "/srv/swap")
    assert out(host, ACTIVE) == "/srv/swap.rigprov-new file"
    assert swap(host, 0).rc == 0
    assert out(host, f"{ACTIVE}; {LEFT}; ls /srv") == ""

    cut_off(host, 'swapon "$file"', 64)
    cut_off(host, 'fill "$method"', 64, "/srv/swap")
    assert rollback(host, ROLE).rc == 0
    assert out(host, f"{ACTIVE}; {LEFT}; ls /srv") == ""


@pytest.mark.nightly
def test_a_move_cut_off_after_the_new_file_is_on_takes_the_old_one_away(host: Target) -> None:
    assert swap(host, 64).rc == 0
    cut_off(host, 'sync "$(dirname', 64, "/var/swap", "/swapfile")
    assert swap(host, 64, swap_file="/var/swap").rc == 0
    assert (out(host, ACTIVE), out(host, LEFT)) == ("/var/swap file", "")
    assert "/var/swap none swap sw 0 0" in out(host, "cat /etc/fstab")
    assert swap(host, 64, swap_file="/var/swap").verdict == (0, 0)


def test_whether_swapon_is_permitted_is_asked(targets: Targets, rigprov: Rigprov) -> None:
    """Both are booted containers with all capabilities; in one of them system calls are filtered."""
    may, may_not = targets(1, swap=True)[0], targets(1)[0]
    for target, sentence in (
        (may, "where it may be used all the same, set swap.size_mib"),
        (may_not, "swapon is not permitted in it"),
    ):
        plan = rigprov("plan", "--tier", "starter", target.name, "-F", target.ssh_config)
        assert sentence in " ".join(plan.stdout.split()), plan.stdout + plan.stderr
    asked = rigprov("plan", "--tier", "starter", "--set", "swap.size_mib=64", may.name, "-F", may.ssh_config)
    assert "swap_size_mib = 64 <- flag" in " ".join(asked.stdout.split()), asked.stdout + asked.stderr


@pytest.mark.nightly
def test_a_power_cut_while_the_file_is_written(host: Target) -> None:
    process = start(host, ROLE, swap_size_mib=900, swap_method="dd")
    out(host, "for i in $(seq 600); do test -e /swapfile.rigprov-new && break; sleep 0.05; done")
    host.kill()
    cut(process)
    host.start()

    assert swap(host, 900, swap_method="dd").rc == 0
    assert (out(host, ACTIVE), size(host), out(host, LEFT)) == ("/swapfile file", 900, "swapfile")
    assert swap(host, 900, swap_method="dd").verdict == (0, 0)
