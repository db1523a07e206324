"""What a host is: the facts that the probe found."""

from collections.abc import Mapping
from dataclasses import dataclass, field

# Re-exported: facts are imported from here, wherever they are defined.
from rigprov.model.driver import DkmsBuild as DkmsBuild  # noqa: PLC0414
from rigprov.model.driver import InstalledKernel as InstalledKernel  # noqa: PLC0414
from rigprov.model.driver import ModuleFile as ModuleFile  # noqa: PLC0414
from rigprov.model.driver import Offer as Offer  # noqa: PLC0414
from rigprov.model.missing import Missing as Missing  # noqa: PLC0414
from rigprov.model.packages import AptSource as AptSource  # noqa: PLC0414
from rigprov.model.packages import Package as Package  # noqa: PLC0414
from rigprov.model.storage import BlockDevice as BlockDevice  # noqa: PLC0414
from rigprov.model.storage import Claims as Claims  # noqa: PLC0414
from rigprov.model.storage import FstabEntry as FstabEntry  # noqa: PLC0414
from rigprov.model.storage import Mount as Mount  # noqa: PLC0414
from rigprov.model.storage import PhysicalVolume as PhysicalVolume  # noqa: PLC0414
from rigprov.model.storage import PreparedDisk as PreparedDisk  # noqa: PLC0414
from rigprov.model.storage import SwapArea as SwapArea  # noqa: PLC0414
from rigprov.model.swap import Swapping as Swapping  # noqa: PLC0414

NOT_ASKED = Missing("not asked")


@dataclass(frozen=True)
class OsRelease:
    """From `/etc/os-release`."""

    id: str  # "ubuntu", "debian"
    version_id: str  # "22.04", "12"; "" where the release has none
    codename: str  # "jammy", "bookworm"
    id_like: tuple[str, ...]
    pretty: str


@dataclass(frozen=True)
class Kernel:
    """From `uname` and `/proc/version`."""

    release: str  # "6.8.0-45-generic"
    flavour: str  # "generic", "aws", "azure", "gcp", "oracle", "cloud", "raspi", ...; "" where the release has none
    machine: str  # "x86_64", "aarch64"
    compiler: str | Missing  # as written in /proc/version


@dataclass(frozen=True)
class Cpu:
    """From `/proc/cpuinfo` and sysfs."""

    model: str
    physical_cores: int
    logical_cpus: int  # those this machine (or this container's quota) may use
    # subset of: avx, avx2, fma, f16c, avx512f, avx512_vnni, avx512_bf16, amx_tile, neon, asimd, sve
    vector_extensions: tuple[str, ...]
    l3_bytes: int | Missing  # sum over the distinct level-3 caches


@dataclass(frozen=True)
class Memory:
    """RAM, in MiB. `total_mib` is the cgroup's limit where that is lower than the machine's memory."""

    total_mib: int
    available_mib: int


@dataclass(frozen=True)
class PciDevice:
    """One function on the PCI bus, read from sysfs: no driver and no lspci needed. Ids are lower-case hex, 4 digits."""

    address: str  # "0000:01:00.0"
    vendor: str  # "10de"
    device: str  # "2204"
    class_id: str  # first four digits of the class: "0300"
    subsystem_vendor: str
    subsystem_device: str
    driver: str | None  # module bound to it


@dataclass(frozen=True)
class NvidiaGpu:
    """One GPU as the NVIDIA driver reports it."""

    index: int
    name: str
    uuid: str
    memory_mib: int
    mig: bool


@dataclass(frozen=True)
class Nvidia:
    """State of the NVIDIA driver."""

    module_version: str | None  # loaded kernel module
    gpus: tuple[NvidiaGpu, ...] | Missing  # Missing carries nvidia-smi's words when it failed
    driver_version: str | None


@dataclass(frozen=True)
class BuildTools:
    """What programs can be built with. A version is None where the tool is not there."""

    cmake: str | None = None
    ninja: bool = False
    make: bool = False
    compiler: str | None = None  # version of g++
    nvcc: str | None = None  # CUDA release of its toolkit, "12.4"
    nvcc_path: str | None = None
    cublas: tuple[str, ...] = ()  # headers `cublas_v2.h`: the toolkit's own first, then those inside Python packages


