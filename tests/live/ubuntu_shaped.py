"""Questions to apt on an Ubuntu-shaped machine, and its switch to a later day. What the machine is: `tests/targets/README.md`."""

import itertools
import os
import re
import subprocess
import time
from collections.abc import Iterator
from contextlib import contextmanager

from tests.live.play import out
from tests.targets import Target

CUDA_SITE = "developer.download.nvidia.com"
CUDA = {
    name: f"https://{CUDA_SITE}/compute/cuda/repos/ubuntu{number}/x86_64" for name, number in (("jammy", 2204), ("noble", 2404))
}
KEYS = "/srv/stand-in/keys"
APT = "sudo DEBIAN_FRONTEND=noninteractive LC_ALL=C.UTF-8 apt-get -q -y"


_numbers = itertools.count(1)
BASE = "/etc/apt/sources.list.d/stand-in-base.sources"


@contextmanager
def ubuntu_shaped(shape: str, *, base: bool = True) -> Iterator[Target]:
    """One machine, its package lists fetched. Without the base, which comes from Debian, apt has a tenth of the work."""
    with Target(f"live-{os.getpid()}-{shape}{next(_numbers)}", shape=shape, docker=False) as target:
        if not base:
            out(target, f"sudo mv {BASE} {BASE}.off")
        out(target, f"{APT} update")
        yield target


def let_later_come(target: Target) -> None:
    """The repositories move on: newer drivers, kernels and tools are offered from now on."""
    out(target, f"sudo ln -sfn www/later /srv/stand-in/site && {APT} update")


def candidate(target: Target, package: str) -> str:
    """The version that apt would install; empty where it does not know the name."""
    text = out(target, f"LC_ALL=C apt-cache policy {package}")
    found = re.search(r"Candidate: (\S+)", text)
    return found[1] if found else ""


def installed(target: Target, pattern: str) -> dict[str, str]:
    """Name -> version of installed packages."""
    listing = f"dpkg-query -W -f '${{db:Status-Abbrev}}\\t${{Package}}\\t${{Version}}\\n' '{pattern}' 2> /dev/null || true"
    rows = [[*line.split("\t"), ""] for line in out(target, listing).splitlines()]
    return {row[1]: row[2] for row in rows if row[0][1] == "i"}


def simulated(target: Target, words: str) -> dict[str, list[str]]:
    """What apt-get would do: names by "Inst" and "Remv"."""
    found: dict[str, list[str]] = {"Inst": [], "Remv": []}
    for line in out(target, f"LC_ALL=C apt-get -s {words}").splitlines():
        verb, _, rest = line.partition(" ")
        if verb in found:
            found[verb].append(rest.split()[0])
    return found


def add_cuda_repository(target: Target, shape: str, key: str = "cuda") -> None:
    """An entry for NVIDIA's repository; its lists are not fetched yet."""
    place = f"/etc/apt/keyrings/{key}.asc"
    entry = f"deb [signed-by={place}] {CUDA[shape]} /"
    out(target, f"sudo cp {KEYS}/{key}.asc {place}; echo '{entry}' | sudo tee /etc/apt/sources.list.d/cuda.list > /dev/null")


def fetch_cuda_lists(target: Target) -> "subprocess.CompletedProcess[str]":
    """The lists of that entry alone."""
    alone = "-o Dir::Etc::sourcelist=sources.list.d/cuda.list -o Dir::Etc::sourceparts=- -o APT::Get::List-Cleanup=0"
    return target.run(f"{APT} {alone} update")


def remove_cuda_repository(target: Target) -> None:
    """The entry, and the lists that apt keeps of it."""
    out(target, f"sudo rm -f /etc/apt/sources.list.d/cuda.list /var/lib/apt/lists/{CUDA_SITE}*")


def boot_id(target: Target) -> str:
    """Another one after each boot; empty while there is no answer."""
    return target.run("cat /proc/sys/kernel/random/boot_id").stdout.strip()


def reboot(target: Target, limit_s: float = 30) -> None:
    """Reboot from inside, and wait until it is back."""
    before, end = boot_id(target), time.monotonic() + limit_s
    target.run("sudo systemctl reboot")
    while boot_id(target) in {"", before}:
        assert time.monotonic() < end, f"{target.name} is not back after {limit_s:.0f} s"
        time.sleep(0.1)
