"""How the processor of a virtual machine is run: by KVM where that works, else emulated (TCG), which is many times slower.

KVM may be there and yet be of no use: a processor feature that it does not take back, or a host without virtualisation in
hardware, whose KVM interprets a kernel that was not made for it (PVM does; SeaBIOS comes through, Linux never). So the answer
comes from a trial: a machine whose firmware is a counting loop has to be through with it in a moment.
`RIGPROV_VM_ACCEL=tcg` or `=kvm` decides which.
"""

import os
import select
import subprocess
import tempfile
from functools import cache

from tests.targets.system import TargetError

PROGRAM = "qemu-system-x86_64"

# Under nested virtualisation the host's set of features is not always one that its own KVM takes back.
_PROCESSORS = ("host", "host,arch-capabilities=off")
_TRIAL_S = 2
_TURNS = 50_000_000  # a moment on a real processor, a minute when each instruction is interpreted
_SAYS = b"K"


def arguments() -> list[str]:
    """QEMU's words for it."""
    if processor := _kvm():
        return ["-accel", "kvm", "-cpu", processor]
    return ["-accel", "tcg,thread=multi,tb-size=512", "-cpu", "max,la57=off"]


def is_kvm() -> bool:
    """Whether machines run on the real processor."""
    return bool(_kvm())


@cache
def _kvm() -> str:
    """The processor model that KVM runs here; empty: none."""
    wanted = os.environ.get("RIGPROV_VM_ACCEL", "")
    if wanted not in ("", "kvm", "tcg"):
        raise TargetError(f"RIGPROV_VM_ACCEL is kvm, tcg or not set, not {wanted!r}")
    if wanted == "tcg" or not (wanted or os.access("/dev/kvm", os.R_OK | os.W_OK)):
        return ""
    found = next((processor for processor in _PROCESSORS if counts("kvm", processor, _TRIAL_S)), "")
    if wanted == "kvm" and not found:
        raise TargetError("RIGPROV_VM_ACCEL is kvm, but KVM runs no virtual machine here")
    return found


def counts(accel: str, processor: str, within_s: float) -> bool:
    """The trial: whether a machine counts to the end in time."""
    words = [PROGRAM, "-accel", accel, "-cpu", processor, "-machine", "q35", "-m", "16", "-nodefaults", "-display", "none"]
    words += ["-chardev", "stdio,id=log", "-device", "isa-debugcon,iobase=0x402,chardev=log"]
    with tempfile.NamedTemporaryFile(prefix="rigprov-", suffix=".bin") as firmware:
        firmware.write(_firmware())
        firmware.flush()
        words += ["-bios", firmware.name]
        quiet = subprocess.DEVNULL
        with subprocess.Popen(words, stdin=quiet, stdout=subprocess.PIPE, stderr=quiet, cwd="/") as trial:
            assert trial.stdout
            try:
                ready = select.select([trial.stdout], [], [], within_s)[0]
                return bool(ready) and trial.stdout.read(1) == _SAYS
            finally:
                trial.kill()


def _firmware() -> bytes:
    """64 KiB that end where a processor begins: it counts down, says so on port 0x402, and stops."""
    count = b"\x66\xb9" + _TURNS.to_bytes(4, "little") + b"\x66\x49\x75\xfc"  # mov ecx, TURNS; again: dec ecx; jnz again
    say = b"\xba\x02\x04\xb0" + _SAYS + b"\xee\xf4\xeb\xfd"  # mov dx, 0x402; mov al, SAYS; out dx, al; hlt; jmp back to it
    jump = b"\xeb\x8e"  # at the reset vector, 16 bytes before the end: to 128 bytes before the end
    return (count + say).rjust(0x10000 - 128 + len(count + say), b"\x90").ljust(0x10000 - 16, b"\x90") + jump.ljust(16, b"\x90")
