"""The user data itself. That a machine boots with it: tests/live/test_pull.py."""

import re
import shutil
import subprocess
from collections.abc import Iterable, Iterator
from importlib.metadata import requires
from pathlib import Path

import pytest
import yaml
from packaging.requirements import Requirement
from packaging.utils import canonicalize_name

from rigprov.errors import UsageError
from rigprov.unattended.settings import Settings, parse
from rigprov.unattended.source import Source
from rigprov.unattended.userdata import LARGEST, Wanted, script, user_data
from tests.meta.checkout import ROOT

HASH = "0123456789abcdef" * 4
PLAIN = Wanted(Settings(tier="starter"), Source("rigprov==1.2", HASH, "1.2"))
FULL = Wanted(
    Settings(tier="/etc/rigprov/tiers/my.py", set=("docker.log_max_size=20m",), format=("/dev/disk/by-id/nvme-x",), verify=False),
    Source("rigprov @ https://example.com/it's/rigprov-1-py3-none-any.whl", HASH, "1"),
    reboot=False,
    every="1h",
    tier_file="from rigprov.tiers import Tier\nTIER = ...\n",
)


def files(wanted):
    return {file["path"]: file for file in yaml.safe_load(user_data(wanted))["write_files"]}


@pytest.mark.parametrize("wanted", [PLAIN, FULL])
def test_it_is_a_cloud_config_that_says_what_it_does(wanted):
    text = user_data(wanted)
    assert text.startswith("#cloud-config\n# Made by rigprov ")
    assert set(yaml.safe_load(text)) == {"write_files", "runcmd"}
    assert len(text.encode()) < LARGEST / 2  # of AWS's room half is left for the user's own


@pytest.mark.parametrize("wanted", [PLAIN, FULL])
def test_cloud_inits_own_schema(wanted, tmp_path):
    if shutil.which("cloud-init") is None:
        pytest.skip("cloud-init is not installed here; tests/live/test_pull.py asks that of a machine")
    (tmp_path / "user-data").write_text(user_data(wanted))
    words = ["cloud-init", "schema", "-c", str(tmp_path / "user-data")]
    done = subprocess.run(words, capture_output=True, text=True, check=False)
    assert (done.returncode, "Valid" in done.stdout) == (0, True), done.stdout + done.stderr


def test_the_settings_are_those_that_pull_reads():
    assert parse(files(FULL)["/etc/rigprov/pull.yml"]["content"], "f") == FULL.settings
    assert files(FULL)["/etc/rigprov/tiers/my.py"]["content"] == FULL.tier_file


def test_the_first_run_starts_by_itself_and_a_copied_mark_does_not_stop_it():
    commands = yaml.safe_load(user_data(PLAIN))["runcmd"]
    assert commands[0] == ["rm", "-f", "/var/lib/rigprov/pull/provisioned"]
    assert ["systemctl", "enable", "rigprov-provision.service"] in commands
    assert commands[-1] == ["systemctl", "start", "--no-block", "rigprov-provision.service"]


@pytest.mark.parametrize("wanted", [PLAIN, FULL])
def test_the_script_is_sound_shell(wanted, tmp_path):
    path = tmp_path / "provision"
    path.write_text(script(wanted))
    assert subprocess.run(["sh", "-n", path], capture_output=True, check=False).returncode == 0
    head = "\n".join(script(wanted).splitlines()[:4])
    words = ["sh", "-c", f'{head}\nprintf %s "$requirement|$sha256|$version"']
    shown = subprocess.run(words, check=True, capture_output=True, text=True)
    assert shown.stdout.split("|") == [wanted.source.requirement, HASH, wanted.source.version]


def test_the_script_becomes_rigprov():
    go = 'exec "$place/current/bin/rigprov" pull --first'
    assert script(PLAIN).splitlines()[-1] == f"{go} --reboot yes"
    assert script(FULL).splitlines()[-1] == f"{go} --reboot no --every 1h"


def test_nothing_is_installed_without_its_hash():
    installs = [line for line in script(PLAIN).splitlines() if re.search(r"\$pip (install|download)", line)]
    assert len(installs) == 3
    assert all("--require-hashes" in line or "--no-index" in line for line in installs)


@pytest.mark.parametrize("planted", ["TOKEN=hf_PlantHub4711abcdefgh", 'password = "x-4711-secret"'])
def test_secrets_are_refused(planted):
    with pytest.raises(UsageError, match="looks like a secret"):
        user_data(Wanted(FULL.settings, FULL.source, tier_file=planted))


def test_more_than_a_provider_takes_is_refused():
    with pytest.raises(UsageError, match="AWS takes 16384"):
        user_data(Wanted(FULL.settings, FULL.source, tier_file="# long\n" * 3000))


def needed(names: Iterable[str]) -> Iterator[Requirement]:
    """What these packages ask for here; extras of theirs are nobody's."""
    lines = (line for name in names for line in requires(name) or [])
    yield from (one for one in map(Requirement, lines) if one.marker is None or one.marker.evaluate({"extra": ""}))


def test_the_lock_holds_all_that_rigprov_needs_each_with_its_hash():
    import tomllib

    wanted = [Requirement(line) for line in tomllib.loads((ROOT / "pyproject.toml").read_text())["project"]["dependencies"]]
    locked: dict[str, list[str]] = {}
    for entry in re.split(r"\n(?=\S)", Path(ROOT / "rigprov/lock.txt").read_text()):
        assert "--hash=sha256:" in entry, entry
        requirement = Requirement(entry.split("\\")[0].strip())
        (pin,) = requirement.specifier
        assert pin.operator == "=="
        locked.setdefault(canonicalize_name(requirement.name), []).append(pin.version)

    wanted += needed(name for name in locked if name != "colorama")  # for Windows; pip is told not to look for more
    missing = [
        str(one)
        for one in wanted
        if not all(one.specifier.contains(pin) for pin in locked.get(canonicalize_name(one.name), ["0"]))
    ]
    assert missing == []
