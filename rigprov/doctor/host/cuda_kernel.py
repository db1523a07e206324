"""Runs a small kernel on every GPU, with nothing but the driver's own library. Leaves nothing behind.

What it prints, a line each: `library NAME`, `driver NUMBER` (of CUDA: 13000 is 13.0), `device INDEX CAPABILITY NAME`,
`proved INDEX`, `wrong INDEX ...`, `failed CALL CODE NAME [INDEX]`. Exit status: 0 every GPU computed, 1 one did not,
3 there is no library.
"""

from __future__ import annotations

import ctypes
import os
import sys
from typing import Any

COUNT = 4096
BLOCK = 128
FACTOR, OFFSET = 7, 3
COULD_NOT_LOAD = 3

# Each thread writes i * 7 + 3. The driver compiles it for the GPU that is there: version and target are as old as
# the oldest cards (Maxwell) that a driver of today knows.
PTX = b"""
.version 6.0
.target sm_50
.address_size 64

.visible .entry rigprov_fill(.param .u64 p_out, .param .u32 p_count)
{
    .reg .pred %p<2>;
    .reg .b32 %r<7>;
    .reg .b64 %rd<5>;

    ld.param.u64 %rd1, [p_out];
    ld.param.u32 %r1, [p_count];
    mov.u32 %r2, %ctaid.x;
    mov.u32 %r3, %ntid.x;
    mov.u32 %r4, %tid.x;
    mad.lo.s32 %r5, %r2, %r3, %r4;
    setp.ge.u32 %p1, %r5, %r1;
    @%p1 bra DONE;
    mad.lo.s32 %r6, %r5, 7, 3;
    cvta.to.global.u64 %rd2, %rd1;
    mul.wide.u32 %rd3, %r5, 4;
    add.s64 %rd4, %rd2, %rd3;
    st.global.u32 [%rd4], %r6;
DONE:
    ret;
}
"""


class CallError(Exception):
    """A call did not give CUDA_SUCCESS."""

    def __init__(self, call: str, code: int) -> None:
        super().__init__(call)
        self.call, self.code = call, code


class Cuda:
    """The driver's library; every call but `name` raises `CallError`."""

    def __init__(self, path: str) -> None:
        self.library = ctypes.CDLL(path)

    def __call__(self, function: str, *arguments: Any) -> None:
        """Call one function."""
        try:
            code = getattr(self.library, function)(*arguments)
        except AttributeError:  # a library that lacks the function
            code = -1
        if code != 0:
            raise CallError(function, code)

    def name(self, code: int) -> str:
        """As the driver spells it; "-" where it does not know the code."""
        text = ctypes.c_char_p()
        try:
            self.library.cuGetErrorName(ctypes.c_int(code), ctypes.byref(text))
        except AttributeError:
            return "-"
        return text.value.decode("ascii", "replace") if text.value else "-"


def number(cuda: Cuda, function: str, *arguments: Any) -> int:
    """An integer that a function gives by its first argument."""
    value = ctypes.c_int()
    cuda(function, ctypes.byref(value), *arguments)
    return value.value


def describe(cuda: Cuda, index: int) -> ctypes.c_int:
    """Handle of a device, which is printed."""
    device = ctypes.c_int(number(cuda, "cuDeviceGet", ctypes.c_int(index)))
    name = ctypes.create_string_buffer(100)
    cuda("cuDeviceGetName", name, ctypes.c_int(len(name) - 1), device)
    major = number(cuda, "cuDeviceGetAttribute", ctypes.c_int(75), device)  # CU_DEVICE_ATTRIBUTE_COMPUTE_CAPABILITY_MAJOR
    minor = number(cuda, "cuDeviceGetAttribute", ctypes.c_int(76), device)  # ... _MINOR
    print(f"device {index} {major}.{minor} {name.value.decode('utf-8', 'replace')}")
    return device


def compute(cuda: Cuda, device: ctypes.c_int) -> list[int]:
    """What the kernel wrote."""
    context = ctypes.c_void_p()
    cuda("cuCtxCreate_v2", ctypes.byref(context), ctypes.c_uint(0), device)
    try:
        return launch(cuda)
    finally:  # the process ends soon: what destroying says is of no use any more
        cuda.library.cuCtxDestroy_v2(context)


def launch(cuda: Cuda) -> list[int]:
    """Load, run, copy back; memory and module go with the context."""
    module, kernel, memory = ctypes.c_void_p(), ctypes.c_void_p(), ctypes.c_uint64()
    cuda("cuModuleLoadData", ctypes.byref(module), PTX)
    cuda("cuModuleGetFunction", ctypes.byref(kernel), module, b"rigprov_fill")
    result = (ctypes.c_uint32 * COUNT)()
    size = ctypes.c_size_t(ctypes.sizeof(result))
    cuda("cuMemAlloc_v2", ctypes.byref(memory), size)
    count = ctypes.c_uint32(COUNT)
    parameters = (ctypes.c_void_p * 2)(ctypes.addressof(memory), ctypes.addressof(count))
    grid = [ctypes.c_uint(n) for n in (-(-COUNT // BLOCK), 1, 1, BLOCK, 1, 1, 0)]  # blocks, threads, shared memory
    cuda("cuLaunchKernel", kernel, *grid, None, parameters, None)
    cuda("cuCtxSynchronize")
    cuda("cuMemcpyDtoH_v2", result, memory, size)
    return list(result)


def try_device(cuda: Cuda, index: int) -> bool:
    """Whether the device computed."""
    try:
        found = compute(cuda, describe(cuda, index))
    except CallError as error:
        print(f"failed {error.call} {error.code} {cuda.name(error.code)} {index}")
        return False
    wrong = [i for i, value in enumerate(found) if value != i * FACTOR + OFFSET]
    if wrong:
        print(f"wrong {index} {len(wrong)} of {COUNT} values, first at {wrong[0]}: {found[wrong[0]]}")
        return False
    print(f"proved {index}")
    return True


def main(path: str = "libcuda.so.1") -> int:
    """Exit status."""
    os.environ.pop("CUDA_VISIBLE_DEVICES", None)  # all of them, whatever this session was given
    try:
        cuda = Cuda(path)
    except OSError as error:
        print(error, file=sys.stderr)
        return COULD_NOT_LOAD
    print(f"library {path}")
    try:
        cuda("cuInit", ctypes.c_uint(0))
        print(f"driver {number(cuda, 'cuDriverGetVersion')}")
        count = number(cuda, "cuDeviceGetCount")
    except CallError as error:
        print(f"failed {error.call} {error.code} {cuda.name(error.code)}")
        return 1
    print(f"count {count}")
    fine = [try_device(cuda, index) for index in range(count)]
    return 0 if fine and all(fine) else 1


if __name__ == "__main__":
    sys.exit(main(*sys.argv[1:2]))
