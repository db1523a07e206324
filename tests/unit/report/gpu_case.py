"""A made-up GPU with its samples, an example for the tests."""

import math

from rigprov.model.proof import Device, Samples

SECONDS = 180


def samples(base_w: float, hottest: float) -> Samples:
    """Three minutes, two readings a second: idle, load from second 8, one failed reading, a slow warming."""
    times = tuple(round(0.5 * step, 1) for step in range(2 * SECONDS))
    busy = [1.0 if 8 <= moment <= SECONDS - 6 else 0.0 for moment in times]
    warmth = [1 - math.exp(-max(moment - 8, 0) / 45) for moment in times]
    clock = [210 + on * (1520 - 60 * warm + 15 * math.sin(moment)) for moment, on, warm in zip(times, busy, warmth, strict=True)]
    power: list[float | None] = [
        round(28 + on * (base_w + 9 * math.sin(moment * 1.7)), 1) for moment, on in zip(times, busy, strict=True)
    ]
    power[100] = None
    return Samples(
        t_s=times,
        sm_mhz=tuple(round(mhz) for mhz in clock),
        memory_mhz=tuple(9501 if on else 405 for on in busy),
        power_w=tuple(power),
        temperature_c=tuple(round(36 + warm * (hottest - 36)) for warm in warmth),
        used_mib=tuple(20612 if moment > 3 else 411 for moment in times),
    )


def gpu(index: int, base_w: float, hottest: float) -> Device:
    return Device(
        index=index,
        name="NVIDIA GeForce RTX 3090",
        memory_total_mib=24576,
        engine_memory_mib=20201,
        layers=40 if index else 41,
        pcie_generation=4,
        pcie_width=16 if index else 8,
        power_limit_w=280.0,
        power_default_w=350.0,
        bandwidth_gb_s=936.2,
        samples=samples(base_w, hottest),
    )
