"""Runs of `rigprov apply` that are cut off at random moments, ten in a row; the next one converges all the same."""

import os
import random
import re
import signal
import subprocess
import sys
import tempfile
import time
from collections.abc import Callable, Iterator
from concurrent.futures import ThreadPoolExecutor
from contextlib import contextmanager
from dataclasses import dataclass
from pathlib import Path

import pytest

from rigprov.errors import Exit
from tests.live.play import out
from tests.targets import Target

pytestmark = [pytest.mark.live, pytest.mark.nightly]

Targets = Callable[..., list[Target]]
Rigprov = Callable[..., subprocess.CompletedProcess[str]]

SEED = "RIGPROV_CUT_SEED"  # environment: repeats a run of this test that failed
CUTS = 10
NO_ROLE = "the run"
ROLES = ("base", "docker", "model_storage", "models", "llm_runtime")
LATEST_S = 10.0  # after the beginning of a role, or of the run
INTERRUPT_LIMIT_S = 40.0  # from Ctrl-C to the end, while the host does not answer
MODEL = "/srv/models/SmolLM2-135M-Instruct.Q4_1.gguf"
MODEL_SHA256 = "b179c9523d0e6a0f98a330c7562b682750a6f8c8c15e5bc70ea373728110db53"
ENOUGH_TIMES = "nothing changed; it already was as planned"


@dataclass(frozen=True)
class Run:
    """A run of `rigprov apply` in the background, in a session of its own."""

    process: "subprocess.Popen[bytes]"
    log: Path

    @property
    def place(self) -> str:
        """The role that it has come to."""
        found = re.findall(r": (\w+) \(\d+ of \d+\)", self.log.read_text())
        return found[-1] if found else NO_ROLE

    def wait_for(self, role: str, limit_s: float = 600) -> None:
        """Returns when the role begins, or the run ends."""
        end = time.monotonic() + limit_s
        while f": {role} (" not in self.log.read_text() and self.process.poll() is None:
            assert time.monotonic() < end, self.log.read_text()
            time.sleep(0.05)

    def end(self, limit_s: float) -> int:
        """Exit code."""
        try:
            return self.process.wait(limit_s)
        except subprocess.TimeoutExpired:
            pytest.fail(f"the run still goes {limit_s:.0f} s after its end was asked for:\n{self.log.read_text()[-2000:]}")


def line(target: Target) -> list[str]:
    way = ["-F", str(target.ssh_config), target.name]
    return ["apply", "--tier", "starter", "--model", "smollm2-135m", "--no-verify", "--yes", "--full", *way]


@contextmanager
def begun(target: Target, folder: Path, log: str) -> Iterator[Run]:
    home, scratch = folder / "home", folder / "tmp"
    for made in (home, scratch):
        made.mkdir(parents=True, exist_ok=True)
    own = {
        "XDG_RUNTIME_DIR": "",
        "HOME": str(home),
        "TMPDIR": str(scratch),
        "XDG_STATE_HOME": str(home / "state"),
        "PYTHONUNBUFFERED": "1",
    }
    words = [sys.executable, "-m", "rigprov", *line(target)]
    with (folder / log).open("wb") as said:
        process = subprocess.Popen(
            words, env={**os.environ, **own}, stdin=subprocess.DEVNULL, stdout=said, stderr=said, start_new_session=True
        )
    try:
        yield Run(process, folder / log)
    finally:
        if process.poll() is None:
            process.kill()
        process.wait()


def controller_killed(_: Target, run: Run) -> None:
    run.process.kill()
    run.process.wait()


def connection_dropped(target: Target, run: Run) -> None:
    """The cable is out, the user gives up and presses Ctrl-C, the cable comes back: what ran on the host knows of neither."""
    target.cut_network()
    try:
        run.process.send_signal(signal.SIGINT)
        assert run.end(INTERRUPT_LIMIT_S) == Exit.INTERRUPTED, run.log.read_text()
    finally:
        target.mend_network()


def power_cut(target: Target, run: Run) -> None:
    """Where Ansible notices before the user does, the run ends by itself."""
    target.kill()
    run.process.send_signal(signal.SIGINT)
    assert run.end(INTERRUPT_LIMIT_S) in {Exit.INTERRUPTED, Exit.UNREACHABLE, Exit.APPLY_FAILED}, run.log.read_text()
    target.start()


ACCIDENTS = (controller_killed, connection_dropped, power_cut)

# What differs between two machines that were set up alike, or changes by itself.
OF_THE_MACHINE = (
    *("/etc/ssh/ssh_host_*", "/etc/hostname", "/etc/hosts", "/etc/machine-id", "/etc/resolv.conf"),
    *("/var/log/*", "/var/cache/*", "/var/lib/apt/lists/*", "/var/lib/systemd/*", "/var/lib/sudo/*", "/var/lib/dbus/*"),
    *("/var/lib/docker/*", "/var/lib/containerd/*", "*/__pycache__", "*/__pycache__/*"),
    *("*/systemd-private-*", "/home/ops/.ansible/tmp/*"),  # Ansible's own, for its user only; a kill in a copy leaves one
    *("/var/lib/dpkg/*-old", "/var/backups/*", "/var/lib/dpkg/lock*", "/var/lib/dpkg/triggers/Lock"),
)
# A secret, a time stamp, and Docker's identity.
CONTENT_OF_ITS_OWN = (
    *("/etc/rigprov/llm/api_key", "/srv/models/.SmolLM2-135M-Instruct.Q4_1.gguf.sha256", "/etc/docker/key.json"),
    *(f"/var/lib/rigprov/ledger/{role}.json" for role in ROLES),
)
HASHED = "/etc /opt /srv /usr/local /var/lib/rigprov /root"


