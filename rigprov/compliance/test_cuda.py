"""The CUDA toolkit: of the release that was asked for, and no danger to the driver."""

import re

from rigprov.compliance.control import control, expect
from rigprov.compliance.machine import Machine, skip

ROLE = "cuda_toolkit"
_THERE = "ls -d /usr/local/cuda-*/bin/nvcc"


def _releases(machine: Machine) -> dict[str, str]:
    """Path of each compiler -> what it calls itself."""
    found = {}
    for path in machine.run(f"{_THERE} 2>/dev/null").lines:
        said = re.search(r"release (\d+\.\d+)", machine.out(f"{path} --version"))
        found[path] = said[1] if said else ""
    return found


def _needs_toolkit(machine: Machine) -> dict[str, str]:
    machine.needs_role(ROLE, _THERE)
    found = _releases(machine)
    if not found:
        skip("no CUDA toolkit is installed (RIG-CUD-001)")
    return found


@control(
    "RIG-CUD-001", severity="high", role=ROLE,
    reason="an engine cannot be built for the GPU without the compiler of the release that the plan chose",
    fix="`rigprov apply` installs it",
)  # fmt: skip
def test_the_compiler_is_there(machine: Machine) -> None:
    """CUDA's compiler of the promised release is there and runs."""
    machine.needs_role(ROLE, _THERE)
    wanted = machine.promises.cuda_release
    found = _releases(machine)
    holds = wanted in found.values() if wanted else any(found.values())
    lines = [f"{path}: {release or 'does not run'}" for path, release in found.items()]
    expect(holds, found=", ".join(found.values()) or "no compiler", expected=f"release {wanted or 'of any kind'}", output=lines)


@control(
    "RIG-CUD-002", severity="high", role=ROLE,
    reason="programs of a toolkit that is newer than the driver's CUDA fail with `driver version is insufficient`",
    fix="install an older toolkit, or a newer driver: `rigprov plan` says which go together",
)  # fmt: skip
def test_the_driver_is_new_enough(machine: Machine) -> None:
    """No toolkit is of a later major release than the driver's CUDA."""
    found = _needs_toolkit(machine)
    machine.needs_driver()
    said = re.search(r"CUDA Version:\s*(\d+)\.(\d+)", machine.out("nvidia-smi"))
    if not said:
        skip("nvidia-smi names no CUDA version")
    # Within one major release programs run on older drivers (minor version compatibility).
    newer = [release for release in found.values() if release and int(release.split(".")[0]) > int(said[1])]
    expect(not newer, found=f"toolkit {', '.join(newer)}", expected=f"at most {said[1]}.x, the driver's")


@control(
    "RIG-CUD-003", severity="medium", role=ROLE,
    reason="`cuda`, `cuda-13-0` and `cuda-drivers` bring whatever driver is newest along with the next upgrade",
    fix="remove the catch-all package: `apt-get remove cuda cuda-drivers`; the versioned parts stay",
)  # fmt: skip
def test_no_package_brings_a_driver(machine: Machine) -> None:
    """No catch-all CUDA package that drags a driver along is installed without a hold."""
    machine.needs_apt()
    _needs_toolkit(machine)
    held = set(machine.run("apt-mark showhold").lines)
    loose = [name for name in machine.packages if re.fullmatch(r"cuda(-drivers(-\d+)?|-\d+-\d+)?", name) and name not in held]
    expect(not loose, found=f"{len(loose)} packages", expected="versioned parts only", output=loose)


@control(
    "RIG-CUD-004", severity="low", role=ROLE,
    reason="a compiler of another release than its directory says builds with headers that do not fit",
    fix="reinstall the package that owns it: `dpkg -S PATH`",
)  # fmt: skip
def test_compilers_are_what_their_directories_say(machine: Machine) -> None:
    """Each compiler has the release that its directory is named after."""
    found = _needs_toolkit(machine)
    wrong = [f"{path} is {release or 'broken'}" for path, release in found.items() if f"cuda-{release}/" not in path + "/"]
    wrong = [line for line in wrong if not re.match(r"/usr/local/cuda-\d+/", line)]  # cuda-12 is a link to the newest 12.x
    expect(not wrong, found=f"{len(wrong)} compilers differ", expected="the directory's release", output=wrong)
