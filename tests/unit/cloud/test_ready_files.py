"""The inventories of AWS, GCP and Azure: their expressions on recorded host variables, by Ansible's own machinery."""

import json
import os
import subprocess
import sys
from pathlib import Path
from typing import Any

import pytest
import yaml

from tests.meta.checkout import ROOT

CLOUDS = {"aws_ec2": "aws", "gcp_compute": "gcp", "azure_rm": "azure"}
FILES = sorted((ROOT / "inventory").glob("*.yml"))


@pytest.mark.parametrize(("file", "cloud"), CLOUDS.items(), ids=list(CLOUDS))
def test_expressions(file: str, cloud: str) -> None:
    words = ["-m", "tests.unit.cloud.constructed", f"inventory/{file}.yml", f"tests/fixtures/cloud/{cloud}.json"]
    done = subprocess.run(
        [sys.executable, *words], cwd=ROOT, env={**os.environ, "USER": "me"}, capture_output=True, text=True, check=False
    )
    assert done.returncode == 0, done.stderr
    golden = Path(__file__).with_name("golden") / f"{cloud}.json"
    assert json.loads(done.stdout) == json.loads(golden.read_text())


@pytest.mark.parametrize("file", CLOUDS)
def test_only_machines_meant_for_rigprov_are_listed(file: str) -> None:
    plain: dict[str, Any] = yaml.safe_load((ROOT / f"inventory/{file}.yml").read_text())
    filters = {"aws_ec2": "filters", "gcp_compute": "filters", "azure_rm": "include_host_filters"}[file]
    assert "rigprov_tier" in json.dumps(plain[filters])


@pytest.mark.parametrize("file", FILES, ids=lambda file: file.stem)
def test_no_file_holds_a_key(file: Path) -> None:
    keys = {
        "api_key",
        "aws_secret_key",
        "secret_key",
        "access_key",
        "service_account_contents",
        "access_token",
        "secret",
        "password",
    }
    assert keys & set(yaml.safe_load(file.read_text())) == set()
