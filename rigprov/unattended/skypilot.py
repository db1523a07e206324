"""A SkyPilot task that launches a machine and lets rigprov converge it and measure. Pure."""

import shlex
from dataclasses import replace

from rigprov.catalog.rentals import CONTAINERS
from rigprov.model.tier import Tier
from rigprov.tiers.renting import Rented
from rigprov.tiers.room import GPU_HOST_RAM_GIB
from rigprov.unattended.places import PROGRAM
from rigprov.unattended.userdata import Wanted, as_yaml, install, refuse_secrets

_TIER_FILE = "/tmp/rigprov-tier.py"  # noqa: S108 - on the machine, which is the user's alone; SkyPilot copies it there
_CPUS = "4+"
_LEAST_RAM_GIB = 16

# From a file: programs that are started must not read the rest of the script as their input.
_SETUP = """\
script=$(mktemp)
cat > "$script" <<'RIGPROV'
{script}RIGPROV
$(command -v sudo || true) sh "$script" || exit
rm "$script"
"""
_RUN = """\
$(command -v sudo || true) {command}
"""


def task(wanted: Wanted, rented: Rented, tier: Tier, head: str) -> str:
    """The text of a task file for `sky launch`.

    Args:
        wanted: what the machine is to become; its timer and its reboots are left out.
        rented: the machine.
        tier: its profile.
        head: comment lines for the top.

    Raises:
        UsageError: it would hold what looks like a secret.
    """
    refuse_secrets(wanted, "task")
    settings, name = wanted.settings, f"rigprov-{tier.name}"
    document: dict[str, object] = {"name": name, "resources": _resources(rented, tier)}
    if wanted.tier_file:
        document["file_mounts"] = {_TIER_FILE: str(wanted.tier_from)}
        settings = replace(settings, tier=_TIER_FILE)
    document["setup"] = _SETUP.format(script=install(wanted.source))
    document["run"] = _RUN.format(command=shlex.join([str(PROGRAM), "pull", *settings.words()]))
    known = shlex.quote(str(wanted.tier_from)) if wanted.tier_from else tier.name  # as `--tier` takes it, from where this is made
    how = (
        f"# sky launch -c {name} FILE     sets it up and measures; the task fails below the floor\n"
        f"# rigprov verify --tier {known} {name}     measures again, from here: SkyPilot makes an ssh alias\n"
    )
    return f"{head}{how}{as_yaml(document)}"


def _resources(rented: Rented, tier: Tier) -> dict[str, object]:
    rental = rented.rental
    # A container gets what its GPU's share of the machine is; elsewhere a small need is no reason for the smallest machine.
    ram = GPU_HOST_RAM_GIB if rental.cloud in CONTAINERS else max(tier.needs.ram_gib, _LEAST_RAM_GIB)
    found: dict[str, object] = {"infra": rental.cloud}
    if rental.count:
        found["accelerators"] = f"{rental.accelerator}:{rental.count}"
    else:
        found["cpus"] = _CPUS
    return {**found, "memory": f"{ram:g}+", "disk_size": rented.disk_gib}
