"""Model files: all there, whole, readable by the service and writable by few."""

from rigprov.compliance.control import control, expect
from rigprov.compliance.machine import UNIT, Machine, skip

ROLE = "models"
_HASHED_BYTES = 2 * 1024**3  # more takes minutes; `rigprov verify` hashes whatever it measures


def _wanted(machine: Machine) -> dict[str, tuple[int, str]]:
    """Path -> size and sha256."""
    known = machine.promises.models
    if known is None:
        skip("no model is promised")
    if not known:
        skip("the plan puts no model here")
    return {f"{machine.promises.models_path}/{name}": pin for name, pin in known.items()}


def _files(machine: Machine) -> list[str]:
    path = machine.promises.models_path
    found = machine.run(f"find -L '{path}' -xdev -name '*.gguf' -type f 2>/dev/null").lines
    if not found:
        skip(f"there is no model file in {path}")
    return found


@control(
    "RIG-MOD-001", severity="critical", role=ROLE,
    reason="a model that is missing or cut short cannot be served",
    fix="`rigprov apply` fetches it, from where a download stopped",
)  # fmt: skip
def test_models_are_there(machine: Machine) -> None:
    """Every promised model file is there in its full size."""
    wrong = []
    for path, (size, _) in _wanted(machine).items():
        found = machine.out(f"stat -Lc %s '{path}' 2>/dev/null")
        if found != str(size):
            wrong.append(f"{path}: {found or 'not there'}, not {size} bytes")
    expect(not wrong, found=f"{len(wrong)} missing or of another size", expected="each of the pinned size", output=wrong)


@control(
    "RIG-MOD-002", severity="critical", role=ROLE,
    reason="a damaged model answers, and answers nonsense",
    fix="remove the file, then `rigprov apply` fetches it again",
)  # fmt: skip
def test_models_are_whole(machine: Machine) -> None:
    """Every promised model file has its pinned sha256."""
    small = {path: digest for path, (size, digest) in _wanted(machine).items() if size <= _HASHED_BYTES}
    there = {path: digest for path, digest in small.items() if machine.ok(f"[ -f '{path}' ]")}
    if not there:
        skip("larger than 2 GiB, which takes minutes to hash (`rigprov verify` does)" if not small else "not there (RIG-MOD-001)")
    wrong = [path for path, digest in there.items() if machine.out(f"sha256sum < '{path}' | cut -d' ' -f1") != digest]
    expect(not wrong, found=f"{len(wrong)} differ", expected="the pinned sha256", output=wrong)


@control(
    "RIG-MOD-003", severity="high", role=ROLE,
    reason="a file that is no GGUF (an error page, a pointer of git-lfs) stops the engine at its start",
    fix="remove it, or fetch it again",
)  # fmt: skip
def test_models_are_gguf(machine: Machine) -> None:
    """Every .gguf file begins as one."""
    wrong = [path for path in _files(machine) if machine.out(f"head -c 4 '{path}' | tr -cd A-Z") != "GGUF"]
    expect(not wrong, found=f"{len(wrong)} are something else", expected="GGUF at the beginning", output=wrong)


@control(
    "RIG-MOD-004", severity="critical", role=ROLE,
    reason="a service that may not read its model does not start",
    fix="`chgrp -R models DIRECTORY; chmod -R g+rX DIRECTORY`, and see that the service's user is in the group",
)  # fmt: skip
def test_service_can_read_models(machine: Machine) -> None:
    """The service's user can read every model."""
    user = machine.show(UNIT, "User") or ("llm" if machine.ok("getent passwd llm") else "")
    if not user:
        skip("there is no service and no user for it (RIG-RUN-001)")
    group = machine.show(UNIT, "SupplementaryGroups")
    also = f" --groups {','.join(f'$(getent group {one} | cut -d: -f3)' for one in group.split())}" if group else " --init-groups"
    drop = f"setpriv --reuid {user} --regid {user}{also}"
    wrong = [path for path in _files(machine) if not machine.ok(f"{drop} head -c 1 '{path}'")]
    expect(not wrong, found=f"{user} cannot read {len(wrong)}", expected="all", output=wrong)


@control(
    "RIG-MOD-005", severity="high", role=ROLE,
    reason="whoever may write to a model decides what the engine loads",
    fix="`chmod o-w FILE`",
)  # fmt: skip
def test_models_are_closed(machine: Machine) -> None:
    """No model file is writable by everybody."""
    _files(machine)
    asked = machine.run(f"find -L '{machine.promises.models_path}' -xdev -perm -0002 -name '*.gguf' -type f 2>/dev/null")
    expect(not asked.lines, found=f"{len(asked.lines)} open to everybody", expected="none", output=asked.out)


@control(
    "RIG-MOD-006", severity="low", role=ROLE,
    reason="what a download that was given up left takes the room of a model",
    fix="run `rigprov apply`, which goes on with it, or remove it",
)  # fmt: skip
def test_no_half_downloads(machine: Machine) -> None:
    """No download is left unfinished for more than a day."""
    path = machine.promises.models_path
    machine.needs_role(ROLE, f"[ -d '{path}' ]")
    asked = machine.run(f"find '{path}' -xdev -name '*.part' -mtime +0 2>/dev/null")
    expect(not asked.lines, found=f"{len(asked.lines)} left", expected="none", output=asked.out)
