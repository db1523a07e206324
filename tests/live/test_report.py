"""Proofs of a real machine are kept, compared and reported."""

import json
import subprocess
from collections.abc import Callable
from pathlib import Path

import pytest

from rigprov.history.document import from_text
from tests.live.test_verify import sudo, tier
from tests.targets import Target

pytestmark = pytest.mark.live

Rigprov = Callable[..., subprocess.CompletedProcess[str]]


@pytest.mark.nightly
def test_apply_and_verify_are_kept_compared_and_reported(target: Target, rigprov: Rigprov, tmp_path: Path) -> None:
    way = ("--tier", tier(tmp_path, 1.0), "-F", target.ssh_config, target.name)
    first = rigprov("apply", "--yes", *way)
    assert first.returncode == 0, first.stderr
    second = rigprov("verify", *way)
    assert second.returncode == 0, second.stderr

    kept = sorted((tmp_path / "home/state/rigprov/proofs").rglob("*.json"))
    applied, verified = (from_text(path.read_bytes()) for path in kept)
    assert {path.stat().st_mode & 0o777 for path in kept} == {0o600}
    key = sudo(target, "cat /etc/rigprov/llm/api_key")
    assert [path for path in kept if key in path.read_text()] == []

    assert (applied.command, applied.proof.since) == ("apply", None)
    assert "llm_runtime" in {task.role for task in applied.changed or ()}
    assert (verified.command, verified.changed) == ("verify", None)
    since = verified.proof.since
    assert since is not None
    assert (since.taken, since.median, since.changes) == (applied.proof.taken, applied.proof.median, ())
    assert f"against {applied.proof.taken[:10]} " in second.stdout

    page = tmp_path / "page.html"
    said = rigprov("report", target.name, "--json", "--out", page)
    assert said.returncode == 0, said.stderr
    (host,) = json.loads(said.stdout)["data"]["hosts"]
    assert host["proof"]["median"] == verified.proof.median
    assert host["machine"]["os"] == verified.machine.os != ""
    assert f'data-at="/hosts/0/proof/median" data-value="{json.dumps(verified.proof.median)}"' in page.read_text()
