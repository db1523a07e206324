"""Slices of GPUs that a hypervisor hands out (vGPU, GRID): they take the cloud's own guest driver and no other."""

import re

from rigprov.model.host import HostFacts, Missing

# Sizes whose GPU is a slice. Sources: Azure's NVadsA10 v5 (72 is two whole cards, 36 one), AWS's g6f and gr6f, GCP's
# fractional g4-standard (2026).
_SLICES = re.compile(r"(standard_nv(6|12|18)ad[a-z]*_a10_v5|gr?6f\..+|g4-standard-(6|12|24))", re.IGNORECASE)
# Sizes that Microsoft's own driver extension gives the GRID driver, whole cards among them. Source: the selection file in
# Azure/azhpc-extensions (NVadsA10 v5, NCads A10 v4), May 2026.
_GRID_SIZES = re.compile(r"standard_(nv\d+ad[a-z]*_a10_v5|nc\d+ad[a-z]*_a10_v4)", re.IGNORECASE)
_A10 = "2236"


def sliced(facts: HostFacts) -> str | None:
    """Evidence that the GPU is a slice, in words; None: there is none."""
    size = facts.instance_type if isinstance(facts.instance_type, str) else ""
    if isinstance(facts.gpu_virtualisation, tuple) and any(mode.upper() == "VGPU" for mode in facts.gpu_virtualisation):
        return "the driver calls it a virtual GPU"
    if size and (_SLICES.fullmatch(size) or _GRID_SIZES.fullmatch(size)):
        return f"machines of size {size} have it"
    if facts.virtualisation.provider == "azure" and not size and _has(facts, _A10):
        return "Azure's A10 is a slice on most of its sizes, and this one's could not be read"
    return None


def _has(facts: HostFacts, device: str) -> bool:
    return not isinstance(facts.pci, Missing) and any(dev.vendor == "10de" and dev.device == device for dev in facts.pci)
