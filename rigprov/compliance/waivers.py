"""Exceptions that somebody answers for: which control, where, why, and until when."""

import difflib
from collections.abc import Iterable, Sequence
from dataclasses import dataclass, replace
from datetime import date
from pathlib import Path

import yaml

from rigprov.errors import UsageError
from rigprov.model.compliance import Answer, HostCompliance
from rigprov.model.paths import expanded

_KEYS = ("id", "host", "reason", "until")
_BEGINS = "each begins with `- id: RIG-...`"
_NULL = "tag:yaml.org,2002:null"
_PATTERN = frozenset("*?, ")


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
    node = _composed(path)
    if isinstance(node, yaml.MappingNode) and any(key.value == "waivers" for key, _ in node.value):
        node = _pairs(node, f"{path}:{node.start_mark.line + 1}", "a file of waivers", ("waivers",))["waivers"]
    if node is None or _empty(node):
        return ()
    if not isinstance(node, yaml.SequenceNode):
        raise UsageError(f"{path} holds no list of waivers", hint=_BEGINS)
    ids = tuple(known)
    return tuple(_one(item, f"{path}:{item.start_mark.line + 1}", ids) for item in node.value)


def _composed(path: Path) -> yaml.Node | None:
    try:
        found: yaml.Node | None = yaml.compose(expanded(path).read_text(encoding="utf-8"), Loader=yaml.SafeLoader)
    except OSError as error:
        raise UsageError(f"the waivers `{path}` cannot be read: {error.strerror}", hint="give a YAML file") from error
    except UnicodeDecodeError as error:
        raise UsageError(f"the waivers `{path}` are no text in UTF-8", hint="give a YAML file") from error
    except yaml.YAMLError as error:
        mark = getattr(error, "problem_mark", None)
        where = f":{mark.line + 1}" if mark else ""
        words = getattr(error, "problem", None) or str(error).splitlines()[0]
        raise UsageError(f"{path}{where} is not YAML: {words}") from error
    except RecursionError as error:
        raise UsageError(f"{path} holds no list of waivers: it is nested too deeply", hint=_BEGINS) from error
    return found


def _pairs(node: yaml.MappingNode, where: str, what: str, keys: Sequence[str]) -> dict[str, yaml.Node]:
    """A mapping's values by key; each key is one of these, and stands there once."""
    found: dict[str, yaml.Node] = {}
    for key, value in node.value:
        name = key.value if isinstance(key, yaml.ScalarNode) else "a list or mapping as a key"
        if name not in keys:
            near = difflib.get_close_matches(name, keys, n=1)
            hint = f"did you mean `{near[0]}`?" if near else f"its keys are {', '.join(keys)}"
            raise UsageError(f"{where}: {what} has no `{name}`", hint=hint)
        if name in found:
            raise UsageError(f"{where}: {what} has `{name}` twice", hint="leave one of them out")
        found[name] = value
    return found


def _empty(node: yaml.Node) -> bool:
    return node.tag == _NULL or (isinstance(node, yaml.ScalarNode) and not node.value.strip())


def _one(node: yaml.Node, where: str, known: Sequence[str]) -> Waiver:
    if not isinstance(node, yaml.MappingNode):
        raise UsageError(f"{where}: a waiver is made of {', '.join(_KEYS)}")
    raw = {key: _text(value, key, where) for key, value in _pairs(node, where, "a waiver", _KEYS).items()}
    for key in ("id", "reason", "until"):
        if not raw.get(key):
            raise UsageError(f"{where}: the waiver has no {key}", hint="a waiver says which control, why, and until when")
    if raw["id"] not in known:
        near = difflib.get_close_matches(raw["id"].upper(), known, n=1)
        raise UsageError(f"{where}: there is no control `{raw['id']}`", hint=f"did you mean `{near[0]}`?" if near else None)
    host = raw.get("host")
    if host is not None and (not host or set(host) & _PATTERN):
        said = f"{where}: `host` of a waiver is the name of one host"
        raise UsageError(said, hint="leave `host` out for all of them, or write a waiver for each")
    try:
        until = date.fromisoformat(raw["until"])
    except ValueError:
        raise UsageError(f"{where}: `{raw['until']}` is no date", hint="write it as 2027-03-31") from None
    return Waiver(raw["id"], raw["reason"], until, host or "")


def _text(node: yaml.Node, key: str, where: str) -> str:
    """One word or sentence: of a list nobody knows what was meant, and left out it would waive more than was written."""
    if not isinstance(node, yaml.ScalarNode):
        raise UsageError(f"{where}: `{key}` of a waiver is one text", hint="write a waiver for each of several hosts or controls")
    return "" if _empty(node) else node.value.strip()


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
