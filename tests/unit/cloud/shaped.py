"""Sections of a recording as clouds and their machines shape them. All values are made up."""

from collections.abc import Callable

from tests.unit.plan.storage.topology import GB, Machine, Node

Sections = dict[str, tuple[str, str, int]]

X86 = "fpu sse sse2 ht syscall lm pni ssse3 fma sse4_1 sse4_2 popcnt aes xsave avx f16c avx2 bmi1 bmi2 hypervisor avx512f"
ARM = "fp asimd evtstrm aes pmull sha1 sha2 crc32 atomics fphp asimdhp cpuid asimdrdm lrcpc dcpop asimddp sve"


def said(text: str) -> tuple[str, str, int]:
    return text + "\n", "", 0


def pci(*gpus: str) -> tuple[str, str, int]:
    """A bus with a network card and these lines: address, vendor and device of each GPU."""
    rows = [f"{address} 0x10de 0x{device} 0x030200 0x10de 0x152f -" for address, device in (one.split() for one in gpus)]
    return said("\n".join(["0000:00:00.0 0x8086 0x1237 0x060000 0x0000 0x0000 -", *rows]))


def cpu(model: str, threads: int) -> tuple[str, str, int]:
    """x86: two threads a core."""
    rows = [f"processor\t: {n}\nmodel name\t: {model}\nphysical id\t: 0\ncore id\t\t: {n // 2}" for n in range(threads)]
    return said("\n".join([f"{rows[0]}\nflags\t\t: {X86}", *rows[1:]]))


def arm(part: str, cores: int) -> tuple[str, str, int]:
    rows = [f"processor\t: {n}\nCPU implementer\t: 0x41\nCPU part\t: {part}" for n in range(cores)]
    return said("\n".join([f"processor\t: 0\nFeatures\t: {ARM}\nCPU implementer\t: 0x41\nCPU part\t: {part}", *rows[1:]]))


def memory(gib: int) -> tuple[str, str, int]:
    total = int(gib * 1024 * 1024 * 0.97)
    return said(f"MemTotal: {total} kB\nMemFree: {total * 8 // 10} kB\nMemAvailable: {total * 9 // 10} kB\nShmem: 14320 kB")


def cloud(vendor: str, product: str, size: str, cloud_id: str, **dmi: str) -> Sections:
    fields = {"sys_vendor": vendor, "product_name": product, "bios_vendor": vendor, "product_uuid_start": "1a2b3c4d", **dmi}
    done = (
        '==> enabled\n==> cloud-id\n{}\n==> status.json\n{{"v1": {{"stage": null}}}}\n==> result.json\n{{"v1": {{"errors": []}}}}'
    )
    return {
        "dmi": said("\n".join(f"{key}={value}" for key, value in fields.items())),
        "cloud-init": said(done.format(cloud_id)),
        "instance-type": said(size),
    }


def amazon(size: str) -> Sections:
    return cloud("Amazon EC2", size, size, "aws", product_uuid_start="ec2a1b2c")


def google(size: str) -> Sections:
    more = {"product_serial_start": "GoogleCloud-"}
    return {**cloud("Google", "Google Compute Engine", size, "gce", **more), "detect-virt": said("container=none\nvm=google")}


def microsoft(size: str) -> Sections:
    more = {"chassis_asset_tag": "7783-7084-3265-9085-8269-3286-77"}
    return {
        **cloud("Microsoft Corporation", "Virtual Machine", size, "azure", **more),
        "detect-virt": said("container=none\nvm=microsoft"),
    }


def aws_disks(store: int) -> Machine:
    part = Node("nvme0n1p1", "part", 199 * GB, "ext4", mounts=("/",), model=None)
    root = Node("nvme0n1", size=200 * GB, model="Amazon Elastic Block Store", serial="vol0a", children=[part])
    local = [Node("nvme1n1", size=store * GB, model="Amazon EC2 NVMe Instance Storage", serial="AWS1")] if store else []
    return Machine([root, *local])


def gcp_disks() -> Machine:
    part = Node("nvme0n1p1", "part", 999 * GB, "ext4", mounts=("/",), model=None)
    links = ("google-persistent-disk-0",)
    root = Node("nvme0n1", size=1000 * GB, model="nvme_card-pd", serial="nvme_card-pd", by_id=links, wwn="eui.1", children=[part])
    local = Node("nvme1n1", size=375 * GB, model="nvme_card0", serial="nvme_card0", by_id=("google-local-nvme-ssd-0",))
    return Machine([root, local])


def azure_disks(scratch: int, direct: int = 0, system: int = 128) -> Machine:
    """The temporary disk comes formatted and mounted; NVMe of the size, where it has any, comes blank."""
    part = Node("sda1", "part", (system - 1) * GB, "ext4", mounts=("/",), model=None)
    root = Node("sda", size=system * GB, model="Virtual_Disk", serial="6001", tran="scsi", children=[part])
    partition = Node("sdb1", "part", scratch * GB, "ext4", mounts=("/mnt",), model=None)
    temporary = Node("sdb", size=scratch * GB, model="Virtual_Disk", serial="6002", tran="scsi", children=[partition])
    local = [Node("nvme0n1", size=direct * GB, model="Microsoft NVMe Direct Disk v2", serial="SN2")] if direct else []
    return Machine([root, temporary, *local])


def one_disk(size: int, model: str) -> Machine:
    part = Node("nvme0n1p1", "part", (size - 1) * GB, "ext4", mounts=("/",), model=None)
    return Machine([Node("nvme0n1", size=size * GB, model=model, serial="S1", children=[part])])


def flavour(kernel: str, *, arm64: bool) -> Callable[[str], str]:
    """The recording's kernel becomes another flavour's, or another architecture's, in whatever names it."""
    name = kernel.split("-", 2)[2] if kernel else "aws"

    def change(text: str) -> str:
        if kernel:
            text = text.replace("6.8.0-1029-aws", kernel).replace("linux-aws", f"linux-{name}").replace("-aws\n", f"-{name}\n")
            text = text.replace("-aws:", f"-{name}:").replace("-aws ", f"-{name} ")
        if arm64:
            text = text.replace("x86_64", "aarch64").replace(" amd64 ", " arm64 ")
            text = text.replace("archive.ubuntu.com/ubuntu", "ports.ubuntu.com/ubuntu-ports")
        return text

    return change
