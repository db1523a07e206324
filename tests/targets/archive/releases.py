"""What an Ubuntu release says about itself, and the kernels it has. ABI numbers are those of some day in late 2026."""

from dataclasses import dataclass


@dataclass(frozen=True)
class Kernel:
    """A kernel flavour: the suffix of its meta packages, and its present and next ABI."""

    meta: str  # "generic-hwe-22.04": linux-image-generic-hwe-22.04 follows it
    base: str  # "6.8.0"
    abi: int
    flavour: str  # "generic": the end of `uname -r`
    tail: str = ""  # of its version, where a newer release's kernel was built for this one

    def release(self, abi: int) -> str:
        """What `uname -r` says."""
        return f"{self.base}-{abi}-{self.flavour}"

    def version(self, abi: int) -> str:
        """Version of the packages of one ABI."""
        return f"{self.base}-{abi}.{abi + 10}{self.tail}"


@dataclass(frozen=True)
class Release:
    """An Ubuntu release."""

    codename: str
    number: str  # "22.04"
    title: str
    kernels: tuple[Kernel, ...]
    drivers: str  # ubuntu-drivers-common

    @property
    def cuda(self) -> str:
        """Its name in NVIDIA's CUDA repository."""
        return f"ubuntu{self.number.replace('.', '')}"

    @property
    def os_release(self) -> str:
        """Text of /etc/os-release."""
        return (
            f'PRETTY_NAME="Ubuntu {self.number}.5 LTS"\nNAME="Ubuntu"\nVERSION_ID="{self.number}"\n'
            f'VERSION="{self.number}.5 LTS ({self.title})"\nVERSION_CODENAME={self.codename}\nID=ubuntu\nID_LIKE=debian\n'
            f'HOME_URL="https://www.ubuntu.com/"\nUBUNTU_CODENAME={self.codename}\n'
        )


JAMMY = Release(
    "jammy",
    "22.04",
    "Jammy Jellyfish",
    (
        Kernel("generic", "5.15.0", 190, "generic"),
        Kernel("generic-hwe-22.04", "6.8.0", 138, "generic", "~22.04.1"),
        Kernel("aws", "6.8.0", 1050, "aws", "~22.04.1"),
        Kernel("azure", "6.8.0", 1055, "azure", "~22.04.1"),
        Kernel("gcp", "6.8.0", 1053, "gcp", "~22.04.1"),
    ),
    "1:0.9.6.2~0.22.04.9",
)
NOBLE = Release(
    "noble",
    "24.04",
    "Noble Numbat",
    (
        Kernel("generic", "6.8.0", 138, "generic"),
        Kernel("generic-hwe-24.04", "7.0.0", 31, "generic", "~24.04.1"),
        Kernel("aws", "6.17.0", 1022, "aws", "~24.04.1"),
        Kernel("azure", "6.17.0", 1020, "azure", "~24.04.1"),
        Kernel("gcp", "6.17.0", 1021, "gcp", "~24.04.1"),
    ),
    "1:0.9.7.6ubuntu3.4",
)
RELEASES = {release.codename: release for release in (JAMMY, NOBLE)}
