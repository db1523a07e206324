"""The program that runs a kernel on every GPU, against a library in C that stands in for the driver's."""

import os
import shutil
import subprocess
import sys
from importlib.resources import files
from pathlib import Path

import pytest

from rigprov.doctor.cuda_errors import CODES
from tests.unit.doctor.hosts import cause, diagnosed, first, layer, line

SOURCE = Path(__file__).parents[2] / "fixtures" / "cuda" / "driver.c"
PROGRAM = str(files("rigprov.doctor").joinpath("host/cuda_kernel.py"))


@pytest.fixture(scope="module")
def library(tmp_path_factory: pytest.TempPathFactory) -> Path:
    compiler = shutil.which("cc")
    if compiler is None:
        pytest.skip("no C compiler to build the stand-in driver with")
    path = tmp_path_factory.mktemp("cuda") / "libcuda.so.1"
    subprocess.run([compiler, "-shared", "-fPIC", "-Wall", "-o", path, SOURCE], check=True)
    return path


def run(library: Path, **environment: str) -> tuple[int, str, str]:
    """As the probe starts it; the library is found by its name."""
    env = {"PATH": os.defpath, "LD_LIBRARY_PATH": str(library.parent), **environment}
    done = subprocess.run([sys.executable, "-B", "-I", PROGRAM], env=env, capture_output=True, text=True, check=False, timeout=30)
    return done.returncode, done.stdout, done.stderr


def test_every_gpu_computes(library: Path) -> None:
    assert run(library, CUDA_VISIBLE_DEVICES="") == (
        0,
        "library libcuda.so.1\ndriver 13000\ncount 2\n"
        "device 0 8.6 NVIDIA Stand-in A\nproved 0\ndevice 1 8.6 NVIDIA Stand-in B\nproved 1\n",
        "",
    )


@pytest.mark.parametrize(
    ("fail", "last"),
    [
        ("cuInit=802", "failed cuInit 802 CUDA_ERROR_SYSTEM_NOT_READY"),
        ("cuInit=12345", "failed cuInit 12345 -"),
        ("cuDeviceGetCount=3", "failed cuDeviceGetCount 3 -"),
        ("cuCtxCreate_v2@1=2", "failed cuCtxCreate_v2 2 CUDA_ERROR_OUT_OF_MEMORY 1"),
        ("cuModuleLoadData@1=222", "failed cuModuleLoadData 222 CUDA_ERROR_UNSUPPORTED_PTX_VERSION 1"),
        ("cuMemAlloc_v2@1=2", "failed cuMemAlloc_v2 2 CUDA_ERROR_OUT_OF_MEMORY 1"),
        ("cuLaunchKernel@1=719", "failed cuLaunchKernel 719 - 1"),
        ("cuCtxSynchronize@1=700", "failed cuCtxSynchronize 700 - 1"),
        ("cuMemcpyDtoH_v2@1=999", "failed cuMemcpyDtoH_v2 999 - 1"),
    ],
)
def test_each_call_that_fails_is_named(library: Path, fail: str, last: str) -> None:
    rc, out, err = run(library, FAIL=fail)

    assert (rc, out.splitlines()[-1], err) == (1, last, "")
    assert ("proved 0" in out) == ("@1" in fail)  # one GPU's failure does not keep the other from being tried


def test_a_gpu_that_computes_wrongly(library: Path) -> None:
    rc, out, _ = run(library, WRONG="4095", COUNT="1")
    assert (rc, out.splitlines()[-1]) == (1, "wrong 0 1 of 4096 values, first at 4095: 28669")


def test_no_device(library: Path) -> None:
    assert run(library, COUNT="0") == (1, "library libcuda.so.1\ndriver 13000\ncount 0\n", "")


def test_no_library(tmp_path: Path) -> None:
    if shutil.which("nvidia-smi", path=os.defpath):
        pytest.skip("this machine has a driver")
    rc, out, err = run(tmp_path / "libcuda.so.1")
    assert (rc, out) == (3, "")
    assert err == "libcuda.so.1: cannot open shared object file: No such file or directory\n"


