"""`rigprov render skypilot` read by SkyPilot's own parser, in an environment of its own: it is no dependency of rigprov."""

import json
import os
import subprocess
import sys
from pathlib import Path

import pytest

from rigprov.catalog.rentals import CLOUDS, rentals

pytestmark = [pytest.mark.live, pytest.mark.nightly]

PACKAGE = "skypilot>=0.14,<0.15"
HASH = "0123456789abcdef" * 4
TIERS = ("starter", "intermediate", "advanced")
READ = """
import json, sys, sky
for path in sys.argv[1:]:
    task = sky.Task.from_yaml(path)
    (wanted,) = task.resources
    size = [wanted.accelerators, wanted.cpus, wanted.memory, wanted.disk_size]
    print(json.dumps([path, task.name, str(wanted.cloud), *size, task.run]))
"""


@pytest.fixture(scope="module")
def python(tmp_path_factory: pytest.TempPathFactory) -> Path:
    home = tmp_path_factory.mktemp("venv")
    for words in ([sys.executable, "-m", "venv", home], [home / "bin/pip", "install", "-q", PACKAGE]):
        done = subprocess.run([str(word) for word in words], capture_output=True, text=True, check=False)
        assert done.returncode == 0, done.stderr
    return home / "bin/python"


def test_the_parser_takes_every_task(python: Path, tmp_path: Path) -> None:
    paths = {}
    for cloud in CLOUDS:
        for tier in TIERS:
            path = tmp_path / f"{cloud}-{tier}.yaml"
            words = ["render", "skypilot", "--tier", tier, "--cloud", cloud, "--sha256", HASH, "--output", str(path)]
            if subprocess.run([sys.executable, "-m", "rigprov", *words], capture_output=True, check=False).returncode == 0:
                paths[str(path)] = (cloud, tier)
    # names of accelerators are looked up in a file that SkyPilot would fetch
    names = sorted({rental.accelerator for rental in rentals() if rental.accelerator})
    catalogue = tmp_path / ".sky/catalogs/v8/common/accelerators.csv"
    catalogue.parent.mkdir(parents=True)
    catalogue.write_text("AcceleratorName,Clouds\n" + "".join(f"{name},['AWS']\n" for name in names))
    home = {**os.environ, "HOME": str(tmp_path), "SKYPILOT_DISABLE_USAGE_COLLECTION": "1"}
    done = subprocess.run([str(python), "-c", READ, *paths], capture_output=True, text=True, check=False, env=home)
    assert done.returncode == 0, done.stderr

    read = {line[0]: line[1:] for line in map(json.loads, filter(lambda line: line.startswith("["), done.stdout.splitlines()))}
    assert read.keys() == paths.keys()
    assert len(paths) == 13  # of 15: RunPod and Vast rent out no machine without a GPU
    for file, (cloud, tier) in paths.items():
        name, where, accelerators, cpus, memory, disk, run = read[file]
        assert (name, where.lower(), bool(accelerators)) == (f"rigprov-{tier}", cloud, tier != "starter")
        assert (cpus is None) == bool(accelerators)
        assert (memory[-1], disk >= 50) == ("+", True)
        assert run.endswith(f"rigprov pull --tier={tier}\n")
