"""Secrets of all kinds are planted, every command runs, and then they are looked for everywhere."""

import os
import subprocess
import sys
import tempfile
import threading
from collections.abc import Iterator
from dataclasses import dataclass, field
from pathlib import Path

import pytest

from tests.live.play import out
from tests.targets import Target
from tests.targets.recipe import recipe

pytestmark = pytest.mark.live

# Not in the shape of any service's tokens, but for the hub's: masking by shape must not be all that saves them.
SUDO = "Sudo-4711-Kennwort"
HUB = "hf_Hub4711EnvironmentAbcdef"
MODELS = "Models-4711-Inventory"
APT = "Apt4711Source"
HOST = "Host-4711-Environment"
PLANTED = (SUDO, HUB, MODELS, APT, HOST)
# The mirror that this machine's own apt uses, without its scheme.
MIRROR = next(line for line in recipe().sources.splitlines() if line.startswith("URIs:")).split("://")[1].rstrip("/")
SOURCE, ENVIRONMENT = "/etc/apt/sources.list.d/private.sources", "/etc/environment"
FILES = {
    SOURCE: f"""Types: deb
URIs: http://ana:{APT}@{MIRROR}
Suites: bookworm-backports
Components: main
Signed-By: /usr/share/keyrings/debian-archive-keyring.gpg
""",
    ENVIRONMENT: f"PLANTED_TOKEN={HOST}\n",
}
API_KEY = "/etc/rigprov/llm/api_key"
NEEDLES = "/root/needles"
# What a proof needs, so that it takes a minute.
TIER = """\
from dataclasses import replace
from rigprov.tiers.starter import STARTER

bench = next(one for one in STARTER.benchmarks if one.model == "smollm2-135m")
roles = ("base", "model_storage", "models", "llm_runtime")
floors = dict.fromkeys(bench.floors, 0.1)
TIER = replace(STARTER, name="proof", roles=roles, benchmarks=(replace(bench, floors=floors),))
"""


@dataclass
class Watch:
    """Looks at the arguments of all processes, the machine's as well: its kernel is the controller's."""

    seen: set[bytes] = field(default_factory=set)
    _over: threading.Event = field(default_factory=threading.Event)

    def __enter__(self) -> "Watch":
        self._thread = threading.Thread(target=self._look, daemon=True)
        self._thread.start()
        return self

    def __exit__(self, *_: object) -> None:
        self._over.set()
        self._thread.join()

    def _look(self) -> None:
        while not self._over.wait(0.01):
            for number in filter(str.isdigit, os.listdir("/proc")):  # noqa: PTH208 - ten times as fast as Path.iterdir
                try:
                    with open(f"/proc/{number}/cmdline", "rb") as file:  # noqa: PTH123
                        self.seen.add(file.read())
                except (FileNotFoundError, ProcessLookupError):
                    continue


@dataclass(frozen=True)
class Session:
    """What a user did with one machine, and all that came of it."""

    target: Target
    home: Path  # the user's, with a directory for temporary files
    said: dict[str, str]  # command -> all its output
    arguments: frozenset[bytes]  # of every process that was seen meanwhile
    api_key: str

    def kept(self) -> dict[Path, str]:
        """Every file in the user's home, but those that the user wrote."""
        files = [path for path in self.home.rglob("*") if path.is_file() and path.parent.name != "mine"]
        return {path: path.read_text(errors="replace") for path in files}


def typed(target: Target, command: str, text: str) -> None:
    """Run a command that reads `text`, so that it is in no process's arguments."""
    words = ["ssh", "-F", str(target.ssh_config), target.name, command]
    subprocess.run(words, input=text, text=True, check=True, capture_output=True)


def plant(target: Target, mine: Path) -> None:
    for path, text in FILES.items():
        typed(target, f"sudo tee {path}", text)
    typed(target, "sudo chpasswd", f"ops:{SUDO}\n")
    out(target, "sudo sed -i s/NOPASSWD:// /etc/sudoers.d/90-ops; sudo -K; ! sudo -n true 2>/dev/null")
    (mine / "hosts.yml").write_text(f"all: {{hosts: {{{target.name}: {{models_token: {MODELS}}}}}}}\n")
    (mine / "tier.py").write_text(TIER)


