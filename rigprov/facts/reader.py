"""Reading a recording section by section: what could not be read is told apart from what is not there."""

from collections.abc import Callable
from typing import TypeVar

from rigprov.errors import UsageError
from rigprov.facts.parse.fields import ParseError
from rigprov.facts.recording import Recording, Section
from rigprov.model.host import Missing

T = TypeVar("T")
_TIMED_OUT = (124, 137, 143)  # timeout(1), and killed by it
_NOT_FOUND = 127  # sh


class Reader:
    """Sections of one recording as text, or as parsed values."""

    def __init__(self, recording: Recording) -> None:
        self.recording = recording
        privilege = recording.sections.get("privilege")
        self.as_root = privilege is None or "how=none" not in privilege.output

    def section(self, name: str) -> Section | None:
        """As it was recorded; None: not in the recording."""
        return self.recording.sections.get(name)

    def rc(self, name: str) -> int | None:
        """Exit status; None: not in the recording."""
        section = self.section(name)
        return None if section is None else section.rc

    def text(self, name: str) -> str | Missing:
        """Output of a command that succeeded."""
        section = self.section(name)
        if section is None:
            return Missing(f"`{name}` is not in the recording")
        return section.output if section.rc == 0 else self._why(section)

    def parse(self, name: str, parser: Callable[[str], T]) -> T | Missing:
        """The parsed output, or why there is none.

        Raises:
            UsageError: a recording's file that makes no sense. From a live host that is a `Missing`.
        """
        text = self.text(name)
        return text if isinstance(text, Missing) else self.attempt(name, lambda: parser(text))

    def attempt(self, name: str, make: Callable[[], T]) -> T | Missing:
        """Run a parser on texts that were read already; `name` is the section to blame."""
        try:
            return make()
        except ParseError as error:
            return self._senseless(name, str(error))
        except (KeyError, TypeError, AttributeError, IndexError) as error:  # output of another shape than the command's
            return self._senseless(name, f"unexpected shape ({type(error).__name__}: {error})")

    def need(self, name: str, parser: Callable[[str], T]) -> T:
        """A fact without which nothing can be planned.

        Raises:
            UsageError: it could not be read.
        """
        found = self.parse(name, parser)
        if isinstance(found, Missing):
            raise UsageError(
                f"`{self.recording.host}` does not tell what it is: {found.reason}", hint="rigprov knows Linux machines only"
            )
        return found

    def _senseless(self, name: str, reason: str) -> Missing:
        if self.recording.folder is not None:
            path = self.recording.folder / f"{name}.txt"
            raise UsageError(f"`{path}` makes no sense: {reason}", hint="record again with `rigprov facts HOST --record DIR`")
        return Missing(f"`{name}`: {reason}")

    def _why(self, section: Section) -> Missing:
        command = section.command if len(section.command) <= 40 else section.name  # noqa: PLR2004  (longer ones tell less)
        if section.rc in _TIMED_OUT:
            return Missing(f"`{command}` gave no answer in time")
        said = (section.errors or section.output).strip().splitlines()
        reason = (
            f"`{command}`: {said[-1].removeprefix('sh: 1: ')}" if said else f"`{command}` ended with exit status {section.rc}"
        )
        if section.rc == _NOT_FOUND:
            reason = f"`{command.split()[0]}` is not installed"
        denied = any(word in reason for word in ("ermission denied", "not permitted"))
        return Missing(f"needs root: {reason}" if denied and not self.as_root else reason)
