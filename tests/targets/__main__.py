"""Throw-away machines from the command line: `python -m tests.targets up NAME`."""

import argparse
import subprocess
import sys
import time

from tests.targets import clients, rootfs
from tests.targets.fleet import down_all, names, remove_all, sweep
from tests.targets.machine import Spec, Target
from tests.targets.network import address
from tests.targets.system import TargetError
from tests.targets.ubuntu import SHAPES
from tests.targets.vm import commands as vm_commands


def _parser() -> argparse.ArgumentParser:
    parser = argparse.ArgumentParser(prog="python -m tests.targets", description=__doc__)
    verbs = parser.add_subparsers(dest="verb", required=True)
    up = verbs.add_parser("up", help="boot machines; returns when they can be logged in to")
    up.add_argument("names", nargs="+", metavar="NAME")
    up.add_argument("--keep", action="store_true", help="the disk survives `down`: the next `up` boots the same machine")
    up.add_argument("--no-docker", dest="docker", action="store_false", help="no container engine inside")
    up.add_argument("--docker", action="store_true", default=True, help=argparse.SUPPRESS)
    up.add_argument("--swap", action="store_true", help="swapon works inside; the swap is the controller's as well")
    up.add_argument("--bare", action="store_true", help="a minimal image: no Python")
    up.add_argument("--shape", choices=SHAPES, default="", help="Ubuntu-shaped: this release, its repositories stand-ins")
    up.add_argument("--disk-mib", type=int, default=Spec.disk_mib, help="size of its disk (default: %(default)s)")
    for verb, text in {
        "down": "power off and remove (a kept machine keeps its disk)",
        "rm": "remove, kept disk included",
        "kill": "cut the power; the disk stays, what was not written is lost",
        "start": "power on again after kill",
        "cut": "pull the network cable",
        "mend": "plug it in again",
    }.items():
        verbs.add_parser(verb, help=text).add_argument("names", nargs="+", metavar="NAME")
    ssh = verbs.add_parser("ssh", help="log in, or run a command")
    ssh.add_argument("name", metavar="NAME")
    ssh.add_argument("command", nargs=argparse.REMAINDER, metavar="COMMAND")
    vm_commands.add_arguments(verbs.add_parser("vm", help="virtual machines: `vm --help`"))
    verbs.add_parser("list", help="machines that are up or kept, and virtual ones")
    verbs.add_parser("down-all", help="take every machine down")
    verbs.add_parser("sweep", help="remove what a killed test run left")
    verbs.add_parser("clean", help="remove every machine, kept disks and the cache included")
    verbs.add_parser("ssh-config", help="path of an ssh configuration that reaches them")
    verbs.add_parser("inventory", help="path of an Ansible inventory of them")
    verbs.add_parser("rootfs", help="build and cache the root file system")
    return parser


def _up(args: argparse.Namespace) -> None:
    options = {name: getattr(args, name) for name in ("keep", "docker", "swap", "bare", "disk_mib", "shape")}
    for name in args.names:
        started = time.monotonic()
        target = Target(name, **options).up()
        print(f"{name} up at {target.ip} after {time.monotonic() - started:.2f} s", file=sys.stderr)


_EACH = {
    "down": Target.down,
    "rm": Target.remove,
    "kill": Target.kill,
    "start": Target.start,
    "cut": Target.cut_network,
    "mend": Target.mend_network,
}

_ALL = {"down-all": down_all, "sweep": sweep, "clean": remove_all}


def _dispatch(args: argparse.Namespace) -> int:
    if args.verb in _EACH:
        for name in args.names:
            _EACH[args.verb](Target(name))
    elif args.verb == "up":
        _up(args)
    elif args.verb == "ssh":
        return subprocess.call(["ssh", "-F", clients.ssh_config(), args.name, *args.command])
    elif args.verb == "vm":
        return vm_commands.run(args)
    elif args.verb == "list":
        for name in names():
            print(name, address(name) or "down", "kept" if Target(name).spec.keep else "")
        vm_commands.list_all()
    elif args.verb in _ALL:
        _ALL[args.verb]()
    elif args.verb == "rootfs":
        print(rootfs.image(Spec.disk_mib))
    else:
        print(clients.ssh_config() if args.verb == "ssh-config" else clients.inventory())
    return 0


if __name__ == "__main__":
    try:
        sys.exit(_dispatch(_parser().parse_args()))
    except TargetError as problem:
        sys.exit(f"error: {problem}")
