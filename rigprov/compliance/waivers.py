"""Exceptions that somebody answers for: which control, where, why, and until when."""

import difflib
from collections.abc import Iterable, Sequence
from dataclasses import dataclass, replace
from datetime import date
from pathlib import Path

import yaml

from rigprov.errors import UsageError
from rigprov.model.compliance import Answer, HostCompliance

_KEYS = ("id", "host", "reason", "until")


@dataclass(frozen=True)
class Waiver:
    """One exception. `host` is empty for all hosts; it holds up to and including `until`."""

    id: str
    reason: str
    until: date
    host: str = ""


def read(path: Path, known: Iterable[str]) -> tuple[Waiver, ...]:
    """Waivers of a YAML file: a list, or a list under `waivers`.

    Raises:
        UsageError: it cannot be read, or a waiver is incomplete or names no control; with file and line.
    """
    try:
        node = yaml.compose(path.expanduser().read_text(encoding="utf-8"), Loader=yaml.SafeLoader)
    except (OSError, UnicodeDecodeError) as error:
        raise UsageError(f"the waivers `{path}` cannot be read: {error}") from error
    except yaml.YAMLError as error:
        mark = getattr(error, "problem_mark", None)
        where = f":{mark.line + 1}" if mark else ""
        raise UsageError(f"{path}{where} is not YAML: {getattr(error, 'problem', error)}") from error
    if isinstance(node, yaml.MappingNode):
        node = next((value for key, value in node.value if key.value == "waivers"), node)
    if node is None or (isinstance(node, yaml.ScalarNode) and not node.value):
        return ()
    if not isinstance(node, yaml.SequenceNode):
        raise UsageError(f"{path} holds no list of waivers", hint="each begins with `- id: RIG-...`")
    ids = tuple(known)
    return tuple(_one(item, f"{path}:{item.start_mark.line + 1}", ids) for item in node.value)


def _one(node: yaml.Node, where: str, known: Sequence[str]) -> Waiver:
    if not isinstance(node, yaml.MappingNode):
        raise UsageError(f"{where}: a waiver is made of {', '.join(_KEYS)}")
    raw = {str(key.value): str(value.value).strip() for key, value in node.value if isinstance(value, yaml.ScalarNode)}
    if odd := sorted({str(key.value) for key, _ in node.value} - set(_KEYS)):
        raise UsageError(f"{where}: a waiver has no `{odd[0]}`", hint=f"its keys are {', '.join(_KEYS)}")
    for key in ("id", "reason", "until"):
        if not raw.get(key):
            raise UsageError(f"{where}: the waiver has no {key}", hint="a waiver says which control, why, and until when")
    if raw["id"] not in known:
        near = difflib.get_close_matches(raw["id"].upper(), known, n=1)
        raise UsageError(f"{where}: there is no control `{raw['id']}`", hint=f"did you mean `{near[0]}`?" if near else None)
    try:
        until = date.fromisoformat(raw["until"])
    except ValueError:
        raise UsageError(f"{where}: `{raw['until']}` is no date", hint="write it as 2027-03-31") from None
    return Waiver(raw["id"], raw["reason"], until, raw.get("host", ""))


def apply(found: HostCompliance, waivers: Iterable[Waiver], today: date) -> HostCompliance:
    """Waive what may fail here; say which waivers have run out, and which are not needed."""
    here = [one for one in waivers if one.host in ("", found.host)]
    notes = list(found.notes)
    answers = []
    for answer in found.answers:
        mine = [one for one in here if one.id == answer.control.id]
        answers.append(_judged(answer, mine, today) if answer.state == "fail" else answer)
        if answer.state == "pass":
            notes += [f"the waiver of {one.id} is not needed: the control passes" for one in mine]
    return replace(found, answers=tuple(answers), notes=tuple(notes))


def _judged(answer: Answer, waivers: list[Waiver], today: date) -> Answer:
    if not waivers:
        return answer
    last = max(waivers, key=lambda one: one.until)
    if last.until >= today:
        return replace(answer, state="waived", note=f"until {last.until}: {last.reason}")
    return replace(answer, note=f"its waiver ended on {last.until} (it was given because: {last.reason})")
