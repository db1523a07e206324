"""One GPU as the driver describes it: what it is, how it is set up, who uses it."""

from __future__ import annotations

import os
from typing import Any

from rigprov.verify.host import machine
from rigprov.verify.host.nvml_query import Nvml

_MIB = 1 << 20
_SM, _MEMORY = 1, 2  # nvmlClockType_t
_SLOWDOWN = 1  # nvmlTemperatureThresholds_t
_UNCORRECTED, _SINCE_BOOT = 1, 0
_FIRST_PID_NAMESPACE = 0xEFFFFFFC  # inode of the machine's own (Linux: PROC_PID_INIT_INO)
# Fields by number (NVML_FI_DEV_*): bindings before 12.575 lack the names. Times are nanoseconds since the driver was loaded.
FIELDS = {
    "power_ns": 74,
    "thermal_ns": 75,
    "sw_thermal_ns": 269,
    "hw_thermal_ns": 270,
    "hw_power_brake_ns": 271,
    "memory_temperature_c": 82,
    "pcie_replays": 94,
}
_UNION = {0: "dVal", 1: "uiVal", 2: "ulVal", 3: "ullVal", 4: "sllVal", 5: "siVal", 6: "usVal"}


def _mib(size: Any) -> int | None:
    return None if size is None else int(size) // _MIB


def watts(milliwatts: Any) -> float | None:
    """As the driver tells power."""
    return None if milliwatts is None else round(milliwatts / 1000, 1)


def masked(uuid: Any) -> str | None:
    """A serial number that still tells two cards apart: its last four digits."""
    return None if not uuid else f"GPU-...{str(uuid)[-4:]}"


def memory(nvml: Nvml, handle: Any) -> dict[str, Any]:
    """Memory in MiB. A GPU that shares the CPU's (GB10) has none of its own: then it is the machine's RAM, and says so."""
    found = nvml.ask("nvmlDeviceGetMemoryInfo", handle)
    if found is not None and found.total:
        return {"total_mib": _mib(found.total), "used_mib": _mib(found.used)}
    ram = machine.ram_bytes()
    used = _mib(ram["total"] - ram["available"])
    return {"total_mib": _mib(ram["total"]), "used_mib": used, "shared_with_cpu": True}


def describe(nvml: Nvml, index: int, handle: Any) -> dict[str, Any]:
    """Everything that does not change while the engine runs."""
    ask = nvml.ask
    width, clock = ask("nvmlDeviceGetMemoryBusWidth", handle), ask("nvmlDeviceGetMaxClockInfo", handle, _MEMORY)
    capability, ecc = ask("nvmlDeviceGetCudaComputeCapability", handle), ask("nvmlDeviceGetEccMode", handle)
    bar, range_w = ask("nvmlDeviceGetBAR1MemoryInfo", handle), ask("nvmlDeviceGetPowerManagementLimitConstraints", handle)
    return {
        "index": index,
        "name": ask("nvmlDeviceGetName", handle),
        "uuid": masked(ask("nvmlDeviceGetUUID", handle)),
        "bus": getattr(ask("nvmlDeviceGetPciInfo", handle), "busId", None),
        "compute_capability": capability and f"{capability[0]}.{capability[1]}",
        "memory": memory(nvml, handle),
        "mig": mig(nvml, handle),
        "bus_width_bits": width,
        "sm_mhz_max": ask("nvmlDeviceGetMaxClockInfo", handle, _SM),
        "memory_mhz_max": clock,
        # Two transfers a cycle of the clock that the driver names, for GDDR5 to GDDR7 and HBM alike: an RTX 3090 is
        # 9751 MHz x 2 x 384 bit = 936 GB/s, an A100 80 GB 1593 MHz x 2 x 5120 bit = 2039 GB/s (NVIDIA's data sheets).
        "bandwidth_gb_s": round(clock * 2e6 * width / 8 / 1e9, 1) if width and clock else None,
        "power_limit_w": watts(ask("nvmlDeviceGetPowerManagementLimit", handle)),
        "power_default_w": watts(ask("nvmlDeviceGetPowerManagementDefaultLimit", handle)),
        "power_enforced_w": watts(ask("nvmlDeviceGetEnforcedPowerLimit", handle)),
        "power_max_w": watts(range_w[1]) if range_w else None,
        "ecc": bool(ecc[0]) if ecc else None,
        # "Max" is of this card in this slot: a x16 card in a x4 slot says 4. Only the generation has a maximum of the card.
        "pcie_generation_max": ask("nvmlDeviceGetMaxPcieLinkGeneration", handle),
        "pcie_generation_card": ask("nvmlDeviceGetGpuMaxPcieLinkGeneration", handle),
        "pcie_width_max": ask("nvmlDeviceGetMaxPcieLinkWidth", handle),
        "bar1_mib": _mib(bar.bar1Total) if bar is not None else None,
        "persistence": ask("nvmlDeviceGetPersistenceMode", handle),
        "slowdown_c": ask("nvmlDeviceGetTemperatureThreshold", handle, _SLOWDOWN),
        "display": ask("nvmlDeviceGetDisplayActive", handle),
    }


