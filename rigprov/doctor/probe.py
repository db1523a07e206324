"""The script that asks a host layer by layer, and what each host answered."""

import secrets
from collections.abc import Iterable
from importlib.resources import files

from rigprov.errors import RigprovError
from rigprov.facts.collect import recorded
from rigprov.facts.connection import Access
from rigprov.facts.probe import Probe
from rigprov.facts.recording import Recording
from rigprov.facts.shell import run_script
from rigprov.model.target import Target

LIMIT_S = 180.0  # the probe ends by itself after at most 152 s, mostly after 5; the rest is for a slow line


def render() -> Probe:
    """The script, ready to be run by `sh`; its marks cannot be guessed."""
    mark = f"probe-{secrets.token_hex(12)}"
    folder = files("rigprov.doctor")
    text = folder.joinpath("probe.sh").read_text(encoding="utf-8")
    programs = {"@CUDA_KERNEL@": folder.joinpath("host/cuda_kernel.py"), "@CONTAINER@": folder.joinpath("container.sh")}
    for key, program in programs.items():
        text = text.replace(key, program.read_text(encoding="utf-8").rstrip("\n"))
    return Probe(text.replace("@NONCE@", mark), mark)


def ask(targets: Iterable[Target], access: Access) -> dict[str, Recording | RigprovError]:
    """What each target answered, secrets removed, or why it did not. One connection each, as root where possible."""
    asked = render()
    found: dict[str, Recording | RigprovError] = {}
    for name, result in run_script(targets, access, asked.script, root="try", timeout_s=LIMIT_S).items():
        try:
            found[name] = result if isinstance(result, RigprovError) else recorded(asked, result, name)
        except RigprovError as error:
            found[name] = error
    return found
