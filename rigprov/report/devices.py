"""A GPU, its samples and its links in words. What the driver did not tell is left out."""

from collections.abc import Iterable

from rigprov.model.proof import Device, Link, Proof, Samples
from rigprov.report.words import gib


def device_lines(proof: Proof) -> list[str]:
    """A line for each GPU, then one for each link between two."""
    return [*(_device(device, proof.layers_total) for device in proof.devices), *map(link_text, proof.links)]


def link_text(link: Link) -> str:
    """Between which two, what it is, and why where that is known."""
    return f"GPU {link.first} to GPU {link.second}: {link.kind}{f' ({link.reason})' if link.reason else ''}"


def pcie(device: Device) -> str:
    """Generation and width under load; "" where the driver does not tell either."""
    generation = f" {device.pcie_generation}.0" if device.pcie_generation is not None else ""
    width = f" x{device.pcie_width}" if device.pcie_width is not None else ""
    return f"PCIe{generation}{width}" if generation or width else ""


def extremes(samples: Samples) -> list[str]:
    """What a reader looks for first: lowest clock, highest power, highest temperature."""
    found = []
    if clocks := _read(samples.sm_mhz):
        found.append(f"clock {min(clocks):.0f}-{max(clocks):.0f} MHz")
    if watts := _read(samples.power_w):
        found.append(f"up to {max(watts):.0f} W")
    if degrees := _read(samples.temperature_c):
        found.append(f"up to {max(degrees):.0f} \u00b0C")
    return found


def _device(device: Device, layers_total: int | None) -> str:
    words = [_layers(device, layers_total), _memory(device), pcie(device), _limit(device), *extremes(device.samples)]
    told = "; ".join(word for word in words if word)
    return f"GPU {device.index}  {device.name}{f': {told}' if told else ''}"


def _layers(device: Device, total: int | None) -> str:
    if device.layers is None:
        return ""
    return f"{device.layers} of {total} layers" if total is not None else f"{device.layers} layers"


def _memory(device: Device) -> str:
    if device.engine_memory_mib is None:
        return ""
    of = f" of {gib(device.memory_total_mib)}" if device.memory_total_mib is not None else ""
    return f"{gib(device.engine_memory_mib)}{of} taken"


def _limit(device: Device) -> str:
    if device.power_limit_w is None:
        return ""
    lowered = device.power_default_w is not None and device.power_limit_w < device.power_default_w
    return f"limited to {device.power_limit_w:.0f} W{f' (default {device.power_default_w:.0f})' if lowered else ''}"


def _read(readings: Iterable[float | None]) -> list[float]:
    return [reading for reading in readings if reading is not None]
