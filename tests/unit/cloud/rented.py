"""Rented machines as they would answer the probe: a listing's host, and a recording with what differs on that machine.

Each is a recording of tests/fixtures/facts with some sections replaced, in the shapes that the vendors document; all values are
made up. `python -m tests.unit.cloud.rented` renews the plans under golden/plans/.
"""

import json
from dataclasses import dataclass, field, replace
from functools import cache
from pathlib import Path
from typing import Any

from rigprov.facts.build import host_facts
from rigprov.facts.recording import Section
from rigprov.model.host import HostFacts
from rigprov.model.plan import Plan
from rigprov.plan.build import build_plan
from rigprov.plan.consent import Consent
from rigprov.report.plan import plan_text
from rigprov.tiers.load import load_tier
from tests.unit.cloud.shaped import (
    Sections,
    amazon,
    arm,
    aws_disks,
    azure_disks,
    cloud,
    cpu,
    flavour,
    gcp_disks,
    google,
    memory,
    microsoft,
    one_disk,
    pci,
    said,
)
from tests.unit.facts.rigs import rig
from tests.unit.plan.storage.topology import Machine, by_id

GOLDEN = Path(__file__).with_name("golden")


@dataclass(frozen=True)
class Rented:
    """One machine.

    `listed`: the provider's golden inventory and the host in it; None: it is in no listing. `tier`: where a listing says none.
    """

    base: str
    listed: tuple[str, str] | None = None
    tier: str = ""
    machine: Machine | None = None  # its disks; None: those of the recording
    sections: Sections = field(default_factory=dict)
    kernel: str = ""  # release, in the place of the recording's
    formats: str = ""  # name of the disk that the user lets be formatted


EPYC, XEON = "AMD EPYC 7R13 Processor", "Intel(R) Xeon(R) CPU @ 2.20GHz"
MACHINES = {
    "runpod-container": Rented("runpod", ("runpod", "chat-tier-starter")),
    "vast-container": Rented("vast", ("vast", "tier-starter-chat")),
    "aws-g5": Rented("aws-g5", tier="starter"),
    "aws-g6": Rented(
        "aws-g5",
        ("aws", "chat-i-0a1"),
        machine=aws_disks(600),
        formats="nvme1n1",
        sections={**amazon("g6.4xlarge"), "pci": pci("0000:31:00.0 27b8"), "cpuinfo": cpu(EPYC, 16), "meminfo": memory(64)},
    ),
    "gcp-g2": Rented(
        "aws-g5",
        ("gcp", "chat"),
        machine=gcp_disks(),
        kernel="6.8.0-1029-gcp",
        sections={**google("g2-standard-16"), "pci": pci("0000:00:03.0 27b8"), "cpuinfo": cpu(XEON, 16), "meminfo": memory(64)},
    ),
    "azure-nc4as-t4": Rented(
        "aws-g5",
        tier="starter",
        machine=azure_disks(180),
        kernel="6.8.0-1029-azure",
        sections={**microsoft("Standard_NC4as_T4_v3"), "pci": pci("0001:00:00.0 1eb8"), "meminfo": memory(28)},
    ),
    "azure-nc24ads-a100": Rented(
        "aws-g5",
        ("azure", "chat_1a2b"),
        machine=azure_disks(64, 960),
        formats="nvme0n1",
        kernel="6.8.0-1029-azure",
        sections={
            **microsoft("Standard_NC24ads_A100_v4"),
            "pci": pci("0001:00:00.0 20b5"),
            "cpuinfo": cpu("AMD EPYC 7V13 64-Core Processor", 24),
            "meminfo": memory(220),
        },
    ),
    # A slice of a card, which takes the cloud's own guest driver only.
    "azure-nv36ads-a10": Rented(
        "aws-g5",
        tier="intermediate",
        machine=azure_disks(720, system=1000),
        kernel="6.8.0-1029-azure",
        sections={
            **microsoft("Standard_NV36ads_A10_v5"),
            "pci": pci("0002:00:00.0 2236"),
            "cpuinfo": cpu("AMD EPYC 74F3V 24-Core Processor", 36),
            "meminfo": memory(440),
        },
    ),
    "arm64-gh200": Rented(
        "aws-g5",
        tier="advanced",
        machine=one_disk(4000, "SAMSUNG MZTL21T9HCJR-00A07"),
        kernel="6.8.0-1029-nvidia-64k",
        sections={
            **cloud("Supermicro", "ARS-111GL-NHR", "", "none"),
            "instance-type": ("", "", 3),
            "detect-virt": said("container=none\nvm=none"),
            "cloud-init": ("", "", 3),
            "pci": pci("0009:01:00.0 2342"),
            "cpuinfo": arm("0xd4f", 72),
            "nproc": said("72"),
            "meminfo": memory(480),
        },
    ),
    "arm64-graviton-g5g": Rented(
        "aws-g5",
        tier="starter",
        machine=aws_disks(0),
        sections={
            **amazon("g5g.2xlarge"),
            "pci": pci("0000:00:1f.0 1eb4"),
            "cpuinfo": arm("0xd0c", 8),
            "nproc": said("8"),
            "meminfo": memory(16),
        },
    ),
    "arm64-raspberry-pi-5": Rented("raspberry-pi-5", tier="starter"),
}
ARM64 = frozenset(name for name in MACHINES if name.startswith("arm64"))


@cache
def listing(provider: str) -> dict[str, dict[str, Any]]:
    """A provider's hosts and their variables, as the golden inventory has them."""
    found = json.loads((GOLDEN / f"{provider}.json").read_text())
    if isinstance(found, list):  # of our own plugins
        return {host["name"]: host["variables"] for host in found}
    hosts: dict[str, dict[str, Any]] = found["hosts"]
    return hosts


def tier(name: str) -> str:
    """What the machine was rented for."""
    rented = MACHINES[name]
    return rented.tier or str(listing(rented.listed[0])[rented.listed[1]]["rigprov_tier"] if rented.listed else "")


def facts(name: str) -> HostFacts:
    """What the probe would find."""
    rented = MACHINES[name]
    recording = rig(rented.base)
    texts = dict(rented.machine.texts()) if rented.machine else {}
    texts |= rented.sections
    sections = dict(recording.sections) | {
        key: Section(key, recording.sections[key].command, *text) for key, text in texts.items()
    }
    change = flavour(rented.kernel, arm64=name in ARM64 and rented.base == "aws-g5")
    sections = {key: replace(one, output=change(one.output)) if key in _OF_KERNEL else one for key, one in sections.items()}
    host = rented.listed[1] if rented.listed else name
    return host_facts(replace(recording, host=host, sections=sections, folder=None))


_OF_KERNEL = frozenset({"uname", "proc-version", "kernels", "packages", "apt-policy", "apt-offers", "privilege"})


def planned(name: str) -> str:
    """The plan, as it is shown."""
    return plan_text(plan(name)) + "\n"


def plan(name: str) -> Plan:
    """The plan for what it was rented for."""
    rented = MACHINES[name]
    nodes = rented.machine.nodes() if rented.machine else ()
    named = tuple(by_id(node) for node in nodes if node.name == rented.formats)
    return build_plan(facts(name), load_tier(tier(name)), consent=Consent(format=named))


if __name__ == "__main__":
    (GOLDEN / "plans").mkdir(exist_ok=True)
    for each in MACHINES:
        (GOLDEN / "plans" / f"{each}.txt").write_text(planned(each), encoding="utf-8")