def mig(nvml: Nvml, handle: Any) -> dict[str, Any]:
    """Whether the card is cut into instances (MIG), and which there are."""
    mode = nvml.ask("nvmlDeviceGetMigMode", handle)
    if not mode or not mode[0]:
        return {"on": bool(mode[0]) if mode else None}
    instances = []
    for number, instance in mig_handles(nvml, handle):
        size = nvml.ask("nvmlDeviceGetMemoryInfo", instance)
        name = nvml.ask("nvmlDeviceGetName", instance)
        instances.append({"index": number, "name": name, "total_mib": _mib(size.total) if size is not None else None})
    return {"on": True, "instances": instances}


def mig_handles(nvml: Nvml, handle: Any) -> list[tuple[int, Any]]:
    """Handles of the instances, by number; numbers may have gaps."""
    most = nvml.ask("nvmlDeviceGetMaxMigDeviceCount", handle) or 0
    found = ((number, nvml.ask("nvmlDeviceGetMigDeviceHandleByIndex", handle, number)) for number in range(most))
    return [(number, instance) for number, instance in found if instance is not None]


def counters(nvml: Nvml, handle: Any) -> dict[str, Any]:
    """What the driver adds up by itself, so that a difference needs no sampling; and errors."""
    values = nvml.ask("nvmlDeviceGetFieldValues", handle, list(FIELDS.values())) or ()
    found: dict[str, Any] = {}
    for name, value in zip(FIELDS, values):  # noqa: B905 - Python 3.8 has no strict
        if value.nvmlReturn == 0 and value.valueType in _UNION:
            found[name] = getattr(value.value, _UNION[value.valueType])
    found["ecc_uncorrected"] = nvml.ask("nvmlDeviceGetTotalEccErrors", handle, _UNCORRECTED, _SINCE_BOOT)
    rows = nvml.ask("nvmlDeviceGetRemappedRows", handle)
    if rows:
        found["rows_pending"], found["rows_failed"] = bool(rows[2]), bool(rows[3])
    return found


def processes(nvml: Nvml, handle: Any) -> list[dict[str, Any]] | None:
    """Who holds memory of the card: `pid`, `kind`, `used_mib`, `name`. None: the driver does not tell."""
    found: dict[int, dict[str, Any]] = {}
    told = False
    for kind in ("Compute", "Graphics"):
        call = f"nvmlDeviceGet{kind}RunningProcesses"
        listed = nvml.first((call, call + "_v2"), handle)
        told = told or listed is not None
        for process in listed or ():
            used = _mib(process.usedGpuMemory)
            found.setdefault(
                process.pid, {"pid": process.pid, "kind": kind.lower(), "used_mib": used, "name": _name(process.pid)}
            )
    return list(found.values()) if told else None


def _own_process_ids() -> bool:
    try:
        return os.stat("/proc/self/ns/pid").st_ino == _FIRST_PID_NAMESPACE  # noqa: PTH116
    except OSError:
        return False


# Whether process ids here are those of the machine, which are the ones that the driver names. Asked once, at the start:
# a process that has given up its privileges may no longer look.
OWN_PROCESS_IDS = _own_process_ids()


def _name(pid: int) -> str | None:
    return (machine.text(f"/proc/{pid}/comm") or None) if OWN_PROCESS_IDS else None