def shape(target: Target) -> dict[str, str]:
    """Every file with its kind, mode, owner and link, and for those that roles write what is in it; packages; units; accounts."""
    skipped = " -o ".join(f"-path '{path}'" for path in OF_THE_MACHINE)
    files = out(target, rf"sudo find / -xdev '(' {skipped} ')' -o -printf '%p\t%y %m %U:%G %l\n'")
    found = dict(row.split("\t", 1) for row in files.splitlines())
    hashed = out(target, rf"sudo find {HASHED} -xdev '(' {skipped} ')' -o -type f -print0 | sudo xargs -0 sha256sum")
    for row in hashed.splitlines():
        digest, path = row.split(maxsplit=1)
        if path not in CONTENT_OF_ITS_OWN:
            found[path] += f" {digest}"
    lists = {
        "package": "dpkg-query -W -f '${Package}\\t${Version} ${db:Status-Abbrev}\\n'",
        "installed for its own sake": "apt-mark showmanual",
        "unit": "systemctl list-unit-files --no-legend --type=service,socket | awk '{print $1\"\\t\"$2}'",
        "account": "getent passwd | sed 's/:/\\t/'",
        "group": "getent group | sed 's/:/\\t/'",
    }
    for kind, command in lists.items():
        rows = (row.partition("\t") for row in out(target, command).splitlines())
        found |= {f"{kind} {name}": value for name, _, value in rows}
    return found


def differences(cut: dict[str, str], calm: dict[str, str]) -> list[str]:
    keys = sorted(key for key in cut.keys() | calm.keys() if cut.get(key) != calm.get(key))
    return [f"{key}: {cut.get(key)} here, {calm.get(key)} on the undisturbed machine" for key in keys]


def moments(dice: random.Random) -> list[tuple[str, float]]:
    """Ten roles and delays, in the order of the roles, so that each is cut while it still has work to do."""
    places = (NO_ROLE, *ROLES)
    drawn = [*places, *dice.choices(places, k=CUTS - len(places))]
    return [(place, dice.uniform(0, LATEST_S)) for place in sorted(drawn, key=places.index)]


def cut_ten_times(target: Target, folder: Path, dice: random.Random) -> list[str]:
    """What was cut, in words; afterwards the machine is on, in the network, and in whatever state it is."""
    story: list[str] = []
    for number, (place, delay_s) in enumerate(moments(dice)):
        accident = ACCIDENTS[number % len(ACCIDENTS)]
        wait_s = delay_s
        while len(story) == number:
            with begun(target, folder, f"cut-{number}.log") as run:
                if place != NO_ROLE:
                    run.wait_for(place)
                try:
                    code = run.process.wait(wait_s)
                except subprocess.TimeoutExpired:
                    story.append(f"{accident.__name__}: {wait_s:.1f} s after {place} began; it had come to {run.place}")
                    accident(target, run)
                    print(f"{len(story):2}. {story[-1]}", flush=True)
                else:
                    assert code == 0, f"undisturbed, after {story}:\n{run.log.read_text()}"
                    wait_s /= 2  # it was done before the cut
    return story


def undisturbed(target: Target, folder: Path) -> dict[str, str]:
    with begun(target, folder, "calm.log") as run:
        code = run.process.wait(900)
    assert code == 0, run.log.read_text()
    return shape(target)


@pytest.fixture
def place() -> Iterator[Path]:
    """Homes, logs and temporary files of the runs: pytest's own directory has a name too long for sockets below it."""
    with tempfile.TemporaryDirectory(prefix="cut-") as made:
        yield Path(made)


def test_ten_cuts_then_the_same_state_as_without(targets: Targets, place: Path) -> None:
    seed = int(os.environ.get(SEED) or random.SystemRandom().randrange(10**6))
    print(f"\n{SEED}={seed} repeats this")
    cut, calm = targets(2)
    with ThreadPoolExecutor(1) as beside:
        other = beside.submit(undisturbed, calm, place / "calm")
        story = cut_ten_times(cut, place / "cut", random.Random(seed))  # noqa: S311 - no secret hangs on it
        with begun(cut, place / "cut", "last.log") as last:
            assert last.process.wait(900) == 0, (story, last.log.read_text())
        with begun(cut, place / "cut", "again.log") as again:
            assert again.process.wait(300) == 0, again.log.read_text()
        assert ENOUGH_TIMES in again.log.read_text(), again.log.read_text()
        reference = other.result()

    assert out(cut, f"sha256sum < {MODEL}").split()[0] == MODEL_SHA256
    assert out(cut, "sudo dpkg --audit; sudo apt-get check -qq; ls -A /var/lib/dpkg/updates") == ""
    assert out(cut, "systemctl is-system-running; systemctl is-active docker rigprov-llm") == "running\nactive\nactive"
    assert differences(shape(cut), reference) == []
    left = [path for path in (place / "cut" / "tmp").iterdir() if not path.is_socket()]
    assert left == [], "runs that were killed left something in the controller's temporary directory"
