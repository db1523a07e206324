"""Kernels with an NVIDIA module, and the drivers that apt offers, in words."""

import re

from rigprov.model.host import HostFacts, Missing, ModuleFile

_DRIVER = re.compile(r"nvidia-(?:driver-(\d+).*|kernel-dkms|driver-pinning-(\d+))")


def modules(facts: HostFacts) -> str:
    """For each kernel that has one, and what DKMS has built."""
    if isinstance(facts.kernels, Missing):
        return f"not known: {facts.kernels.reason}"
    lines = [f"{kernel.release}: {', '.join(kernel.modules)}" for kernel in facts.kernels if kernel.modules]
    if isinstance(facts.module_file, ModuleFile):
        kind = "open" if facts.module_file.open else "proprietary"
        signer = f"signed by {facts.module_file.signer}" if facts.module_file.signer else "not signed"
        lines.append(f"of the running kernel: {facts.module_file.version}, {kind}, {signer}")
    if not isinstance(facts.dkms, Missing):
        built = [build for build in facts.dkms if build.module.startswith("nvidia")]
        lines += [f"DKMS: {build.module} {build.version} {build.state} {build.kernel}".rstrip() for build in built]
    return "\n".join(lines) or "none"


def offers(facts: HostFacts) -> str:
    """Branches by the origin of their packages; names that lead to another branch are not counted."""
    if isinstance(facts.offers, Missing):
        return f"not known: {facts.offers.reason}"
    found: dict[str, set[str]] = {}
    for offer in facts.offers:
        match = _DRIVER.fullmatch(offer.name)
        branch = offer.version.rpartition(":")[2].partition(".")[0]
        if match and (match[1] or match[2] or branch) == branch.partition("-")[0]:
            found.setdefault(offer.origin, set()).add(branch.partition("-")[0])
    return "\n".join(f"{origin}: {', '.join(sorted(branches))}" for origin, branches in sorted(found.items())) or "none"
