"""NVIDIA's management library, asked call by call: what a driver, a card or a binding lacks is noted and costs nothing else."""

from __future__ import annotations

import importlib
import os
import sys
import types
from typing import Any

_PACKAGE = "rigprov.verify.host"
_DRIVER = "/proc/driver/nvidia/version"
# Numbers of nvmlReturn_t (nvml.h); as numbers, because a stand-in or an old binding may lack a name.
_NO_PERMISSION, _NOT_LOADED, _NO_LIBRARY, _LOST, _BLOCKED, _MISMATCH = 4, 9, 12, 15, 17, 18
# What the library puts where it has no value, in 32 and 64 bits (NVML_VALUE_NOT_AVAILABLE).
_NOTHING = (2**32 - 1, 2**64 - 1)


class Unavailable(RuntimeError):  # noqa: N818
    """The library cannot be used at all. `code` is stable; the message is a sentence without full stop."""

    def __init__(self, code: str, message: str) -> None:
        super().__init__(message)
        self.code = code


def binding() -> Any:
    """NVIDIA's Python binding: the text that travelled with this program, else the installed module.

    Raises:
        Unavailable: this Python cannot run it (a minimal Python has no ctypes).
    """
    text = getattr(sys.modules.get(_PACKAGE), "PYNVML", None)
    try:
        if text is not None and "pynvml" not in sys.modules:
            module = sys.modules["pynvml"] = types.ModuleType("pynvml")
            exec(compile(text, "pynvml.py", "exec"), module.__dict__)  # noqa: S102 - packed by us, as this module is
        return importlib.import_module("pynvml")
    except ImportError as error:
        sys.modules.pop("pynvml", None)
        raise Unavailable("no-binding", f"this machine's Python cannot load the driver's library: {error}") from error


class Nvml:
    """The library, opened.

    Args:
        module: the binding; None: the real one.

    Raises:
        Unavailable: no driver, a driver that does not answer, or no GPU.
    """

    def __init__(self, module: Any = None) -> None:
        self.missing: dict[str, str] = {}  # call -> why it told nothing
        self._module = module or binding()
        try:
            self._module.nvmlInit()
        except self._module.NVMLError as error:
            raise _unavailable(error) from error

    def ask(self, name: str, *arguments: Any) -> Any:
        """Result of one call; None where the binding, the driver or the card does not tell, with the reason in `missing`."""
        return self.first((name,), *arguments)

    def first(self, names: tuple[str, ...], *arguments: Any) -> Any:
        """Result of the first of several names of one call that works: drivers and bindings have renamed some."""
        reasons = {}
        for name in names:
            value, reason = self._call(name, arguments)
            if not reason:
                return value
            reasons[name] = reason
        for name, reason in reasons.items():
            self.missing.setdefault(name, reason)
        return None

    def _call(self, name: str, arguments: tuple[Any, ...]) -> tuple[Any, str]:
        call = getattr(self._module, name, None)
        if call is None:
            return None, "the binding has no such call"
        mismatch = getattr(self._module, "NVMLLibraryMismatchError", self._module.NVMLError)
        try:
            value = call(*arguments)
        except self._module.NVMLError as error:
            return None, str(error).strip().rstrip(".").lower() or "failed"
        except mismatch:
            return None, "function not found"  # how the binding puts it for calls with versions
        except (AttributeError, OSError, TypeError, ValueError) as error:
            return None, f"{type(error).__name__}: {error}"
        if isinstance(value, int) and value in _NOTHING:
            return None, "not available"
        return value.decode("utf-8", "replace") if isinstance(value, bytes) else value, ""

    def happened(self, event_set: Any) -> Any:
        """The next event that waits in a set; None: none."""
        try:
            return self._module.nvmlEventSetWait_v2(event_set, 0)
        except (self._module.NVMLError, AttributeError):
            return None  # a time-out is the answer "nothing"

    def close(self) -> None:
        """Gives the library back."""
        self._call("nvmlShutdown", ())


def _unavailable(error: Any) -> Unavailable:
    value = int(getattr(error, "value", 0))
    if value == _NO_LIBRARY and os.path.exists(_DRIVER):  # noqa: PTH110
        said = "the NVIDIA driver is loaded, but its library libnvidia-ml.so.1 is not here"
        return Unavailable("no-library", f"{said} (in a container: start it with the GPU)")
    code, said = _KNOWN.get(value, ("other", f"the NVIDIA driver does not answer: {error}"))
    return Unavailable(code, said)


_KNOWN = {
    _NO_LIBRARY: ("no-driver", "there is no NVIDIA driver: libnvidia-ml.so.1 is not here"),
    _NOT_LOADED: ("not-loaded", "the NVIDIA driver is installed, but its kernel module is not loaded"),
    _MISMATCH: ("mismatch", "the NVIDIA kernel module and its library are of different versions: reboot"),
    _NO_PERMISSION: ("no-permission", "this user may not ask the NVIDIA driver"),
    _BLOCKED: ("no-permission", "the operating system blocks the NVIDIA driver: /dev/nvidia* cannot be opened"),
    _LOST: ("lost", "a GPU has fallen off the bus: power the machine off and on"),
}
