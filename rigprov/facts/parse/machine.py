"""What kind of machine it is: container, virtual machine, cloud, WSL2."""

import re
from collections.abc import Iterable, Mapping
from dataclasses import dataclass

from rigprov.facts.parse.fields import ParseError, pairs
from rigprov.model.host import Missing, Virtualisation

_CAP_SYS_ADMIN = 21  # linux/capability.h
# cloud-init's names for providers, where they differ from ours
_CLOUD_IDS = {"gce": "gcp", "aws-china": "aws", "aws-gov": "aws", "azure-china": "azure", "azure-gov": "azure"}
# Values of DMI's sys_vendor; cloud-init's ds-identify goes by the same ones.
_VENDORS = {
    "Amazon EC2": "aws", "DigitalOcean": "digitalocean", "Hetzner": "hetzner", "Vultr": "vultr", "Scaleway": "scaleway",
    "Linode": "linode", "Akamai": "linode", "UpCloud": "upcloud",
}  # fmt: skip
_AZURE_TAG = "7783-7084-3265-9085-8269-3286-77"


@dataclass(frozen=True)
class Evidence:
    """Raw texts that speak of the kind of machine."""

    release: str  # kernel release
    init: str  # /proc/1/comm
    marks: str  # files that are there
    detected: str | Missing  # systemd-detect-virt
    container_kind: str | Missing  # /run/systemd/container
    environment: str | Missing  # names of process 1's environment
    capabilities: str | Missing
    dmi: str | Missing
    hypervisor: str | Missing
    cloud_init: str | Missing


def virtualisation(evidence: Evidence) -> Virtualisation:
    """Weigh the evidence."""
    marks = set(evidence.marks.split())
    detected = {} if isinstance(evidence.detected, Missing) else pairs(evidence.detected)
    init = evidence.init.strip()
    if not init:
        raise ParseError("process 1 has no name")
    wsl = "microsoft" in evidence.release.lower() or detected.get("container") == "wsl" or any("WSL" in mark for mark in marks)
    return Virtualisation(
        container=None if wsl else _container(detected.get("container"), marks, evidence),
        hypervisor=_known(detected.get("vm")) or _vm(evidence),
        wsl=wsl,
        init=init,
        systemd_running=init == "systemd" and "/run/systemd/system" in marks,
        provider=_provider(marks, evidence),
        can_admin=_can_admin(evidence.capabilities),
    )


def _known(value: str | None) -> str | None:
    return None if value in (None, "", "none") else value


def _container(detected: str | None, marks: set[str], evidence: Evidence) -> str | None:
    if found := _known(detected):
        return found
    if not isinstance(evidence.container_kind, Missing) and evidence.container_kind.strip():
        return evidence.container_kind.strip()
    for mark, kind in {"/.dockerenv": "docker", "/run/.containerenv": "podman"}.items():
        if mark in marks:
            return kind
    names = _names(evidence)
    if names & {"RUNPOD_POD_ID", "VAST_CONTAINERLABEL"} and "/run/systemd/system" not in marks:
        return "docker"
    return "kubernetes" if "KUBERNETES_SERVICE_HOST" in names else "other" if "container" in names else None


def _names(evidence: Evidence) -> set[str]:
    return set() if isinstance(evidence.environment, Missing) else set(evidence.environment.split())


def _vm(evidence: Evidence) -> str | None:
    """For machines without systemd-detect-virt."""
    if not isinstance(evidence.hypervisor, Missing):
        return evidence.hypervisor.split()[0] if evidence.hypervisor.split() else None
    dmi = _dmi(evidence)
    hints = {
        "QEMU": "kvm",
        "VMware, Inc.": "vmware",
        "innotek GmbH": "oracle",
        "Xen": "xen",
        "Amazon EC2": "amazon",
        "Google": "google",
    }
    if dmi.get("sys_vendor") == "Microsoft Corporation" and dmi.get("product_name") == "Virtual Machine":
        return "microsoft"
    return hints.get(dmi.get("sys_vendor", ""))


def _dmi(evidence: Evidence) -> Mapping[str, str]:
    return {} if isinstance(evidence.dmi, Missing) else pairs(evidence.dmi)


def _provider(marks: set[str], evidence: Evidence) -> str | None:
    """Containers first: they show the DMI data of the machine below."""
    names = _names(evidence)
    if "RUNPOD_POD_ID" in names:
        return "runpod"
    if "VAST_CONTAINERLABEL" in names or any(mark.endswith("vast_containerlabel") for mark in marks):
        return "vast"
    return _by_dmi(_dmi(evidence), evidence) or _by_cloud_init(evidence)


def _by_dmi(dmi: Mapping[str, str], evidence: Evidence) -> str | None:
    uuid = dmi.get("product_uuid_start", "").lower()
    xen = "" if isinstance(evidence.hypervisor, Missing) else evidence.hypervisor.lower()
    amazon = "amazon" in (dmi.get("product_version", "") + dmi.get("bios_vendor", "")).lower()
    # Older Xen instances show the EC2 prefix byte-swapped.
    if re.search(r"^ec2", xen, re.MULTILINE) or (amazon and re.search(r"^ec2|2[0-9a-f]ec$", uuid)):
        return "aws"
    if dmi.get("product_name") == "Google Compute Engine" or dmi.get("product_serial_start", "").startswith("GoogleCloud-"):
        return "gcp"
    if dmi.get("chassis_asset_tag") == _AZURE_TAG:
        return "azure"
    if dmi.get("chassis_asset_tag") == "OracleCloud.com":
        return "oracle"
    return _VENDORS.get(dmi.get("sys_vendor", ""))


def _by_cloud_init(evidence: Evidence) -> str | None:
    if isinstance(evidence.cloud_init, Missing):
        return None
    name = after(evidence.cloud_init.splitlines(), "==> cloud-id")
    return None if name in {None, "none", "nocloud", "lxd"} else _CLOUD_IDS.get(str(name), name)


def after(lines: Iterable[str], heading: str) -> str | None:
    """The line that follows a heading."""
    found = iter(lines)
    return next((next(found, "").strip() for line in found if line == heading), None) or None


def _can_admin(text: str | Missing) -> bool:
    if isinstance(text, Missing):
        return False
    bounding = re.search(r"^CapBnd:\s*([0-9a-f]+)", text, re.MULTILINE)
    if bounding is None:
        raise ParseError("it has no CapBnd")
    return bool(int(bounding[1], 16) >> _CAP_SYS_ADMIN & 1)


def cloud_init(text: str) -> str:
    """State of cloud-init: "disabled", "running", "done", or "error"."""
    if "==> disabled" in text:
        return "disabled"
    if "==> result.json" not in text:
        return "running"
    return "done" if re.search(r'"errors":\s*\[\s*\]', text.split("==> result.json")[1]) else "error"
