"""Where the plan may need to download from, so that the probe can ask whether a host gets there."""

from collections.abc import Mapping
from types import MappingProxyType

PYTHON_INDEX = "python_index"

# Each address is a small file that is always there, asked for by HEAD. Ubuntu and Debian are left out: apt tells itself.
SOURCES: Mapping[str, str] = MappingProxyType(
    {
        "docker_repository": "https://download.docker.com/linux/debian/gpg",
        "nvidia_cuda_repository": "https://developer.download.nvidia.com/compute/cuda/repos/ubuntu2204/x86_64/Release",
        "nvidia_container_toolkit_repository": "https://nvidia.github.io/libnvidia-container/gpgkey",
        "hub": "https://huggingface.co/",
        "github": "https://github.com/",
    }
)

SOURCE_NAMES: tuple[str, ...] = (*SOURCES, PYTHON_INDEX)


def default_python_index() -> str:
    """The index that pip takes when nothing is configured, asked from pip here; "" where pip is not installed."""
    try:
        from pip._internal.models.index import PyPI
    except ImportError:
        return ""
    return str(PyPI.simple_url)
