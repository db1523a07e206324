"""Cards for the stand-in of the driver's library: figures from NVIDIA's data sheets, behaviour over 30 ticks.

Ticks 0 to 3 are idle, then the model is loaded, from tick 8 on the card computes.
"""

from types import SimpleNamespace
from typing import Any

from tests.unit.verify.fake_nvml import MEMORY, SM, Card, Fails, Series, memory, process

TICKS = 30
IDLE, LOADING, BUSY = 4, 4, TICKS - 8
ENGINE = 4_800_100  # process ids that no machine has
NS = 10**9


def phases(idle: Any, loading: Any, busy: Any) -> Series:
    """An answer by phase; `busy` may be a tuple, which is then spread over the phase."""
    many = [busy] * BUSY
    if isinstance(busy, tuple):
        many = [busy[index * len(busy) // BUSY] for index in range(BUSY)]
    return Series((*[idle] * IDLE, *[loading] * LOADING, *many))


def holding(total_mib: float, idle_mib: float, taken_mib: float) -> Series:
    """Answers of GetMemoryInfo while a model is loaded."""
    return phases(
        memory(total_mib, idle_mib), memory(total_mib, idle_mib + taken_mib / 2), memory(total_mib, idle_mib + taken_mib)
    )


def engine_list(taken_mib: float | None) -> Series:
    """Answers of GetComputeRunningProcesses."""
    mine = [process(ENGINE, taken_mib)]
    return phases([], mine, mine)


def rtx_3090(bus: str = "00000000:01:00.0", taken_mib: float = 20_050, **answers: Any) -> Card:
    """An RTX 3090 alone on its bus: 936 GB/s, 350 W."""
    base = {
        "GetName": "NVIDIA GeForce RTX 3090",
        "GetUUID": f"GPU-5b1c8f6e-0000-0000-0000-00000000a{bus[9:11]}f",
        "GetPciInfo": SimpleNamespace(busId=bus),
        "GetCudaComputeCapability": [8, 6],
        "GetMemoryInfo": holding(24_576, 14, taken_mib),
        "GetMemoryBusWidth": 384,
        ("GetMaxClockInfo", SM): 2100,
        ("GetMaxClockInfo", MEMORY): 9751,
        ("GetClockInfo", SM): phases(210, 1695, 1830),
        ("GetClockInfo", MEMORY): phases(405, 9501, 9501),
        "GetPowerUsage": phases(24_000, 110_000, 318_000),
        "GetTemperatureV": phases(34, 38, (52, 57, 61, 63, 64)),
        "GetTemperature": phases(34, 38, (52, 57, 61, 63, 64)),
        "GetUtilizationRates": phases(SimpleNamespace(gpu=0), SimpleNamespace(gpu=4), SimpleNamespace(gpu=97)),
        "GetCurrPcieLinkGeneration": phases(1, 4, 4),
        "GetCurrPcieLinkWidth": 16,
        "GetMaxPcieLinkGeneration": 4,
        "GetGpuMaxPcieLinkGeneration": 4,
        "GetMaxPcieLinkWidth": 16,
        "GetCurrentClocksEventReasons": phases(0x1, 0, 0),
        "GetCurrentClocksThrottleReasons": phases(0x1, 0, 0x20),  # an old driver's name; on this card, too warm
        "GetPowerManagementLimit": 350_000,
        "GetPowerManagementDefaultLimit": 350_000,
        "GetEnforcedPowerLimit": 350_000,
        "GetPowerManagementLimitConstraints": [100_000, 366_000],
        "GetBAR1MemoryInfo": SimpleNamespace(bar1Total=32 << 30),
        "GetPersistenceMode": 1,
        "GetTemperatureThreshold": 95,
        "GetDisplayActive": 0,
        "GetComputeRunningProcesses": engine_list(taken_mib),
        "GetGraphicsRunningProcesses": [],
    }
    still = {74: 0, 75: 0, 269: 0, 270: 0, 271: 0, 94: 3}  # memory temperature (82): not supported on GeForce
    return Card({**base, **answers}, fields=still)


def nvlinked(card: Card, other_bus: str) -> Card:
    """Joined to another card by a bridge of four links (RTX 3090: NVLink 3, four links)."""
    links: dict[Any, Any] = {("GetNvLinkState", number): 1 for number in range(4)}
    return card.but({**links, "GetNvLinkVersion": 3, "GetNvLinkRemotePciInfo": SimpleNamespace(busId=other_bus)})


def a100_slice() -> Card:
    """An A100 40 GB of which this machine has one MIG instance, 3g.20gb."""
    part = Card({"GetName": "NVIDIA A100-SXM4-40GB MIG 3g.20gb", "GetMemoryInfo": holding(19_968, 12, 5_600)})
    return rtx_3090(
        GetName="NVIDIA A100-SXM4-40GB",
        GetCudaComputeCapability=[8, 0],
        GetMemoryInfo=memory(40_960, 5_700),
        GetMemoryBusWidth=5120,
        GetMigMode=[1, 1],
        GetEccMode=[1, 1],
        GetPowerManagementLimit=400_000,
        GetPowerManagementDefaultLimit=400_000,
        GetEnforcedPowerLimit=400_000,
        GetUtilizationRates=Fails(),
        GetComputeRunningProcesses=Fails(),
        GetGraphicsRunningProcesses=Fails(),
    ).but({("GetMaxClockInfo", MEMORY): 1215, ("GetClockInfo", MEMORY): 1215}, instances=(part,))


def gb10() -> Card:
    """A GB10: it shares the CPU's memory, and its driver tells neither size nor bus width."""
    silent = ("GetMemoryInfo", "GetMemoryBusWidth", "GetBAR1MemoryInfo", "GetPowerManagementLimit", "GetEnforcedPowerLimit")
    none = ("GetPowerManagementDefaultLimit", "GetPowerManagementLimitConstraints", ("GetClockInfo", MEMORY))
    card = rtx_3090(
        bus="0000000f:01:00.0",
        taken_mib=19_000,
        GetName="NVIDIA GB10",
        GetCudaComputeCapability=[12, 1],
        GetPowerUsage=phases(5_000, 20_000, 62_000),
        GetCurrPcieLinkGeneration=Fails(),
        GetCurrPcieLinkWidth=Fails(),
    )
    return card.but({**dict.fromkeys((*silent, *none), Fails()), ("GetMaxClockInfo", MEMORY): Fails()})


def silent_laptop() -> Card:
    """A laptop's card, which answers "[N/A]" to most questions."""
    told = rtx_3090(GetName="NVIDIA GeForce RTX 3080 Laptop GPU", GetMemoryInfo=holding(16_384, 8, 5_600), taken_mib=5_600)
    silent = [key for key in told.answers if "Power" in str(key) or "Pcie" in str(key) or "Temperature" in str(key)]
    more = [
        "GetUtilizationRates",
        "GetCurrentClocksEventReasons",
        "GetCurrentClocksThrottleReasons",
        "GetPersistenceMode",
        "GetBAR1MemoryInfo",
    ]
    slower = {"GetMemoryBusWidth": 256, ("GetMaxClockInfo", MEMORY): 7001, ("GetClockInfo", MEMORY): phases(405, 7001, 7001)}
    return told.but({**dict.fromkeys((*silent, *more), Fails()), **slower}, fields={})
