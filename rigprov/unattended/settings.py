"""What `rigprov pull` is to make of its machine: the file /etc/rigprov/pull.yml, read and written. Pure but for `read`."""

import difflib
from collections.abc import Mapping
from dataclasses import asdict, dataclass, fields
from pathlib import Path
from typing import Any

from rigprov.errors import UsageError
from rigprov.facts.inventory_file import no_key_twice

FILE = Path("/etc/rigprov/pull.yml")
_HEAD = "# What `rigprov pull` makes of this machine. Every key but tier may be left out.\n"


@dataclass(frozen=True)
class Settings:
    """The same words that `rigprov apply` takes.

    Args:
        tier: name, or a file.
        model: one of the tier's models instead of its first choice.
        set: "ROLE.KEY=VALUE" each.
        format: disks that may be formatted, if they prove to be blank.
        verify: measure the speed.
        reboot: the machine may reboot itself where its plan says so.
        inventory: Ansible inventory on the machine, in which it is `localhost`: for values that are secret.
    """

    tier: str
    model: str = ""
    set: tuple[str, ...] = ()
    format: tuple[str, ...] = ()
    verify: bool = True
    reboot: bool = False
    inventory: str = ""

    def words(self) -> list[str]:
        """As arguments of `rigprov apply`. What the machine may do on its own is not among them: `apply` cannot."""
        words = [f"--tier={self.tier}"]
        words += [f"--model={self.model}"] if self.model else []
        words += [f"--inventory={self.inventory}"] if self.inventory else []
        words += [f"--{name}={value}" for name, values in (("set", self.set), ("format", self.format)) for value in values]
        return words if self.verify else [*words, "--no-verify"]

    def text(self) -> str:
        """The file that `parse` reads; what has its default is left out."""
        import yaml  # here, because most commands write none

        mine = {key: list(value) if isinstance(value, tuple) else value for key, value in asdict(self).items()}
        default: dict[str, object] = {item.name: [] if item.name in _LISTS else item.default for item in fields(self)}
        return _HEAD + yaml.safe_dump(
            {key: value for key, value in mine.items() if value != default[key]}, sort_keys=False, allow_unicode=True
        )


_LISTS = ("set", "format")
_WANTED: Mapping[str, tuple[type, str]] = {
    "tier": (str, "text"),
    "model": (str, "text"),
    "set": (list, "a list of ROLE.KEY=VALUE"),
    "format": (list, "a list of /dev/disk/by-id/..."),
    "verify": (bool, "true or false"),
    "reboot": (bool, "true or false"),
    "inventory": (str, "a path"),
}


def read(path: Path) -> Settings | None:
    """The settings of a file; None where there is none.

    Raises:
        UsageError: it cannot be read, or is not what `parse` takes.
    """
    try:
        text = path.read_text(encoding="utf-8")
    except FileNotFoundError:
        return None
    except (OSError, UnicodeDecodeError) as error:
        why = error.strerror if isinstance(error, OSError) else "it is not text"
        raise UsageError(f"{path} cannot be read: {why}", hint="mend it, or name another with --settings") from None
    return parse(text, str(path))


def parse(text: str, where: str) -> Settings:
    """Settings from their text.

    Raises:
        UsageError: no YAML mapping, no tier, an unknown key or one twice, or a value of another type than the key's.
    """
    import yaml

    try:
        found = yaml.safe_load(text)
    except yaml.YAMLError as error:
        line = f", line {mark.line + 1}" if (mark := getattr(error, "problem_mark", None)) else ""
        raise UsageError(f"{where}{line} is not YAML: {getattr(error, 'problem', None) or str(error).splitlines()[0]}") from None
    except (ValueError, RecursionError) as error:  # a date that no calendar has, a number of thousands of digits
        why = str(error).partition(";")[0]
        raise UsageError(f"{where} holds a value that is none: {why}", hint="put text between quotes") from None
    no_key_twice(yaml.compose(text, Loader=yaml.SafeLoader), where)
    if not isinstance(found, Mapping):
        raise UsageError(f"{where} is not a mapping", hint="write one key a line, for example `tier: starter`")
    for key, value in found.items():
        _check(str(key), value, where)
    if not found.get("tier"):
        raise UsageError(f"{where} names no tier", hint="add a line `tier: starter`; `rigprov tiers` lists them")
    values: dict[str, Any] = {key: tuple(value) if isinstance(value, list) else value for key, value in found.items()}
    return Settings(**values)


def _check(key: str, value: object, where: str) -> None:
    if key not in _WANTED:
        near = difflib.get_close_matches(key, _WANTED, n=1)
        fix = f"did you mean `{near[0]}`?" if near else f"there are {', '.join(_WANTED)}"
        raise UsageError(f"{where} has the unknown key `{key}`", hint=fix)
    kind, words = _WANTED[key]
    if not isinstance(value, kind) or (isinstance(value, list) and not all(isinstance(item, str) for item in value)):
        raise UsageError(f"`{key}` in {where} must be {words}, and {value!r} is not")
