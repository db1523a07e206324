"""NVIDIA's own binding, as it travels with the script, against a library in C that stands in for the driver's."""

import json
import shutil
import subprocess
from pathlib import Path
from typing import Any

import pytest

from rigprov.verify.script import script

SOURCE = Path(__file__).parents[3] / "fixtures" / "nvml" / "driver.c"
# Runs the packed modules as they are sent, but calls the sampler instead of `examine.main`.
TAIL = """
import json, sys, time
sampler = sys.modules["rigprov.verify.host.nvml"].Sampler(4800100)
sampler.start()
time.sleep(0.35)
print(json.dumps([sampler.stop(), sys.modules["pynvml"].__file__ if hasattr(sys.modules["pynvml"], "__file__") else "packed"]))
"""


@pytest.fixture(scope="module")
def seen(tmp_path_factory: pytest.TempPathFactory) -> dict[str, Any]:
    compiler = shutil.which("cc")
    if compiler is None:
        pytest.skip("no C compiler to build the stand-in driver with")
    folder = tmp_path_factory.mktemp("driver")
    subprocess.run([compiler, "-shared", "-fPIC", "-w", "-o", folder / "libnvidia-ml.so.1", SOURCE], check=True)
    program = script({}).replace(".main(json.loads('{}'))\n", TAIL)
    assert TAIL in program
    environment = {"LD_LIBRARY_PATH": str(folder), "PATH": "/usr/bin:/bin"}
    done = subprocess.run(["sh"], input=program, env=environment, capture_output=True, text=True, timeout=60, check=False)
    assert (done.returncode, done.stderr) == (0, "")
    found, binding = json.loads(done.stdout)
    assert binding == "packed"
    return dict(found)


def test_inventory(seen: dict[str, Any]) -> None:
    (card,) = seen["gpus"]
    assert (seen["driver"], seen["cuda"]) == ("525.147.05", "12.0")
    assert (card["name"], card["uuid"], card["bus"]) == ("NVIDIA GeForce RTX 3090", "GPU-...cdef", "00000000:01:00.0")
    assert card["memory"] == {"total_mib": 24576, "used_mib": 20000}
    assert (card["bandwidth_gb_s"], card["sm_mhz_max"], card["power_limit_w"]) == (936.1, 2100, 350.0)
    assert [(link["up"], link["remote"]) for link in card["nvlinks"]] == [(True, "00000000:41:00.0")] * 4


def test_samples(seen: dict[str, Any]) -> None:
    samples = seen["gpus"][0]["samples"]
    assert len(samples["t_s"]) >= 2
    last = {name: column[-1] for name, column in samples.items() if name != "t_s"}
    assert last == {
        "sm_mhz": 1800,
        "memory_mhz": 9501,
        "power_w": 300.5,
        "temperature_c": 64,  # by the older name
        "used_mib": 20000,
        "load_percent": 97,
        "pcie_generation": None,
        "pcie_width": 16,
        "reasons": 4,  # by the older name
    }


def test_counters_processes_and_errors(seen: dict[str, Any]) -> None:
    after = seen["gpus"][0]["after"]
    assert (after["power_ns"], after["memory_temperature_c"]) == (5_000_000_000, 70)
    assert "hw_thermal_ns" not in after
    assert [(one["pid"], one["kind"], one["used_mib"]) for one in after["processes"]] == [
        (4800100, "compute", 19000),
        (4800101, "compute", None),
    ]
    assert [(event["gpu"], event["xid"]) for event in seen["xids"]] == [(0, 79)]


def test_what_is_missing_says_why(seen: dict[str, Any]) -> None:
    missing = seen["missing"]
    assert missing["nvmlDeviceGetPowerManagementDefaultLimit"] == "not supported"
    assert missing["nvmlDeviceGetMigMode"] == "function not found"
    assert missing["nvmlDeviceGetEnforcedPowerLimit"] == "unknown error"
    assert "nvmlDeviceGetTemperatureV" not in missing
