"""What CUDA's driver library means by its error codes. Names and numbers are those of cuda.h."""

from dataclasses import dataclass

OUT_OF_MEMORY, NO_DEVICE, UNAVAILABLE, NOT_READY = 2, 100, 46, 802
_UVM = "run `nvidia-modprobe -c0 -u`: it loads nvidia_uvm and makes /dev/nvidia-uvm; if it stays so, reboot"


@dataclass(frozen=True)
class Meaning:
    """One code.

    Args:
        name: as the driver spells it, for where it does not tell.
        what: one sentence, no full stop.
        fix: likewise.
    """

    name: str
    what: str
    fix: str


CODES: dict[int, Meaning] = {
    -1: Meaning("missing function", "libcuda.so.1 lacks a function that every driver of today has", "install a newer driver"),
    1: Meaning("CUDA_ERROR_INVALID_VALUE", "the driver refused the call as malformed", "report this with a recording"),
    OUT_OF_MEMORY: Meaning(
        "CUDA_ERROR_OUT_OF_MEMORY",
        "the GPU's memory is full, so no further program can start on it",
        "stop what uses the GPU (`nvidia-smi` lists it), for rigprov's engine `rigprov-llm stop`, and run doctor again",
    ),
    3: Meaning("CUDA_ERROR_NOT_INITIALIZED", "the driver could not be initialised", _UVM),
    34: Meaning(
        "CUDA_ERROR_STUB_LIBRARY",
        "libcuda.so.1 is the toolkit's stub, which is for linking only",
        "take the toolkit's `stubs` directory out of LD_LIBRARY_PATH and /etc/ld.so.conf.d, then run `ldconfig`",
    ),
    UNAVAILABLE: Meaning(
        "CUDA_ERROR_DEVICE_UNAVAILABLE",
        "the GPU is set to one program at a time (or to none), or it is in a state in which it takes no work",
        "`nvidia-smi -c DEFAULT` lets every program in; if the mode is Default already, reset the GPU or reboot",
    ),
    NO_DEVICE: Meaning(
        "CUDA_ERROR_NO_DEVICE",
        "CUDA finds no GPU, though the driver reports one",
        "look at CUDA_VISIBLE_DEVICES, at MIG mode without instances, and whether /dev/nvidia* may be opened",
    ),
    101: Meaning("CUDA_ERROR_INVALID_DEVICE", "CUDA does not know the GPU that it counted", "reboot"),
    201: Meaning("CUDA_ERROR_INVALID_CONTEXT", "the GPU lost the program's context", "look at the Xid errors in `dmesg`"),
    209: Meaning(
        "CUDA_ERROR_NO_BINARY_FOR_GPU",
        "there is no code for this GPU",
        "the driver is too old for the GPU, or the GPU too old for the driver: `rigprov plan --tier TIER HOST` names a branch",
    ),
    214: Meaning("CUDA_ERROR_ECC_UNCORRECTABLE", "memory of the GPU has an error that cannot be corrected", "reset the GPU"),
    218: Meaning("CUDA_ERROR_INVALID_PTX", "the driver's compiler refused the program", "report this with a recording"),
    221: Meaning(
        "CUDA_ERROR_JIT_COMPILER_NOT_FOUND",
        "the driver's compiler library is missing (libnvidia-ptxjitcompiler.so.1)",
        "install the whole compute part of the driver in its version (Ubuntu: libnvidia-compute-BRANCH, Debian: "
        "libnvidia-ptxjitcompiler1)",
    ),
    222: Meaning(
        "CUDA_ERROR_UNSUPPORTED_PTX_VERSION",
        "the driver is older than the toolkit that a program was built with",
        "install a newer driver branch, or build the program with an older toolkit",
    ),
    304: Meaning(
        "CUDA_ERROR_OPERATING_SYSTEM",
        "the operating system refused a call: usually a device node that may not be opened, or no memory to lock",
        "look at the rights of /dev/nvidia*, at the cgroup's device rules and at `ulimit -l`",
    ),
    700: Meaning("CUDA_ERROR_ILLEGAL_ADDRESS", "the GPU read or wrote where it must not", "look at the Xid errors in `dmesg`"),
    702: Meaning("CUDA_ERROR_LAUNCH_TIMEOUT", "the program ran too long on a GPU that also drives a screen", "run doctor again"),
    715: Meaning("CUDA_ERROR_ILLEGAL_INSTRUCTION", "the GPU met an instruction that it does not know", "reset the GPU"),
    719: Meaning("CUDA_ERROR_LAUNCH_FAILED", "the program failed on the GPU", "look at the Xid errors in `dmesg`"),
    800: Meaning("CUDA_ERROR_NOT_PERMITTED", "the operation is not permitted", "run as root"),
    801: Meaning("CUDA_ERROR_NOT_SUPPORTED", "the operation is not supported on this machine", "report this with a recording"),
    NOT_READY: Meaning(
        "CUDA_ERROR_SYSTEM_NOT_READY",
        "the system is not initialised: on machines with NVSwitch the fabric manager has not set up the links",
        "`systemctl status nvidia-fabricmanager`: it must run, in exactly the driver's version; in a virtual machine the host's "
        "does",
    ),
    803: Meaning(
        "CUDA_ERROR_SYSTEM_DRIVER_MISMATCH",
        "libcuda and the loaded module are of different versions",
        "reboot, or reload the module; in a container take its own libcuda and any `compat` directory out of the library path",
    ),
    804: Meaning(
        "CUDA_ERROR_COMPAT_NOT_SUPPORTED_ON_DEVICE",
        "a forward-compatibility libcuda is in use (package cuda-compat), which this GPU does not support",
        "remove cuda-compat, or take its directory out of LD_LIBRARY_PATH and /etc/ld.so.conf.d; then run `ldconfig`",
    ),
    805: Meaning("CUDA_ERROR_MPS_CONNECTION_FAILED", "the MPS server cannot be reached", "`echo quit | nvidia-cuda-mps-control`"),
    999: Meaning(
        "CUDA_ERROR_UNKNOWN",
        "the driver failed without a reason: most often nvidia_uvm is not loaded, or was broken by a suspend",
        _UVM,
    ),
}
_OTHER = Meaning("", "the driver gave an error that rigprov does not know", "look it up in cuda.h, and at `dmesg`")


def meaning(code: int) -> Meaning:
    """Of any code."""
    return CODES.get(code, _OTHER)
