"""Into which batches a rolling run divides its hosts. Pure."""

from collections.abc import Sequence
from dataclasses import dataclass

from rigprov.errors import UsageError

_WHOLE = 100


@dataclass(frozen=True)
class Size:
    """A number of hosts, or a share of all in percent."""

    number: int
    percent: bool = False

    def of(self, hosts: int) -> int:
        """How many of so many hosts: a share is rounded down, but never to none."""
        return max(1, hosts * self.number // _WHOLE) if self.percent else self.number


def sizes(text: str) -> tuple[Size, ...]:
    """`--serial`: "2", "25%", or a list such as "1,5,20%", whose last size counts for all further batches.

    Raises:
        UsageError: it is none of these.
    """
    return tuple(_size(word.strip(), text) for word in text.split(","))


def _size(word: str, text: str) -> Size:
    digits = word.removesuffix("%").rstrip()
    percent = word.endswith("%")
    if not digits.isascii() or not digits.isdigit() or not 1 <= int(digits) <= (_WHOLE if percent else 10**6):
        raise UsageError(
            f"`{word}` in `--serial {text}` is no size of a batch",
            hint="write a number of hosts, a share, or a list: 2, 25%, 1,5,20%",
        )
    return Size(int(digits), percent)


def batches(hosts: Sequence[str], wanted: Sequence[Size]) -> tuple[tuple[str, ...], ...]:
    """The hosts in their order, cut into batches; shares are of all hosts, as with Ansible's `serial`."""
    found: list[tuple[str, ...]] = []
    rest = list(hosts)
    while rest:
        size = wanted[min(len(found), len(wanted) - 1)].of(len(hosts))
        found.append(tuple(rest[:size]))
        rest = rest[size:]
    return tuple(found)
