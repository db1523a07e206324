"""Compilers, CUDA's toolkit, and what the GPUs can run."""

import pytest

from rigprov.facts.parse.fields import ParseError
from rigprov.facts.parse.tools import build_tools, capabilities
from rigprov.model.host import BuildTools, Missing
from tests.unit.facts.rigs import facts

ALL = """==> cmake /usr/bin/cmake
cmake version 3.25.1

==> ninja /usr/bin/ninja
1.11.1
==> make /usr/bin/make
GNU Make 4.3
Built for x86_64-pc-linux-gnu
==> g++ /usr/bin/g++
g++ (Debian 12.2.0-14+deb12u1) 12.2.0
Copyright (C) 2022 Free Software Foundation, Inc.
==> nvcc /usr/local/bin/nvcc
nvcc: NVIDIA (R) Cuda compiler driver
Built on Wed_Aug_20_01:58:59_PM_PDT_2025
Cuda compilation tools, release 13.0, V13.0.88
Build cuda_13.0.r13.0/compiler.36424714_0
==> cublas /a b/include/cublas_v2.h
==> cublas /a b/include/cublas_v2.h
"""
NVCC_ALONE = "==> nvcc /usr/bin/nvcc\nCuda compilation tools, release 11.5, V11.5.119\n"


@pytest.mark.parametrize(
    ("text", "tools"),
    [
        ("", BuildTools()),
        (ALL, BuildTools("3.25.1", True, True, "12.2.0", "13.0", "/usr/local/bin/nvcc", ("/a b/include/cublas_v2.h",))),
        (NVCC_ALONE, BuildTools(nvcc="11.5", nvcc_path="/usr/bin/nvcc")),
        ("==> g++ /usr/bin/g++\ng++ (GCC) 14.2.1 20250110\n", BuildTools(compiler="14.2.1")),
        ("==> nvcc /broken/nvcc\nSegmentation fault\n", BuildTools(nvcc_path="/broken/nvcc")),
    ],
)
def test_build_tools(text, tools):
    assert build_tools(text) == tools


def test_build_tools_that_make_no_sense():
    with pytest.raises(ParseError, match="not a tool: '==> cmake'"):
        build_tools("==> cmake\n")


@pytest.mark.parametrize(
    ("text", "found"),
    [
        ("[N/A]\n", Missing("the driver tells no compute capability")),
        ("8.6\n8.6\n", ("8.6", "8.6")),
        ("12.0\n", ("12.0",)),
        ("", ()),
    ],
)
def test_capabilities(text, found):
    assert capabilities(text) == found


def test_what_is_no_capability():
    with pytest.raises(ParseError, match="not a compute capability: 'GPU'"):
        capabilities("GPU\n")


@pytest.mark.parametrize(
    ("name", "nvcc", "capability"),
    [
        ("vast", "12.4", ("8.6",)),
        ("dual-3090", None, ("8.6", "8.6")),
        ("nspawn", None, Missing("`compute-capability` is not installed")),
    ],
)
def test_recorded_machines(name, nvcc, capability):
    found = facts(name)
    assert isinstance(found.tools, BuildTools)
    assert (found.tools.nvcc, found.compute_capabilities) == (nvcc, capability)
