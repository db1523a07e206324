"""Asking machines: one probe, one round trip each, many at once."""

from collections.abc import Collection, Iterable
from datetime import UTC, datetime

from rigprov.errors import RigprovError
from rigprov.facts import probe
from rigprov.facts.connection import Access
from rigprov.facts.recording import Recording, Section
from rigprov.facts.redact import redact_sections
from rigprov.facts.shell import ScriptResult, run_script
from rigprov.model.target import Target


def collect(
    targets: Iterable[Target], access: Access, quick: Collection[str] = frozenset()
) -> dict[str, Recording | RigprovError]:
    """What each target answered, secrets removed, or why it did not.

    `quick`: targets of which it is known what their sources of packages and models said last time; they are not waited for.
    """
    chosen = tuple(targets)
    asked = probe.render()
    hasty = probe.render(quick=True, mark=asked.mark) if quick else asked
    scripts = {target.name: (hasty if target.name in quick else asked).script for target in chosen}
    found: dict[str, Recording | RigprovError] = {}
    for name, result in run_script(chosen, access, scripts, root="try", timeout_s=probe.LIMIT_S).items():
        try:
            found[name] = result if isinstance(result, RigprovError) else recorded(asked, result, name)
        except RigprovError as error:
            found[name] = error
    return found


def recorded(asked: probe.Probe, result: ScriptResult, host: str) -> Recording:
    """The recording of one run of the probe, secrets removed.

    Raises:
        UnreachableError: the output ends early, or the machine could not run the probe.
    """
    sections = probe.read_output(asked, result.stdout, host)
    sections["privilege"] = _privilege(result)
    return Recording(host, datetime.now(UTC).isoformat(timespec="seconds"), redact_sections(sections))


def _privilege(result: ScriptResult) -> Section:
    """Told by the wrapper around the probe; kept in the same form as the rest."""
    lines = [f"user={result.user}", f"how={result.how}", f"why={result.why}"]
    return Section("privilege", "id -un; sudo -n true", "\n".join(lines), "", 0)
