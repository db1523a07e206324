"""How GPUs of one machine reach each other."""

from __future__ import annotations

from typing import Any

from rigprov.verify.host.nvml_query import Nvml

_MOST_LINKS = 18  # of one GPU (H100; NVML_NVLINK_MAX_LINKS)
# nvmlGpuP2PCapsIndex_t, as numbers: the binding's NVML_P2P_CAPS_INDEX_READ is the tuple (0,) (nvidia-ml-py 13.615).
_CAPABILITIES = {"read": 0, "write": 1, "nvlink": 2}


def nvlinks(nvml: Nvml, handle: Any) -> list[dict[str, Any]]:
    """The GPU's NVLinks: number, whether it is up, version, and the PCI address at its other end."""
    found = []
    for number in range(_MOST_LINKS):
        state = nvml.ask("nvmlDeviceGetNvLinkState", handle, number)
        if state is None:
            break  # the card has no more of them, or none at all
        link: dict[str, Any] = {"link": number, "up": bool(state)}
        if state:
            link["version"] = nvml.ask("nvmlDeviceGetNvLinkVersion", handle, number)
            remote = nvml.ask("nvmlDeviceGetNvLinkRemotePciInfo", handle, number)
            link["remote"] = getattr(remote, "busId", None)
        found.append(link)
    return found


def pairs(nvml: Nvml, handles: list[Any]) -> list[dict[str, Any]]:
    """For each two GPUs the driver's status of peer access (nvmlGpuP2PStatus_t: 0 is good); None: it does not tell."""
    found = []
    for first, one in enumerate(handles):
        for second in range(first + 1, len(handles)):
            status = {
                name: nvml.ask("nvmlDeviceGetP2PStatus", one, handles[second], number) for name, number in _CAPABILITIES.items()
            }
            found.append({"first": first, "second": second, **status})
    return found