def carry_out(target: Target, home: Path) -> dict[str, str]:
    """Every command that reaches a host. Returns what each printed."""
    way = ["-F", target.ssh_config, "-i", home / "mine/hosts.yml", "-K", target.name]
    tier = ["--tier", home / "mine/tier.py"]
    record = home / "recording"
    commands = {
        "facts --record": ["facts", "--record", record, *way],
        "facts --json": ["facts", "--json", *way],
        "facts --from": ["facts", "--json", "--from", record],
        "plan": ["plan", *tier, *way],
        "plan --from": ["plan", "--json", *tier, "--from", record, "-K"],
        "apply --check": ["apply", "--check", *tier, *way],
        "apply": ["apply", "--yes", "--no-verify", *tier, *way],
        "apply --json": ["apply", "--yes", "--no-verify", "--json", *tier, *way],
        "verify": ["verify", "--json", *tier, *way],
    }
    names = {"HOME": home, "XDG_STATE_HOME": home / "state", "XDG_CACHE_HOME": home / "cache", "TMPDIR": home / "tmp"}
    own = {name: str(path) for name, path in names.items()} | {"XDG_RUNTIME_DIR": "", "HF_TOKEN": HUB}
    said = {}
    for name, words in commands.items():
        done = subprocess.run(
            [sys.executable, "-m", "rigprov", *map(str, words)],
            env={**os.environ, **own},
            input=f"{SUDO}\n",
            capture_output=True,
            text=True,
            timeout=900,
            check=False,
        )
        assert done.returncode == 0, f"{name}: {done.stdout}{done.stderr}"
        said[name] = done.stdout + done.stderr
    return said


@pytest.fixture(scope="module")
def session(module_target: Target) -> Iterator[Session]:
    """Everything, once for all tests."""
    with tempfile.TemporaryDirectory(prefix="secrets-") as made:
        home = Path(made)
        for name in ("mine", "tmp"):
            (home / name).mkdir()
        plant(module_target, home / "mine")
        with Watch() as watch:
            said = carry_out(module_target, home)
        typed(module_target, "sudo -S sed -i s/ALL$/NOPASSWD:ALL/ /etc/sudoers.d/90-ops", f"{SUDO}\n")
        key = out(module_target, f"sudo cat {API_KEY}")
        typed(module_target, f"sudo sh -c 'umask 077; cat > {NEEDLES}'", "\n".join([*PLANTED, key]) + "\n")
        yield Session(module_target, home, said, frozenset(watch.seen), key)


def test_not_in_any_output(session: Session) -> None:
    found = {(name, secret) for name, text in session.said.items() for secret in (*PLANTED, session.api_key) if secret in text}
    assert found == set()


def test_not_in_recording_log_or_temporary_file_of_the_controller(session: Session) -> None:
    kept = session.kept()
    assert {"ansible.log", "events.jsonl"} <= {path.name for path in kept}
    assert any(f"<redacted>@{MIRROR}" in text for path, text in kept.items() if "recording" in path.parts)
    assert [(path, secret) for path, text in kept.items() for secret in (*PLANTED, session.api_key) if secret in text] == []
    assert list((session.home / "tmp").iterdir()) == []
    readable = [path for path in (session.home / "state/rigprov").rglob("*") if path.is_file() and path.stat().st_mode & 0o077]
    assert readable == [], "logs are for their user only"


def test_not_in_any_process_list(session: Session) -> None:
    programs = b"\n".join(session.arguments)
    for expected in (b"ansible-playbook", b"\0pip\0", b"serve.py"):  # the controller's and the machine's were both seen
        assert expected in programs
    assert [line for line in session.arguments for secret in (*PLANTED, session.api_key) if secret.encode() in line] == []


def holding(target: Target, where: str, which: str = "") -> set[str]:
    """Files on the machine that hold one of the secrets."""
    found = target.run(
        f"sudo find {where} -xdev -type f {which} -not -path {NEEDLES} -print0 | sudo xargs -0 grep -laF -f {NEEDLES}"
    )
    return set(found.stdout.split("\n")) - {""}


def test_not_where_everybody_on_the_host_can_read(session: Session) -> None:
    assert holding(session.target, "/ /run /tmp /dev/shm", "-perm -004") == {SOURCE, ENVIRONMENT}  # what was planted there


def test_not_in_the_hosts_logs_or_temporary_files_and_the_api_key_in_its_file_only(session: Session) -> None:
    assert holding(session.target, "/tmp /var /root /home /run /etc /opt /srv /dev/shm") == {SOURCE, ENVIRONMENT, API_KEY}  # noqa: S108 - the machine's
    assert int(out(session.target, "sudo journalctl --no-pager -a -o verbose | grep -c -i ansible")) > 0
    assert session.target.run(f"sudo journalctl --no-pager -a -o verbose | sudo grep -cF -f {NEEDLES}").stdout == "0\n"


def test_the_api_key_is_the_services_and_roots_alone(session: Session) -> None:
    assert out(session.target, f"stat -c '%a %U:%G' {API_KEY}") == "640 root:llm"
    for user in ("ops", "nobody"):
        refused = session.target.run(f"sudo -u {user} cat {API_KEY}")
        assert (refused.returncode, refused.stdout) == (1, "")
        assert "Permission denied" in refused.stderr
    ask = 'curl -s -o /dev/null -w \'%{http_code}\' http://127.0.0.1:8080/completion -d \'{"prompt":"a","n_predict":1}\''
    assert out(session.target, ask) == "401"
    key = f'"Authorization: Bearer $(sudo cat {API_KEY})"'
    assert out(session.target, f"{ask} -H {key}") == "200"