def test_a_library_that_lacks_a_function(library: Path, tmp_path: Path) -> None:
    (tmp_path / "empty.c").write_text("int cuInit(unsigned flags) { return 0; }\n")
    compiler = shutil.which("cc") or "cc"
    subprocess.run([compiler, "-shared", "-fPIC", "-o", tmp_path / "libcuda.so.1", tmp_path / "empty.c"], check=True)
    rc, out, err = run(tmp_path / "libcuda.so.1")
    assert (rc, out.splitlines()[-1], err) == (1, "failed cuDriverGetVersion -1 -", "")


def told(rc: int, *lines: str) -> tuple[str, str, int]:
    return ("\n".join(("library libcuda.so.1", "driver 13000", *lines)), "", rc)


@pytest.mark.parametrize("code", sorted(set(CODES) - {2}))
def test_every_code_has_a_meaning_and_a_fix(code: int) -> None:
    found = diagnosed(cuda_kernel=told(1, f"failed cuInit {code} -"))

    assert cause(found) == ("cuda", f"cuda-{code}")
    assert first(found).what == f"cuInit gave {code} {CODES[code].name}: {CODES[code].what}"
    assert first(found).evidence == (f"cuda-kernel: failed cuInit {code} -",)
    assert first(found).fix == CODES[code].fix


def test_a_code_that_nobody_knows() -> None:
    found = diagnosed(cuda_kernel=told(1, "count 2", "proved 0", "failed cuLaunchKernel 4711 CUDA_ERROR_NEW 1"))
    assert first(found).what.startswith("GPU 1: cuLaunchKernel gave 4711 CUDA_ERROR_NEW: the driver gave an error that rigprov")


def test_full_memory_is_no_fault() -> None:
    found = diagnosed(cuda_kernel=told(1, "count 2", "failed cuCtxCreate_v2 2 CUDA_ERROR_OUT_OF_MEMORY 0", "proved 1"))
    assert layer(found, "cuda").state == "not proved"
    assert "rigprov-llm stop" in layer(found, "cuda").way


SWITCH = line("pci") + "\n0000:0a:00.0 0x10de 0x22a3 0x068000 0x10de 0x1796 -"
DOWN = "LoadState=loaded\nActiveState=failed\nResult=exit-code\nversion=580.95.05"


@pytest.mark.parametrize(
    ("changed", "expected", "words"),
    [
        ({"fabric_manager": DOWN}, ("nvml", "fabric-manager"), "is not running"),
        ({"fabric_manager": line("fabric-manager")}, ("nvml", "fabric-manager"), "is not installed"),
        ({"packages": "ii  nvidia-fabricmanager-580 580.82.07-1"}, ("nvml", "fabric-manager-version"), "580.82.07"),
    ],
)
def test_802_comes_from_the_fabric_manager(changed, expected, words) -> None:
    found = diagnosed(pci=SWITCH, cuda_kernel=told(1, "failed cuInit 802 CUDA_ERROR_SYSTEM_NOT_READY"), **changed)

    assert cause(found) == expected
    assert words in first(found).what


@pytest.mark.parametrize(
    ("said", "code"),
    [
        (("", "", 124), "cuda-hangs"),
        (("", "libcuda.so.1: cannot open shared object file", 3), "no-libcuda"),
        (told(1, "count 0"), "cuda-100"),
        (told(1, "count 1", "wrong 0 1 of 4096 values, first at 7: 0"), "cuda-wrong-result"),
        (told(0, "count 1", "proved 0"), "cuda-fewer-gpus"),
    ],
)
def test_what_else_can_happen(said, code) -> None:
    assert cause(diagnosed(cuda_kernel=said)) == ("cuda", code)


@pytest.mark.parametrize("said", [("", "", 127), ("", "ModuleNotFoundError: No module named '_ctypes'", 1)])
def test_without_python_nothing_is_proved(said) -> None:
    assert layer(diagnosed(cuda_kernel=said), "cuda").state == "not proved"


def test_the_compute_mode_explains_46() -> None:
    state = line("smi-state").replace("Default", "Prohibited")
    found = diagnosed(smi_state=state, cuda_kernel=told(1, "count 1", "failed cuCtxCreate_v2 46 CUDA_ERROR_DEVICE_UNAVAILABLE 0"))
    assert first(found).what.endswith("compute mode Prohibited")
