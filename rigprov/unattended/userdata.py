"""User data for cloud-init: a fresh machine installs rigprov and lets it converge the machine. Pure."""

import shlex
from collections.abc import Mapping
from dataclasses import dataclass
from pathlib import Path

from rigprov import __version__
from rigprov.errors import UsageError
from rigprov.facts.redact import redact
from rigprov.unattended.places import PROVISIONED, RESULT, UNITS
from rigprov.unattended.settings import FILE, Settings
from rigprov.unattended.source import Source
from rigprov.unattended.units import FIRST, first

PROVISION = Path("/opt/rigprov/provision")
LARGEST = 16 * 1024  # bytes that AWS takes; others take more
_INSTALL = Path(__file__).with_name("install.sh")
# In the shell's place, so that it is rigprov whom a shutdown asks to stop.
_GO = 'exec "$place/current/bin/rigprov" pull --first --reboot {reboot}{every}\n'
_WIDE = 1000  # columns: no line of a file is folded


@dataclass(frozen=True)
class Wanted:
    """What a machine is to become.

    Args:
        settings: of `rigprov pull` on it.
        source: the rigprov that it installs.
        reboot: it may reboot itself while it is set up.
        every: time between two pulls afterwards; "": none.
        tier_file: where `settings.tier` is a file of the user's own, its text.
        tier_from: and where it lies here.
    """

    settings: Settings
    source: Source
    reboot: bool = True
    every: str = ""
    tier_file: str = ""
    tier_from: Path | None = None


def user_data(wanted: Wanted) -> str:
    """The text that a provider's field "user data" takes.

    Raises:
        UsageError: it would hold what looks like a secret, or is longer than every provider takes.
    """
    refuse_secrets(wanted, "user data")
    text = f"#cloud-config\n{_head(wanted)}{as_yaml(document(wanted))}"
    if len(text.encode()) > LARGEST:
        raise UsageError(
            f"the user data has {len(text.encode())} bytes, and AWS takes {LARGEST}",
            hint="make the tier file shorter" if wanted.tier_file else "say less with --set",
        )
    return text


def refuse_secrets(wanted: Wanted, what: str) -> None:
    """Files that are made here are kept, sent and read by many.

    Raises:
        UsageError: `what` would hold what looks like a secret.
    """
    if redact(wanted.tier_file) != wanted.tier_file or redact(wanted.settings.text()) != wanted.settings.text():
        raise UsageError(
            f"the {what} would hold what looks like a secret, and every program on the machine can read it",
            hint="leave it out here, and put it on the machine: /etc/rigprov/pull.env, or an inventory that pull.yml names",
        )


def document(wanted: Wanted) -> dict[str, object]:
    """The cloud-config: four files at most, and one unit that does everything."""
    files = [_file(FILE, wanted.settings.text(), "0644")]
    if wanted.tier_file:
        files.append(_file(Path(wanted.settings.tier), wanted.tier_file, "0644"))
    files += [_file(PROVISION, script(wanted), "0755"), _file(UNITS / FIRST, first(), "0644")]
    return {
        "write_files": files,
        "runcmd": [
            # An image that was made of a provisioned machine brings the mark along.
            ["rm", "-f", str(PROVISIONED)],
            ["systemctl", "daemon-reload"],
            ["systemctl", "enable", FIRST],
            ["sync"],  # cloud-init does not come again: a power cut must not leave empty files
            ["systemctl", "start", "--no-block", FIRST],
        ],
    }


def script(wanted: Wanted) -> str:
    """What the unit runs: a shell script that installs rigprov and becomes it."""
    every = f" --every {wanted.every}" if wanted.every else ""
    return install(wanted.source) + "\n" + _GO.format(reboot="yes" if wanted.reboot else "no", every=every)


def install(source: Source) -> str:
    """A shell script, for root, after which /opt/rigprov/current is that rigprov; it begins with its values."""
    values = {"requirement": source.requirement, "sha256": source.sha256, "version": source.version}
    head = "".join(f"{name}={shlex.quote(value)}\n" for name, value in values.items())
    return f"#!/bin/sh\n{head}{_INSTALL.read_text(encoding='utf-8')}"


def _head(wanted: Wanted) -> str:
    return (
        f"# Made by rigprov {__version__}: this machine becomes tier {wanted.settings.tier} by itself and measures its speed.\n"
        f"# What came of it: the console, {RESULT}, and result.txt beside it. No secrets are in here.\n"
    )


def _file(path: Path, content: str, mode: str) -> Mapping[str, str]:
    return {"path": str(path), "owner": "root:root", "permissions": mode, "content": content}


def as_yaml(value: object) -> str:
    """YAML for people: keys in their order, text of several lines as it is."""
    import yaml  # here, because most commands write none

    class Blocks(yaml.SafeDumper):
        """Text of several lines as it is, for people who read it."""

    def text(dumper: yaml.SafeDumper, value: str) -> yaml.Node:
        return dumper.represent_scalar("tag:yaml.org,2002:str", value, style="|" if "\n" in value else None)

    Blocks.add_representer(str, text)
    return yaml.dump(value, Dumper=Blocks, sort_keys=False, width=_WIDE, allow_unicode=True)
