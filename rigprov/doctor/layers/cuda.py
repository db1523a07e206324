"""Whether every GPU computes: a small kernel is compiled by the driver, run, and its result compared."""

import re
from dataclasses import dataclass

from rigprov.doctor import cuda_errors, xid
from rigprov.doctor.layer import broken, fine, not_known, not_proved
from rigprov.doctor.layers import fabric
from rigprov.doctor.seen import NOT_FOUND, TIMED_OUT, Seen, listed
from rigprov.model.diagnosis import Finding, Layer
from rigprov.model.host import Missing

_SECTION = "cuda-kernel"
_NO_LIBRARY = 3
_FAILED = re.compile(r"^failed (\w+) (-?[0-9]{1,9}) (\S+)(?: ([0-9]{1,3}))?$", re.MULTILINE)
_PROVED = re.compile(r"^proved ([0-9]{1,3})$", re.MULTILINE)
_WRONG = re.compile(r"^wrong ([0-9]{1,3}) (.+)$", re.MULTILINE)
_DRIVER = re.compile(r"^driver ([0-9]{1,7})$", re.MULTILINE)


@dataclass(frozen=True)
class _Failure:
    call: str
    code: int
    name: str
    gpu: str  # index; "": before any was opened

    @property
    def where(self) -> str:
        return f"GPU {self.gpu}: {self.call}" if self.gpu else self.call


def judge(seen: Seen) -> Layer:
    """Only a result that came back right is a proof."""
    rc = seen.rc(_SECTION)
    if rc is None:
        return not_known("cuda", seen.why(_SECTION))
    if rc == NOT_FOUND:
        return not_proved("cuda", "python3 is not installed, and the check is a Python program", "install python3-minimal")
    if "_ctypes" in seen.words(_SECTION) or "No module named" in seen.words(_SECTION):
        return not_proved("cuda", "this Python has no ctypes", "install libpython3-stdlib")
    if rc in TIMED_OUT:
        return broken("cuda", [_hangs(seen)])
    if rc == _NO_LIBRARY:
        return broken("cuda", [_no_library(seen)])
    return _told(seen)


def _told(seen: Seen) -> Layer:
    text = seen.text(_SECTION)
    failures = [_Failure(call, int(code), name, gpu) for call, code, name, gpu in _FAILED.findall(text)]
    wrong = [_wrong(seen, gpu, words) for gpu, words in _WRONG.findall(text)]
    proved = _PROVED.findall(text)
    full = [one for one in failures if one.code == cuda_errors.OUT_OF_MEMORY]
    if wrong or len(full) < len(failures):
        return broken("cuda", [*wrong, *[_failed(seen, one) for one in failures if one not in full]])
    if full:
        known = cuda_errors.CODES[cuda_errors.OUT_OF_MEMORY]
        said = f"{listed([one.where for one in full])}: {known.what}"
        return not_proved("cuda", said, known.fix)
    if not proved:
        return _nothing(seen)
    version = _DRIVER.search(text)
    told = () if isinstance(seen.told, Missing) or any(one.mig for one in seen.told) else seen.told
    if len(proved) < len(told):
        return broken("cuda", [_fewer(seen, len(proved), len(told))])
    cuda = f", CUDA {int(version[1]) // 1000}.{int(version[1]) % 1000 // 10}" if version else ""
    return fine("cuda", f"a kernel ran and gave the right result on GPU {listed(proved)}{cuda}")


def _nothing(seen: Seen) -> Layer:
    if "count 0" not in seen.text(_SECTION):
        return not_known("cuda", seen.why(_SECTION))
    known = cuda_errors.CODES[cuda_errors.NO_DEVICE]
    return broken("cuda", [Finding(f"cuda-{cuda_errors.NO_DEVICE}", known.what, seen.quote(_SECTION), known.fix)])


def _failed(seen: Seen, failure: _Failure) -> Finding:
    known = cuda_errors.meaning(failure.code)
    name = failure.name if failure.name != "-" else known.name
    if failure.code == cuda_errors.NOT_READY and (fault := fabric.wrong(seen)):
        known = cuda_errors.Meaning(known.name, f"{known.what}; {fault.what}", fault.fix)
    if failure.code == cuda_errors.UNAVAILABLE and (modes := _modes(seen)):
        known = cuda_errors.Meaning(known.name, f"{known.what}: compute mode {listed(modes)}", known.fix)
    line = f"failed {failure.call} {failure.code}"
    what = f"{failure.where} gave {failure.code} {name}".rstrip() + f": {known.what}"
    return Finding(f"cuda-{failure.code}", what, seen.quote(_SECTION, line, limit=1), known.fix)


def _modes(seen: Seen) -> list[str]:
    rows = [[word.strip() for word in line.split(",")] for line in seen.lines("smi-state")]
    return sorted({row[3] for row in rows if len(row) > 3 and row[3] not in ("Default", "[N/A]")})  # noqa: PLR2004  (see the probe)


def _wrong(seen: Seen, gpu: str, words: str) -> Finding:
    return Finding(
        "cuda-wrong-result",
        f"GPU {gpu} computes wrongly: {words}",
        seen.quote(_SECTION, "wrong "),
        "do not use this GPU: undo overclocking, look after power and cooling; if it stays so, the card is to be replaced",
    )


def _hangs(seen: Seen) -> Finding:
    what = "a small kernel did not end in time: a GPU hangs"
    said = [event.line for event in xid.events(seen.log)]
    return Finding(
        "cuda-hangs", what, (*seen.quote(_SECTION), *said[-3:]), "look at the Xid errors in `dmesg`, then reset the GPU or reboot"
    )


def _no_library(seen: Seen) -> Finding:
    return Finding(
        "no-libcuda",
        "the driver's CUDA library libcuda.so.1 cannot be loaded, though NVML works",
        seen.quote(_SECTION, limit=2),
        "install it in the driver's version (Ubuntu: libnvidia-compute-BRANCH, Debian: libcuda1), then run `ldconfig`",
    )


def _fewer(seen: Seen, proved: int, told: int) -> Finding:
    return Finding(
        "cuda-fewer-gpus",
        f"CUDA sees {proved} of the {told} GPUs that the driver reports",
        seen.quote(_SECTION, "count ", "device "),
        "look whether one of them is too old for CUDA, set to Prohibited (`nvidia-smi -c DEFAULT`), or kept from this session by "
        "the cgroup's device rules",
    )
