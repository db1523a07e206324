"""A pretended machine: what it answers to which command."""

import base64
import importlib
import re
import shlex
from collections.abc import Callable, Mapping
from pathlib import Path
from types import SimpleNamespace

import rigprov.compliance
from rigprov.compliance.control import control_of
from rigprov.compliance.machine import Machine
from rigprov.compliance.promises import Promises

Answer = str | tuple[int, str]  # output of a command that ends well, or exit status and output
Answers = Mapping[str, Answer]
NO = (1, "")


class FakeHost:
    """The first pattern that fits a command answers it; one that nothing fits ends with status 1 and says nothing."""

    def __init__(self, answers: Answers) -> None:
        self.answers = answers
        self.backend = object()
        self.asked: list[str] = []

    def run(self, command: str) -> SimpleNamespace:
        inner = shlex.split(command.split("timeout 60 sh -c ", 1)[1].split("; else ", 1)[0])[0]
        if encoded := re.fullmatch(r'eval "\$\(echo (\S+) \| base64 -d\)"', inner):
            inner = base64.b64decode(encoded[1]).decode()
        self.asked.append(inner)
        found = next((answer for pattern, answer in self.answers.items() if re.search(pattern, inner, re.DOTALL)), NO)
        rc, out = (0, found) if isinstance(found, str) else found
        return SimpleNamespace(rc=rc, stdout_bytes=out.encode(), stderr_bytes=b"")


def machine(answers: Answers, **promised: object) -> Machine:
    return Machine(FakeHost(answers), Promises(**promised))  # type: ignore[arg-type]


def functions() -> dict[str, Callable[[Machine], None]]:
    """The suite's functions by id."""
    found: dict[str, Callable[[Machine], None]] = {}
    for path in sorted(Path(rigprov.compliance.__file__).parent.glob("test_*.py")):
        module = importlib.import_module(f"rigprov.compliance.{path.stem}")
        found |= {known.id: test for test in vars(module).values() if (known := control_of(test))}
    return found