@dataclass(frozen=True)
class Docker:
    """An engine that is installed."""

    version: str
    running: bool
    data_root: str | Missing
    snapshotter: bool | Missing  # images live in containerd (Docker 29 and later by default)
    containerd_root: str | Missing
    daemon_json: Mapping[str, object] | Missing | None  # None: no such file; Missing: there, but not valid JSON
    snap: bool


@dataclass(frozen=True)
class Virtualisation:
    """What rigprov runs in, by evidence."""

    container: str | None  # "docker", "lxc", "systemd-nspawn", "podman", ...; None: not in a container
    hypervisor: str | None  # "kvm", "microsoft", "xen", "vmware", ...
    wsl: bool
    init: str  # name of process 1, "systemd" when systemd is running the machine
    systemd_running: bool
    provider: str | None  # "aws", "gcp", "azure", "runpod", "vast", ...
    can_admin: bool  # CAP_SYS_ADMIN in the bounding set of this shell: mount, swapon


@dataclass(frozen=True)
class Privilege:
    """How rigprov may become root on the host."""

    user: str
    how: str  # "root", "sudo" (without password), "sudo-password", "none"


@dataclass(frozen=True)
class HostFacts:
    """Everything the plan decides from."""

    host: str
    os: OsRelease
    kernel: Kernel
    cpu: Cpu
    memory: Memory
    virtualisation: Virtualisation
    privilege: Privilege
    swaps: tuple[SwapArea, ...] | Missing
    fstab_swaps: tuple[str, ...] | Missing  # sources of the swap lines in /etc/fstab
    disks: tuple[BlockDevice, ...] | Missing
    mounts: tuple[Mount, ...] | Missing
    pci: tuple[PciDevice, ...] | Missing
    modules: tuple[str, ...] | Missing
    nvidia: Nvidia | Missing | None  # None: neither module nor nvidia-smi
    secure_boot: bool | Missing
    packages: tuple[Package, ...] | Missing
    apt_sources: tuple[AptSource, ...] | Missing
    apt_keyrings: tuple[str, ...] | Missing
    apt_lock_holder: str | Missing | None  # None: free
    reboot_required: tuple[str, ...] | Missing | None  # packages that ask for it; None: no reboot pending
    docker: Docker | Missing | None  # None: not installed
    reachable: Mapping[str, bool | Missing]  # source name (see rigprov.catalog.sources) -> answers from this host
    boot_id: str | Missing
    machine_id: str | Missing
    python: str | None  # version of /usr/bin/python3; None: not there
    extra: Mapping[str, str] = field(default_factory=dict)
    tools: BuildTools | Missing = NOT_ASKED
    compute_capabilities: tuple[str, ...] | Missing = NOT_ASKED  # of the NVIDIA GPUs, "8.6"
    kernels: tuple[InstalledKernel, ...] | Missing = NOT_ASKED
    dkms: tuple[DkmsBuild, ...] | Missing = NOT_ASKED
    module_file: ModuleFile | Missing | None = NOT_ASKED  # None: the running kernel has no NVIDIA module
    offers: tuple[Offer, ...] | Missing = NOT_ASKED  # of packages that the GPU roles may take
    desktop: tuple[str, ...] | Missing = NOT_ASKED  # packages that draw a desktop; (): none
    instance_type: str | Missing | None = NOT_ASKED  # the cloud's name for the size; None: it tells none
    gpu_virtualisation: tuple[str, ...] | Missing = NOT_ASKED  # of each GPU, as the driver says: "VGPU", "Pass-Through", "None"
    # packages that an earlier run installed for the driver -> whether by name (False: as another one's need)
    driver_record: Mapping[str, bool] | Missing = field(default_factory=dict)
    claims: Claims = field(default_factory=Claims)  # on disks
    ledger: str | Missing = NOT_ASKED  # JSON of what earlier runs left, see rigprov.ledger
    swapping: Swapping = field(default_factory=Swapping)
