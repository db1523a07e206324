"""The systemd units of an unattended machine."""

import re
from pathlib import Path

from rigprov.errors import UsageError
from rigprov.unattended.places import PROVISIONED

FIRST = "rigprov-provision.service"
PULL = "rigprov-pull.service"
TIMER = "rigprov-pull.timer"
EVERY = "1h"
TRIES = 5  # in one boot
PAUSE_S = 60
LONGEST = "4h"  # of one run: a model of 40 GB at 10 MB/s takes more than an hour
_SPAN = re.compile(r"([1-9][0-9]{0,3})(min|h|d)")

# Not Type=oneshot: the boot would not be over before it is, and cloud-init waits for the boot.
_FIRST = f"""\
# Made by `rigprov cloud-init`. Runs at each boot until this machine is provisioned.
[Unit]
Description=rigprov sets this machine up
Wants=network-online.target
After=network-online.target
ConditionPathExists=!{PROVISIONED}
StartLimitIntervalSec=infinity
StartLimitBurst={TRIES}

[Service]
Type=exec
User=root
ExecStart=/opt/rigprov/provision
Restart=on-failure
RestartSec={PAUSE_S}
RestartPreventExitStatus=2
RuntimeMaxSec={LONGEST}
TimeoutStopSec=120
KillMode=mixed
SyslogIdentifier=rigprov
StandardOutput=journal+console
StandardError=journal+console
EnvironmentFile=-/etc/rigprov/pull.env

[Install]
WantedBy=multi-user.target
"""

_PULL = """\
# Made by `rigprov pull --install-timer`.
[Unit]
Description=rigprov converges this machine
Wants=network-online.target
After=network-online.target {first}

[Service]
Type=exec
User=root
ExecStart={program} pull --quiet
RuntimeMaxSec={longest}
TimeoutStopSec=120
KillMode=mixed
EnvironmentFile=-/etc/rigprov/pull.env
"""

# The delay spreads a fleet that was booted together, so that neither the mirrors nor a shared link get all of it at once.
_TIMER = """\
# Made by `rigprov pull --install-timer`.
[Unit]
Description=rigprov converges this machine every {every}

[Timer]
OnActiveSec={every}
OnUnitInactiveSec={every}
RandomizedDelaySec={every}
AccuracySec=1min

[Install]
WantedBy=timers.target
"""


def first() -> str:
    """The unit that provisions a fresh machine."""
    return _FIRST


def pull(program: Path) -> str:
    """The unit that one tick of the timer starts."""
    return _PULL.format(program=program, first=FIRST, longest=LONGEST)


def timer(every: str) -> str:
    """Ticks one to two times `every` apart."""
    return _TIMER.format(every=every)


def span(text: str) -> str:
    """A time span that both systemd and a person read in the same way.

    Raises:
        UsageError: another form, or shorter than five minutes.
    """
    found = _SPAN.fullmatch(text)
    shortest = 5
    if found is None or (found[2] == "min" and int(found[1]) < shortest):
        raise UsageError(f"`{text}` is not a time between two pulls", hint=f"write 30min, 1h or 1d; {shortest}min at least")
    return text
