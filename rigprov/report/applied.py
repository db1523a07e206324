"""What `apply` reports: preparation, run and proof together."""

from collections.abc import Mapping

from rigprov.model.ledger import Verdict
from rigprov.model.plan import Plan
from rigprov.model.proof import Proof
from rigprov.model.run import RunSummary
from rigprov.report.json import plain
from rigprov.report.plan import without_secrets
from rigprov.report.proof import proofs_text
from rigprov.report.run import run_text


def applied_text(
    notes: Mapping[str, str],
    summary: RunSummary | None,
    proofs: Mapping[str, Proof],
    verdicts: Mapping[str, Mapping[str, Verdict]] | None = None,
    *,
    check: bool = False,
) -> str:
    """For a person. Hosts that never came to a run have their problem on stderr."""
    parts = [f"{host}: {note}" for host, note in notes.items() if note]
    if summary is not None:
        parts.append(run_text(summary, check=check, held=_held(verdicts or {})))
    if proofs:
        parts.append(proofs_text(list(proofs.values())))
    return "\n\n".join(parts)


def applied_data(
    plans: Mapping[str, Plan],
    notes: Mapping[str, str],
    summary: RunSummary | None,
    proofs: Mapping[str, Proof],
    verdicts: Mapping[str, Mapping[str, Verdict]] | None = None,
    *,
    check: bool,
) -> dict[str, object]:
    """For `--json`."""
    runs = {run.host: run for run in summary.hosts} if summary else {}
    return {
        "check": check,
        "seconds": summary.seconds if summary else None,
        "log_dir": summary.log_dir if summary else None,
        "hosts": {
            host: {
                "plan": plain(without_secrets(plan)),
                "prepared": notes.get(host),
                "ledger": plain((verdicts or {}).get(host, {})),
                "run": plain(runs.get(host)),
                "proof": plain(proofs.get(host)),
            }
            for host, plan in plans.items()
        },
    }


def _held(verdicts: Mapping[str, Mapping[str, Verdict]]) -> dict[str, int]:
    """How many roles need not have run on each host."""
    return {host: sum(verdict.state == "holds" for verdict in roles.values()) for host, roles in verdicts.items()}
