"""What `rigprov verify` can be told about measuring, and the checks of it."""

import math
from argparse import ArgumentParser, ArgumentTypeError, Namespace
from collections.abc import Mapping
from pathlib import Path
from typing import TYPE_CHECKING

from rigprov.errors import RigprovError, UsageError
from rigprov.model.paths import expanded

if TYPE_CHECKING:
    from rigprov.facts.recording import Recording
    from rigprov.model.host import HostFacts
    from rigprov.model.plan import Plan
    from rigprov.model.proof import Proof
    from rigprov.model.tier import Tier
    from rigprov.plan.wishes import Wishes
    from rigprov.verify.asked import Asked, Server

_LONGEST_SOAK_S = 3600.0
_HIGHEST_FLOOR = 1e6  # tokens/s
_LONGEST_KEY = 4096  # characters


def add_arguments(parser: ArgumentParser) -> None:
    """Weights, soak, and a server that runs already."""
    parser.add_argument("--synthetic", action="store_true", help="measure random weights of the model's shape: no download")
    parser.add_argument("--keep-weights", action="store_true", help="leave the synthetic file on the host")
    soak = parser.add_mutually_exclusive_group()
    soak.add_argument("--soak", metavar="SECONDS", type=_soak, help="a longer run besides (default: 60 on GPUs, none on a CPU)")
    soak.add_argument("--no-soak", dest="soak", action="store_const", const=0.0, help="no longer run")
    parser.add_argument(
        "--server", metavar="URL", help="a server that runs already, as the host sees it: http://127.0.0.1:8000/v1"
    )
    parser.add_argument("--api-key-file", metavar="FILE", type=Path, help="file on this machine that holds the server's API key")
    parser.add_argument("--server-model", metavar="NAME", help="the server's name of the model, where it has several")
    parser.add_argument("--floor", metavar="TOK/S", type=_floor, help="what the server must reach")


def _number(text: str, least: float, most: float) -> float:
    try:
        value = float(text)
    except ValueError:
        value = math.nan
    if not least < value <= most:
        raise ArgumentTypeError(f"`{text}` is not a number above {least:g} up to {most:g}")
    return value


def _soak(text: str) -> float:
    return 0.0 if text.strip() == "0" else _number(text, 0, _LONGEST_SOAK_S)


def _floor(text: str) -> float:
    return _number(text, 0, _HIGHEST_FLOOR)


def asked(args: Namespace) -> "Asked":
    """What the user wants beyond the plan.

    Raises:
        UsageError: options that do not go together.
    """
    from rigprov.verify.asked import Asked

    if args.keep_weights and not args.synthetic:
        raise UsageError("`--keep-weights` goes with `--synthetic`: no other weights are written")
    return Asked(args.synthetic, args.keep_weights, args.model is not None, args.soak)


def server(args: Namespace) -> "Server | None":
    """The server that the user names.

    Raises:
        UsageError: no address, a key that cannot be read, or options that do not go together.
    """
    from rigprov.verify.asked import server as parsed

    if args.server is None:
        for name in ("api_key_file", "server_model", "floor"):
            if getattr(args, name) is not None:
                hint = "a tier brings its own floor and engine"
                raise UsageError(f"`--{name.replace('_', '-')}` goes with `--server URL`", hint=hint)
        if args.tier is None:
            raise UsageError("neither a tier nor a server is named", hint="give `--tier TIER` or `--server URL`")
        return None
    if args.synthetic:
        raise UsageError("`--synthetic` and `--server` do not go together", hint="a server has loaded its weights already")
    if args.tier is None and (args.model or args.settings):
        raise UsageError(
            "`--model` and `--set` go with `--tier`", hint="the server's own name of a model goes with `--server-model`"
        )
    if args.tier and args.floor is None and args.model is None:
        hint = "name it with `--model KEY`, or give the floor itself with `--floor N`"
        raise UsageError("which of the tier's models the server runs is not said, so its floor is not known", hint=hint)
    return parsed(args.server, key=_key(args.api_key_file), model=args.server_model or "")


def _key(path: Path | None) -> str:
    if path is None:
        return ""
    try:
        key = expanded(path).read_text(encoding="utf-8").strip()
    except OSError as error:
        raise UsageError(f"the API key's file `{path}` cannot be read: {error.strerror}") from error
    except UnicodeDecodeError as error:
        raise UsageError(f"the API key's file `{path}` is not text") from error
    if not key:
        raise UsageError(f"the API key's file `{path}` is empty")
    if len(key) > _LONGEST_KEY or not key.isprintable() or not key.isascii():
        raise UsageError(
            f"the API key's file `{path}` holds more than one line or odd characters", hint="put the key alone into it"
        )
    return key


def facts(
    recordings: "Mapping[str, Recording | RigprovError]",
) -> "tuple[dict[str, HostFacts], dict[str, Proof | RigprovError]]":
    """Facts of each host that was reached, and the errors of the others."""
    from rigprov.facts.build import host_facts

    found: dict[str, HostFacts] = {}
    failed: dict[str, Proof | RigprovError] = {}
    for host, recording in recordings.items():
        if isinstance(recording, RigprovError):
            failed[host] = recording
        else:
            found[host] = host_facts(recording)
    return found, failed


def plans(known: "Mapping[str, HostFacts]", tier: "Tier | None", wishes: "Mapping[str, Wishes]") -> "dict[str, Plan]":
    """Plan of each host; none where a server is measured without a tier."""
    from rigprov.plan.build import build_plan

    return {} if tier is None else {host: build_plan(found, tier, wishes[host]) for host, found in known.items()}


def floors(made: "Mapping[str, Plan]") -> dict[str, float]:
    """Floor of each host's plan; a host whose plan has no benchmark is missing."""
    return {host: plan.benchmark.floor for host, plan in made.items() if plan.benchmark}
