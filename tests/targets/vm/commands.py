"""Virtual machines from the command line: `python -m tests.targets vm up NAME`."""

import argparse
import subprocess
import sys
import time

from tests.targets import loopback
from tests.targets.system import TargetError, virtual_machines
from tests.targets.vm import image
from tests.targets.vm.disks import KINDS, Disk
from tests.targets.vm.machine import Vm
from tests.targets.vm.spec import TWO_NVME, Spec

_DISK = f"SIZE[,serial=TEXT][,kind={'|'.join(KINDS)}][,model=TEXT][,rotational]"


def add_arguments(parser: argparse.ArgumentParser) -> None:
    """Declare the verbs."""
    verbs = parser.add_subparsers(dest="vm_verb", required=True)
    up = verbs.add_parser("up", help="boot machines; returns when they can be logged in to")
    up.add_argument("names", nargs="+", metavar="NAME")
    up.add_argument(
        "--disk", dest="disks", action="append", type=_disk, metavar=_DISK, help=f"kinds: {', '.join(KINDS)}; repeatable"
    )
    up.add_argument("--memory-mib", type=int, default=Spec.memory_mib, help="default: %(default)s")
    up.add_argument("--gpu", action="store_true", help="an NVIDIA card on the PCI bus, with nothing behind it")
    up.add_argument("--cloud-init", action="store_true", help="cloud-init makes name, user and host key; takes longer")
    start = verbs.add_parser("start", help="power on again")
    start.add_argument("names", nargs="+", metavar="NAME")
    start.add_argument("--order", type=_order, metavar="N,N", help="the disks that are plugged in, slot by slot: 1,0 swaps two")
    for verb, text in {
        "kill": "cut the power: what was not flushed is lost",
        "off": "power off from inside",
        "reboot": "reboot from inside",
        "down": "power off and remove",
    }.items():
        verbs.add_parser(verb, help=text).add_argument("names", nargs="+", metavar="NAME")
    ssh = verbs.add_parser("ssh", help="log in, or run a command")
    ssh.add_argument("name", metavar="NAME")
    ssh.add_argument("command", nargs=argparse.REMAINDER, metavar="COMMAND")
    disk = verbs.add_parser("disk", help="path of a raw file with what a disk holds, while the machine is off")
    disk.add_argument("name", metavar="NAME")
    disk.add_argument("number", type=int, metavar="NUMBER")
    verbs.add_parser("list", help="virtual machines, on or off")
    verbs.add_parser("image", help="build and cache the disk they start from")


def _disk(text: str) -> Disk:
    size, *rest = text.split(",")
    pairs = dict(word.partition("=")[::2] for word in rest)
    rotational = pairs.pop("rotational", None) is not None
    try:
        return Disk(size, rotational=rotational, **pairs)
    except (TargetError, TypeError) as problem:
        raise argparse.ArgumentTypeError(f"{text}: {problem}") from problem


def _order(text: str) -> tuple[int, ...]:
    return tuple(int(number) for number in text.split(","))


_EACH = {"kill": Vm.kill, "off": Vm.shut_down, "reboot": Vm.reboot, "down": Vm.down}


def run(args: argparse.Namespace) -> int:
    """Do what was asked."""
    if args.vm_verb in _EACH:
        for name in args.names:
            _EACH[args.vm_verb](Vm(name))
    elif args.vm_verb in ("up", "start"):
        for name in args.names:
            _power_on(name, args)
    elif args.vm_verb == "ssh":
        return subprocess.call(["ssh", "-F", Vm(args.name).ssh_config, args.name, *args.command])
    elif args.vm_verb == "disk":
        print(Vm(args.name).disk_image(args.number))
    elif args.vm_verb == "list":
        list_all()
    else:
        with image.image() as path:
            print(path)
    return 0


def _power_on(name: str, args: argparse.Namespace) -> None:
    started = time.monotonic()
    if args.vm_verb == "up":
        options = {option: getattr(args, option) for option in ("memory_mib", "gpu", "cloud_init")}
        Vm(name, args.disks or TWO_NVME, **options).up()
    else:
        Vm(name).start(args.order)
    print(f"{name} up at {Vm(name).ip} after {time.monotonic() - started:.1f} s", file=sys.stderr)


def list_all() -> None:
    """Print every virtual machine, with its address."""
    for path in sorted(virtual_machines().glob("*")):
        address = loopback.endpoint(path.name)
        print(path.name, address[0] if address else "-", "on" if Vm(path.name).is_on else "off", "virtual")
