"""What a reader must know about how the GPUs were watched. Pure."""

from rigprov.verify.gpu.devices import bandwidth_gb_s
from rigprov.verify.gpu.seen import Gpus

# Calls of the driver's library whose answer a proof shows -> the figure, in words.
_FIGURES = {
    "nvmlDeviceGetMemoryInfo": "memory",
    "nvmlDeviceGetPowerUsage": "power",
    "nvmlDeviceGetPowerManagementDefaultLimit": "default power limit",
    "nvmlDeviceGetPowerManagementLimit": "power limit",
    "nvmlDeviceGetClockInfo": "clocks",
    "nvmlDeviceGetTemperatureV": "temperature",
    "nvmlDeviceGetTemperature": "temperature",
    "nvmlDeviceGetUtilizationRates": "load",
    "nvmlDeviceGetCurrPcieLinkWidth": "PCIe width",
    "nvmlDeviceGetCurrPcieLinkGeneration": "PCIe generation",
    "nvmlDeviceGetMemoryBusWidth": "memory bus width",
    "nvmlDeviceGetCurrentClocksThrottleReasons": "reasons for low clocks",
    "nvmlDeviceGetComputeRunningProcesses": "processes",
}


def of(gpus: Gpus, *, wanted: bool) -> list[str]:
    """Remarks.

    Args:
        gpus: as they were seen.
        wanted: whether the model was planned for them; else their absence is no news.
    """
    if gpus.reason:
        return [f"GPUs not watched: {gpus.reason}"] if wanted and gpus.code != "not-watched" else []
    found = []
    untold: dict[str, list[str]] = {}
    for call, figure in _FIGURES.items():
        if reason := gpus.missing.get(call):
            figures = untold.setdefault(reason, [])
            if figure not in figures:
                figures.append(figure)
    found += [f"the NVIDIA driver does not tell {', '.join(figures)} ({reason})" for reason, figures in untold.items()]
    for card in gpus.cards:
        if card.memory.get("shared_with_cpu"):
            found.append(f"GPU {card.index} shares the CPU's memory: size and use are those of the whole machine's RAM")
        if not card.facts.get("bandwidth_gb_s") and (catalogued := bandwidth_gb_s(card)):
            found.append(f"bandwidth of GPU {card.index} from the catalogue: {catalogued:g} GB/s")
        if card.samples and not card.busy("t_s"):
            found.append(f"GPU {card.index} did not compute long enough to judge its clocks and its PCIe link")
    return found
