"""`rigprov render`: files for the engines that launch machines, which rigprov leaves to them."""

from argparse import ArgumentParser, Namespace

from rigprov.catalog.rentals import CLOUDS
from rigprov.commands.cloud_init import add_wanted, wanted_from, written
from rigprov.commands.options import chosen_tier
from rigprov.errors import UsageError
from rigprov.model.outcome import Outcome
from rigprov.model.tier import Tier
from rigprov.tiers.renting import Rented


def add_arguments(parser: ArgumentParser) -> None:
    """Engine, cloud, and what the machine becomes."""
    parser.add_argument(
        "engine", choices=("skypilot", "terraform"), help="a SkyPilot task, or an example for Terraform and OpenTofu"
    )
    parser.add_argument("--cloud", choices=CLOUDS, required=True, help="where the machine is rented")
    add_wanted(parser)


def run(args: Namespace) -> Outcome:
    """Print the file, or write it.

    Raises:
        UsageError: what `cloud-init` refuses too, a cloud that has nothing for the tier, or one that the engine cannot do it on.
    """
    from rigprov.tiers.renting import rented
    from rigprov.unattended import skypilot, terraform

    if args.engine == "terraform" and args.cloud not in terraform.CLOUDS:
        raise UsageError(
            f"machines of {args.cloud} are containers, which run no cloud-init",
            hint=f"`rigprov render skypilot --cloud {args.cloud}`, or rent one and name it to `rigprov apply`",
        )
    if args.engine == "skypilot" and args.every:
        raise UsageError("a SkyPilot task runs once, and has no timer", hint="leave --every out")
    tier = chosen_tier(args)
    wanted, machine = wanted_from(args), rented(tier, args.cloud)
    head = _head(tier, machine)
    make = skypilot.task(wanted, machine, tier, head) if args.engine == "skypilot" else None
    text = make or terraform.configuration(wanted, machine, tier.name, head)
    data: dict[str, object] = {
        "text": text,
        "instance": machine.rental.instance or None,
        "accelerator": machine.rental.accelerator or None,
        "gpus": machine.rental.count,
        "disk_gib": machine.disk_gib,
    }
    return written("render", text, data, args.output, force=args.force)


def _head(tier: Tier, machine: Rented) -> str:
    from rigprov import __version__

    rental = machine.rental
    gpus = f"{rental.count} x {rental.gpu}" if rental.count else ""
    what = " with ".join(filter(None, (rental.instance, gpus)))
    lines = [f"Made by rigprov {__version__}: tier {tier.name} on {rental.cloud}, {what} (as of: {rental.source})."]
    if machine.benchmark and machine.expected:
        low, high = machine.expected.low, machine.expected.high
        floor = next(iter(machine.benchmark.floors.values()))
        lines.append(
            f"Predicted, not measured: {low:g} to {high:g} tokens/s with {machine.benchmark.model}; its floor is {floor:g}."
        )
    return "".join(f"# {line}\n" for line in lines)
