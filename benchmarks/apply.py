"""How long `rigprov apply` takes, on throw-away machines (root), against what else does the same work.

    ratio second_run_vs_ansible  a converged host: rigprov apply over ansible-playbook of the same site; goal 0.05
    ratio facts_vs_gather_facts  rigprov facts over Ansible's module setup, the same host
    ratio fleet20_vs_one         20 converged hosts at once over one
    ratio first_run_vs_apt       a bare host: rigprov apply over apt-get update and install of the same packages

Without the measurement of the speed, which the others do not have. Hosts of the fleet share few machines: on a converged host
nothing is written, so one machine answers under many names as many would. Wants a machine that does nothing else.
"""

import os
import subprocess
import sys
import tempfile
import time
from collections.abc import Callable, Iterator, Sequence
from contextlib import contextmanager
from dataclasses import dataclass
from pathlib import Path
from statistics import median

sys.path.insert(0, str(Path(__file__).parents[1]))

from benchmarks.parts.pairs import load
from benchmarks.parts.things import say
from tests.targets import Target
from tests.targets.clients import host_block
from tests.targets.system import home

ROOT = Path(__file__).parents[1]
BIN = Path(sys.executable).parent
MACHINES = 4
ROUNDS = 5
TIER = ("--tier", "starter", "--model", "smollm2-135m", "--no-verify", "--yes")
SITE = ("-e", "rigprov_tier=starter", "-e", "rigprov_model=smollm2-135m")


@dataclass(frozen=True)
class Took:
    """One run of a program: seconds, and MiB of its own memory at most."""

    seconds: float
    memory_mib: float


def run(*words: str | Path, fine: tuple[int, ...] = (0,)) -> Took:
    """Run a program of this environment to its end, which has to be one of those that are fine.

    Raises:
        RuntimeError: it failed; with the end of what it said.
    """
    with tempfile.TemporaryFile("w+", encoding="utf-8") as log:  # ssh's shared connection would hold a pipe open
        began = time.monotonic()
        process = subprocess.Popen(
            [BIN / words[0], *map(str, words[1:])], cwd=ROOT, stdout=log, stderr=log, stdin=subprocess.DEVNULL
        )
        _, status, used = os.wait4(process.pid, 0)
        process.returncode = os.waitstatus_to_exitcode(status)
        took = Took(time.monotonic() - began, used.ru_maxrss / 1024)
        if process.returncode not in fine:
            log.seek(0)
            raise RuntimeError(f"{' '.join(map(str, words))} ended with {process.returncode}: {log.read()[-2000:]}")
    return took


def many(folder: Path, machines: Sequence[Target], names: int) -> tuple[Path, list[str]]:
    """An ssh configuration with that many names, spread over the machines, and the names."""
    path = folder / f"ssh-{names}"
    there = [f"h{number}" for number in range(names)]
    known = home() / "known_hosts"
    blocks = [host_block(name, machines[number % len(machines)].ip, 22, known, 60) for number, name in enumerate(there)]
    path.write_text("\n".join(blocks))
    path.chmod(0o600)
    return path, there


def second_run(folder: Path, machines: Sequence[Target], names: int) -> Took:
    """`rigprov apply` on converged hosts."""
    way, there = many(folder, machines, names)
    return run("rigprov", "apply", *TIER, "-F", way, *there)


def detection(folder: Path, machines: Sequence[Target], names: int) -> Took:
    """As much work for the controller. Where few machines answer for many some are late, and no role may run for that."""
    way, there = many(folder, machines, names)
    return run("rigprov", "apply", *TIER, "--detect", "-F", way, *there, fine=(0, 5))


def ansible(machine: Target) -> Took:
    """The same site by Ansible alone."""
    return run("ansible-playbook", "playbooks/site.yml", "-i", machine.inventory, "-l", machine.name, *SITE)


def gather_facts(machine: Target) -> Took:
    """Ansible's own facts, as root, as plays gather them."""
    return run("ansible", machine.name, "-i", machine.inventory, "-b", "-m", "ansible.builtin.setup")


def in_turns(first: Callable[[], Took], second: Callable[[], Took], rounds: int) -> tuple[float, float]:
    """Medians of the seconds of both, taken in turns after one of each that does not count."""
    taken: list[tuple[float, float]] = []
    for number in range(rounds + 1):
        pair = first().seconds, second().seconds
        if number:
            taken.append(pair)
    return median(one for one, _ in taken), median(other for _, other in taken)


def shown(name: str, first: float, second: float, what: str) -> None:
    """The line that is asked for, and what it is made of."""
    print(f"ratio {name} {first / second:.3f}")
    print(f"  {first:.2f} s and {second:.2f} s: {what}; load {load()}", flush=True)


@contextmanager
def machines() -> Iterator[list[Target]]:
    """Bare ones; removed afterwards."""
    made = [Target(f"bench-{os.getpid()}-{number}", bare=True) for number in range(MACHINES + 1)]
    try:
        for machine in made:
            machine.up()
        yield made
    finally:
        for machine in made:
            machine.remove()


def first_run(machine: Target) -> Took:
    """`rigprov apply` on a bare host."""
    return run("rigprov", "apply", *TIER, "-F", machine.ssh_config, machine.name)


def packages_alone(bare: Target, converged: Target) -> float:
    """Seconds of apt-get for all packages that rigprov's first run brought to the other machine."""
    listing = "dpkg-query -W -f '${Package}\\n' | sort"
    there = set(bare.run(listing).stdout.split())
    wanted = " ".join(name for name in converged.run(listing).stdout.split() if name not in there)
    began = time.monotonic()
    done = bare.run(f"sudo sh -c 'apt-get -q update && DEBIAN_FRONTEND=noninteractive apt-get -qy install {wanted}'")
    if done.returncode:
        raise RuntimeError(done.stdout[-2000:] + done.stderr[-2000:])
    return time.monotonic() - began


def main() -> None:
    """All ratios. `--rounds N` (default 5)."""
    given = dict(zip(sys.argv[1::2], sys.argv[2::2], strict=True))
    rounds = int(given.get("--rounds", ROUNDS))
    with machines() as (bare, *some), tempfile.TemporaryDirectory() as name:
        folder, one = Path(name), some[0]
        first = first_run(one).seconds
        shown("first_run_vs_apt", first, packages_alone(bare, one), "one run each; rigprov also fetches engine and model")
        for other in some[1:]:
            first_run(other)
        mine, plain = in_turns(lambda: second_run(folder, some, 1), lambda: ansible(one), rounds)
        shown("second_run_vs_ansible", mine, plain, "apply and ansible-playbook on a converged host")
        mine, plain = in_turns(lambda: facts(one), lambda: gather_facts(one), rounds)
        shown("facts_vs_gather_facts", mine, plain, "rigprov facts and module setup")
        fleet, single = in_turns(lambda: second_run(folder, some, 20), lambda: second_run(folder, some, 1), rounds)
        shown("fleet20_vs_one", fleet, single, f"20 names on {MACHINES} machines, and one")
        for names in (1, 100):
            took = detection(folder, some, names)
            print(f"controller's memory {took.memory_mib:.0f} MiB, {took.seconds:.1f} s with {names} host{'s' * (names > 1)}")
    say(f"load {load()}")


def facts(machine: Target) -> Took:
    """rigprov's own facts."""
    return run("rigprov", "facts", "-F", machine.ssh_config, machine.name)


if __name__ == "__main__":
    main()
