"""Why NVIDIA's module is not loaded: not installed, not for this kernel, not built, forbidden, or rejected."""

import re

from rigprov.doctor.kernel_lines import TABLE
from rigprov.doctor.seen import NOT_FOUND, Seen, clipped, listed
from rigprov.facts.parse import driver
from rigprov.model.diagnosis import Finding
from rigprov.model.host import Missing

_REJECTED = re.compile(r"nvidia.*(Key was rejected by service|Required key not available|Operation not permitted)")
_FORBIDDEN = re.compile(
    r":\s*(blacklist\s+nvidia|install\s+nvidia\s+(/bin/false|/bin/true|/usr/bin/false|/usr/bin/true|/dev/null))\s*$"
)


def absent(seen: Seen, where: str, said: list[Finding]) -> list[Finding] | Missing:
    """The module is not loaded.

    Args:
        seen: the host.
        where: the GPUs that nothing holds, in words.
        said: what the kernel's log tells of it.
    """
    kernels = _kernels(seen)
    if isinstance(kernels, Missing):
        return said or kernels
    if not kernels.get(seen.kernel):
        return [_not_for_this_kernel(seen, kernels, where), *said]
    return [*said, *_rejected(seen, said), *_forbidden(seen)] or [_idle(seen, where, kernels[seen.kernel])]


def _kernels(seen: Seen) -> dict[str, str] | Missing:
    """Path of the module by kernel; "" where it has none."""
    words = [line.split(maxsplit=1) for line in seen.lines("module-kernels")]
    found = {word[0]: word[1] for word in words if len(word) == 2}  # noqa: PLR2004  (kernel, path)
    if not seen.kernel or not found:
        return Missing(seen.why("uname") if not seen.kernel else seen.why("module-kernels"))
    return {kernel: "" if path == "-" else path for kernel, path in found.items()}


def _not_for_this_kernel(seen: Seen, kernels: dict[str, str], where: str) -> Finding:
    having = [kernel for kernel, path in kernels.items() if path]
    lines = [line for line in seen.lines("dkms-status") if line.startswith("nvidia")]
    builds = [one for one in driver.dkms("\n".join(lines)) if one.kernel in ("", seen.kernel)]
    if lines and not having and not any(one.state == "installed" for one in builds):
        return _not_built(seen, lines, where)
    if having:
        return Finding(
            "no-module-for-kernel",
            f"the running kernel {seen.kernel} has no NVIDIA module, so nothing drives {where}; {listed(having)} "
            f"{'has' if len(having) == 1 else 'have'} one",
            (f"uname: {seen.kernel}", *seen.quote("module-kernels", limit=6), *[clipped(f"dkms: {line}") for line in lines[:3]]),
            f"install the module for this kernel (`apt-get install linux-headers-{seen.kernel}` and `dkms autoinstall`, or "
            f"Ubuntu's linux-modules-nvidia-BRANCH-{seen.kernel}), or boot {having[-1]}; then hold driver and kernel together",
        )
    what = f"no NVIDIA kernel module is installed, so nothing drives {where}"
    return Finding(
        "no-driver", what, seen.quote("module-kernels", limit=6), "install the driver: `rigprov plan --tier TIER HOST`"
    )


def _not_built(seen: Seen, lines: list[str], where: str) -> Finding:
    return Finding(
        "dkms-not-installed",
        f"DKMS knows the NVIDIA module but has not built it for the running kernel {seen.kernel}, so nothing drives {where}",
        tuple(clipped(f"dkms: {line}") for line in lines[:4]),
        f"`apt-get install linux-headers-{seen.kernel}`, then `dkms autoinstall`: `dkms status` must say `installed`; "
        "/var/lib/dkms/nvidia/VERSION/build/make.log says why a build failed",
    )


def _rejected(seen: Seen, said: list[Finding]) -> list[Finding]:
    lines = [clipped(f"module-log: {line}") for line in seen.lines("module-log") if _REJECTED.search(line)]
    if not lines or any(one.code in ("secure-boot-rejects", "lockdown") for one in said):
        return []
    row = next(known for known in TABLE if known.code == "secure-boot-rejects")
    return [Finding(row.code, row.what, (*lines[:2], *seen.quote("nvidia-module-kind", "signer=", limit=1)), row.fix)]


def _forbidden(seen: Seen) -> list[Finding]:
    lines = [line for line in seen.lines("modprobe-rules") if _FORBIDDEN.search(line)]
    blocked = [
        word for word in seen.text("cmdline").split() if re.match(r"(modprobe|module|rd\.driver)[._]blacklist=.*nvidia", word)
    ]
    if not lines and not blocked:
        return []
    evidence = [f"modprobe-rules: {line}" for line in lines[:3]] + [f"cmdline: {word}" for word in blocked]
    what = "a rule forbids the NVIDIA module"
    fix = "take the rule out (of the kernel's command line in /etc/default/grub, or of the file), `update-initramfs -u`, reboot"
    return [Finding("module-forbidden", what, tuple(map(clipped, evidence)), fix)]


def _idle(seen: Seen, where: str, path: str) -> Finding:
    evidence = [f"module: {path}", *_secure_boot(seen)]
    if seen.rc("modules") not in (0, None, NOT_FOUND):
        evidence.append(seen.why("modules"))
    return Finding(
        "module-not-loaded",
        f"the NVIDIA module is there for the running kernel but is not loaded, so nothing drives {where}",
        tuple(map(clipped, evidence)),
        "run `modprobe nvidia`: it loads the module or says what is in the way; a driver just installed may want a reboot",
    )


def _secure_boot(seen: Seen) -> list[str]:
    words = seen.text("secure-boot").split()
    on = words[4:5] == ["1"] or "SecureBoot enabled" in seen.text("secure-boot")
    return [f"secure boot is on; {line}" for line in seen.lines("nvidia-module-kind") if line.startswith("signer=")] if on else []
