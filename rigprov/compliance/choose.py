"""Which controls are asked: by id, by role, from a severity on."""

import difflib
from collections.abc import Sequence

from rigprov.errors import UsageError
from rigprov.model.compliance import SEVERITIES, Control


def choose(
    known: Sequence[Control], *, ids: Sequence[str] = (), roles: Sequence[str] = (), severity: str | None = None
) -> tuple[Control, ...]:
    """Controls that fit all that was given.

    Raises:
        UsageError: an id, role or severity that there is not, or nothing fits.
    """
    wanted = [ident.upper() for ident in ids]
    _all_known(wanted, [one.id for one in known], "control")
    _all_known(roles, sorted({one.role for one in known}), "role with controls:")
    _all_known([] if severity is None else [severity], SEVERITIES, "severity")
    least = 0 if severity is None else SEVERITIES.index(severity)
    chosen = tuple(
        one
        for one in known
        if (not wanted or one.id in wanted) and (not roles or one.role in roles) and SEVERITIES.index(one.severity) >= least
    )
    if not chosen:
        raise UsageError("no control fits all of `--id`, `--role` and `--severity`", hint="leave one out")
    return chosen


def _all_known(words: Sequence[str], known: Sequence[str], what: str) -> None:
    for word in words:
        if word not in known:
            near = difflib.get_close_matches(word, known, n=1)
            hint = f"did you mean `{near[0]}`?" if near else f"one of: {', '.join(known)}" if len(known) < 20 else None  # noqa: PLR2004
            raise UsageError(f"there is no {what} `{word}`", hint=hint)
