"""GPUs and accelerators of other makers, and adapters that only show a picture, by PCI id.

Source: PCI id database (2026-08).
"""

# Makers whose display functions and accelerators rigprov knows, and does not support.
MAKERS = {"1002": "AMD", "8086": "Intel", "1da3": "Habana", "1ed5": "Moore Threads", "1e36": "Enflame", "1d94": "Hygon"}
# Accelerators that do not call themselves display functions.
ACCELERATORS = {("1d0f", id_): "AWS Neuron" for id_ in ("7064", "7164", "7264", "7364", "7564")}
# They show a console and compute nothing.
DISPLAY_ONLY = frozenset(
    [
        ("1414", "5353"),  # Hyper-V
        ("1234", "1111"),  # QEMU's standard VGA
        ("1b36", "0100"),  # QXL
        ("1a03", "2000"),  # ASPEED, on servers' management controllers
        ("102b", "0522"),  # Matrox G200e, likewise
        ("102b", "0534"),
        ("102b", "0536"),
        ("102b", "0538"),
        ("15ad", "0405"),  # VMware SVGA
        ("1af4", "1050"),  # virtio-gpu
        ("1013", "00b8"),  # Cirrus, in QEMU
        ("1d0f", "1111"),  # EC2
    ]
)


def name(vendor: str, device: str) -> str | None:
    """Maker of a GPU or accelerator that is not NVIDIA's; None for one that only shows a picture, or is not known."""
    if (vendor, device) in DISPLAY_ONLY:
        return None
    return ACCELERATORS.get((vendor, device)) or MAKERS.get(vendor)
