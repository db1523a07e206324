"""Third-party package repositories: address, key, and the releases that they are published for.

Sources: NVIDIA's driver installation guide and container toolkit guide (2026). Keys are named by their whole fingerprint, so
that a key which somebody else puts at the same address is refused.
"""

from dataclasses import dataclass

# (os id, version) -> directory of NVIDIA's CUDA repository. Interim releases of Ubuntu have none.
CUDA_RELEASES = {
    ("ubuntu", "jammy"): "ubuntu2204",
    ("ubuntu", "noble"): "ubuntu2404",
    ("ubuntu", "resolute"): "ubuntu2604",
    ("debian", "bookworm"): "debian12",
    ("debian", "trixie"): "debian13",
}
_CUDA = "https://developer.download.nvidia.com/compute/cuda/repos"
_CUDA_ARCHITECTURES = {"x86_64": ("x86_64", "amd64"), "aarch64": ("sbsa", "arm64")}
_CUDA_KEY = ("3bf863cc.pub", "EB693B3035CD5710E231E123A4B469963BF863CC")
_CUDA_KEYS = {"debian13": ("8793F200.pub", "02182E60104FCDC26EAE1B8597A5D4CB8793F200")}
# Names that repository in apt's preferences, whichever release it is for.
CUDA_PIN = "origin developer.download.nvidia.com"
_TOOLKIT = "https://nvidia.github.io/libnvidia-container"
# Where its predecessors lay, nvidia-docker and a libnvidia-container for each distribution; both are out of use since 2023.
OLD_TOOLKIT = (
    "nvidia.github.io/nvidia-docker/",
    "nvidia.github.io/nvidia-container-runtime/",
    "nvidia.github.io/libnvidia-container/ubuntu",
    "nvidia.github.io/libnvidia-container/debian",
)
# Source: docs.docker.com/engine/install (2026).
DOCKER = "https://download.docker.com/linux"
DOCKER_SYSTEMS = ("ubuntu", "debian")
_DEBIAN_ARCHITECTURES = {"x86_64": "amd64", "aarch64": "arm64"}


@dataclass(frozen=True)
class Repository:
    """One repository, as the role `apt_repository` takes it."""

    name: str
    url: str
    suites: tuple[str, ...]
    architectures: tuple[str, ...]
    key_url: str
    key_fingerprint: str
    components: tuple[str, ...] = ()

    def values(self) -> dict[str, object]:
        """As a role's variable."""
        return {
            "name": self.name,
            "url": self.url,
            "suites": list(self.suites),
            "components": list(self.components),
            "architectures": list(self.architectures),
            "key_url": self.key_url,
            "key_fingerprint": self.key_fingerprint,
        }


def cuda(os_id: str, codename: str, machine: str) -> Repository | None:
    """NVIDIA's CUDA repository for a release, which has drivers too; None where NVIDIA publishes none."""
    release = CUDA_RELEASES.get((os_id, codename))
    if release is None or machine not in _CUDA_ARCHITECTURES:
        return None
    directory, architecture = _CUDA_ARCHITECTURES[machine]
    url = f"{_CUDA}/{release}/{directory}/"
    key, fingerprint = _CUDA_KEYS.get(release, _CUDA_KEY)
    return Repository("cuda", url, ("/",), (architecture,), f"{url}{key}", fingerprint)


def container_toolkit(machine: str) -> Repository | None:
    """NVIDIA's container toolkit, one repository for all releases."""
    architecture = _DEBIAN_ARCHITECTURES.get(machine)
    if architecture is None:
        return None
    return Repository(
        name="nvidia-container-toolkit",
        url=f"{_TOOLKIT}/stable/deb/{architecture}/",
        suites=("/",),
        architectures=(architecture,),
        key_url=f"{_TOOLKIT}/gpgkey",
        key_fingerprint="C95B321B61E88C1809C4F759DDCAE044F796ECB0",
    )


def docker(os_id: str, codename: str) -> Repository:
    """Docker's repository for a release."""
    return Repository(
        name="docker",
        url=f"{DOCKER}/{os_id}/",
        suites=(codename,),
        architectures=(),
        key_url=f"{DOCKER}/{os_id}/gpg",
        key_fingerprint="9DC858229FC7DD38854AE2D88D81803C0EBFCD88",
        components=("stable",),
    )
