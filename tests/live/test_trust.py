"""`rigprov trust`: a host key is taken by the fingerprint that the user gives, and by nothing else."""

import json
import subprocess
from collections.abc import Callable
from pathlib import Path

import pytest

from rigprov.errors import Exit
from tests.live.test_facts import alias, fingerprint
from tests.targets import Target

pytestmark = pytest.mark.live

Rigprov = Callable[..., subprocess.CompletedProcess[str]]


def another(folder: Path) -> tuple[str, str]:
    """A key of no machine: type and data as in known_hosts, and its fingerprint."""
    subprocess.run(["ssh-keygen", "-q", "-t", "ed25519", "-N", "", "-f", folder / "other"], check=True)
    shown = subprocess.run(["ssh-keygen", "-lf", folder / "other.pub"], capture_output=True, text=True, check=True)
    return " ".join((folder / "other.pub").read_text().split()[:2]), shown.stdout.split()[1]


def test_nothing_is_recorded_without_the_right_fingerprint(module_target: Target, rigprov: Rigprov, tmp_path: Path) -> None:
    config, own = alias(tmp_path, module_target), fingerprint(module_target)
    _, other = another(tmp_path)

    done = rigprov("trust", "rig", "-F", config)
    assert done.returncode == Exit.USAGE
    assert f"shows ssh-ed25519 {own}; on record is nothing" in done.stderr
    done = rigprov("trust", "rig", "-F", config, "--fingerprint", other)
    assert done.returncode == Exit.UNREACHABLE
    assert f"shows ssh-ed25519 {own}, and not {other}" in done.stderr
    assert not (tmp_path / "known").exists()

    done = rigprov("trust", "rig", "-F", config, "--fingerprint", own)
    assert (done.returncode, done.stderr) == (0, "")
    assert rigprov("facts", "rig", "-F", config).returncode == 0


def test_an_address_that_is_another_machine_s_now(module_target: Target, rigprov: Rigprov, tmp_path: Path) -> None:
    config, own = alias(tmp_path, module_target), fingerprint(module_target)
    key, other = another(tmp_path)
    kept = [f"@cert-authority {module_target.ip} {key}", f"elsewhere {key}"]
    (tmp_path / "known").write_text("\n".join([*kept, f"{module_target.ip} {key}", ""]))
    refused = rigprov("facts", "rig", "-F", config)
    assert (refused.returncode, own in refused.stderr, other in refused.stderr) == (Exit.UNREACHABLE, True, True)

    done = rigprov("trust", "rig", "-F", config, "--fingerprint", own, "--json")
    assert json.loads(done.stdout)["data"]["before"] == [f"ssh-ed25519 {other}"]
    lines = (tmp_path / "known").read_text().splitlines()
    assert (lines[:2], len(lines)) == (kept, 3)
    assert rigprov("facts", "rig", "-F", config).returncode == 0
    again = rigprov("trust", "rig", "-F", config, "--fingerprint", own)
    assert (again.returncode, "is on record already" in again.stdout) == (0, True)


def test_a_revoked_key_is_never_taken(module_target: Target, rigprov: Rigprov, tmp_path: Path) -> None:
    config, own = alias(tmp_path, module_target), fingerprint(module_target)
    key = " ".join((module_target.folder / "host_key.pub").read_text().split()[:2])
    text = f"@revoked {module_target.ip} {key}\n"
    (tmp_path / "known").write_text(text)
    done = rigprov("trust", "rig", "-F", config, "--fingerprint", own)
    assert (done.returncode, "is marked as revoked" in done.stderr) == (Exit.UNREACHABLE, True)
    assert (tmp_path / "known").read_text() == text


def test_bad_input(rigprov: Rigprov) -> None:
    for words, said in (
        (("rig", "--fingerprint", "nonsense"), "is no fingerprint"),
        (("localhost", "--fingerprint", "A" * 43), "belongs to one host that is reached by ssh"),
        (("a@192.0.2.1", "b@192.0.2.2", "--fingerprint", "A" * 43), "belongs to one host"),
    ):
        done = rigprov("trust", *words)
        assert (done.returncode, said in done.stderr, "Traceback" in done.stderr) == (Exit.USAGE, True, False), done.stderr
