"""`rigprov tiers --predict`: what the models would do on hardware, before anything is bought or rented."""

import difflib
from argparse import ArgumentParser, Namespace

from rigprov.catalog.gpu_names import gpu
from rigprov.catalog.models import MODELS
from rigprov.catalog.pinned import Model
from rigprov.errors import UsageError
from rigprov.model.outcome import Outcome
from rigprov.model.tier import Split
from rigprov.report.prediction import prediction_data, prediction_text
from rigprov.tiers.links import LinkKind
from rigprov.tiers.predict import CATALOGUE, Card
from rigprov.tiers.prediction import predict

_CONTEXT = 4096
_MOST_GPUS = 64
_HARDWARE = ("gpu", "bandwidth", "cpu_bandwidth")


def add_arguments(parser: ArgumentParser) -> None:
    """Arguments of the prediction."""
    group = parser.add_argument_group("prediction", "with --predict, nothing is measured and no host is asked")
    group.add_argument("--predict", action="store_true", help="predict the decode speed of the models on hardware")
    group.add_argument("--gpu", metavar="NAME", action="append", help="for example 4090, or H100 PCIe (repeatable: unlike GPUs)")
    group.add_argument("--count", metavar="N", type=int, help="number of them")
    group.add_argument("--bandwidth", metavar="GB/S", type=float, help="of a GPU that is not in the table")
    group.add_argument("--vram", metavar="GIB", type=float, help="of a GPU that is not in the table")
    group.add_argument("--memory", choices=["gddr", "hbm", "unified", "apple"], help="its kind (default: gddr)")
    group.add_argument("--cpu-bandwidth", metavar="GB/S", type=float, help="nominal, of the RAM: decoding on the CPU")
    group.add_argument("--split", choices=["none", "layer", "row", "tensor"], help="over several GPUs (default: layer)")
    group.add_argument("--link", choices=["nvlink", "p2p", "host", "unknown"], help="between them; counts for row and tensor")
    group.add_argument("--model", metavar="KEY", help=f"{', '.join(MODELS)}, or all (default)")
    group.add_argument("--context", metavar="N", type=int, help=f"tokens (default: {_CONTEXT})")


def given(args: Namespace) -> str:
    """The first option of the prediction that was given, for a message; "" when none was."""
    names = ("gpu", "count", "bandwidth", "vram", "memory", "cpu_bandwidth", "split", "link", "model", "context")
    return next((f"--{name.replace('_', '-')}" for name in names if getattr(args, name) is not None), "")


def run(args: Namespace) -> Outcome:
    """Predict.

    Raises:
        UsageError: no hardware or an unknown one, an unknown model, a figure out of range.
    """
    cards = _cards(args)
    split: Split = args.split or ("layer" if len(cards) > 1 else "none")
    if len(cards) > 1 and split == "none":
        raise UsageError("with --split none only one GPU is used", hint="leave --split out, or --count")
    if len(cards) == 1 and split != "none":
        raise UsageError(f"--split {split} needs at least two GPUs", hint="add --count 2")
    context = _number("--context", _CONTEXT if args.context is None else args.context, least=1, most=10**7)
    origin = CATALOGUE if args.gpu else "bandwidth as given"
    link: LinkKind = args.link or "unknown"
    found = [predict(model, cards, context=int(context), split=split, link=link, origin=origin) for model in _models(args.model)]
    data = {"predictions": [prediction_data(one) for one in found]}
    return Outcome("tiers", data=data, text=prediction_text(found))


def _cards(args: Namespace) -> list[Card]:
    ways = [name for name in _HARDWARE if getattr(args, name) is not None]
    if len(ways) != 1:
        hint = "give one of --gpu NAME, --bandwidth GB/S with --vram GIB, or --cpu-bandwidth GB/S"
        raise UsageError("--predict needs to know the hardware, once", hint=hint)
    if ways[0] != "bandwidth" and (stray := next((name for name in ("vram", "memory") if getattr(args, name) is not None), "")):
        raise UsageError(f"--{stray} goes with --bandwidth only", hint="the table and the CPU need no such figure")
    count = int(_number("--count", 1 if args.count is None else args.count, least=1, most=_MOST_GPUS))
    if ways[0] == "cpu_bandwidth":
        if args.count is not None:
            raise UsageError("--count counts GPUs, and --cpu-bandwidth names none", hint="give the bandwidth of all channels")
        return [Card("CPU", _number("--cpu-bandwidth", args.cpu_bandwidth), "dram")]
    if ways[0] == "bandwidth":
        vram = None if args.vram is None else _number("--vram", args.vram)
        return [Card("GPU", _number("--bandwidth", args.bandwidth), args.memory or "gddr", vram)] * count
    if len(args.gpu) > 1 and args.count is not None:
        raise UsageError("--count and several --gpu contradict each other", hint="repeat --gpu for each card instead")
    return [_named(name) for name in args.gpu] * count


def _named(name: str) -> Card:
    found = gpu(name)
    if found.bandwidth_gb_s is None:  # `gpu` finds none such; said for the type
        raise UsageError(f"the bandwidth of {found.name} is not known", hint="give --bandwidth and --vram")
    return Card(found.name, found.bandwidth_gb_s, found.kind, found.vram_gb)


def _models(key: str | None) -> list[Model]:
    if key is None or key == "all":
        return list(MODELS.values())
    if key in MODELS:
        return [MODELS[key]]
    near = difflib.get_close_matches(key.lower(), MODELS, n=1)
    hint = f"did you mean `{near[0]}`?" if near else f"there are {', '.join(MODELS)}, or all"
    raise UsageError(f"there is no model `{key}` in the catalogue", hint=hint)


def _number(option: str, value: float, *, least: float = 0.1, most: float = 10**6) -> float:
    if not least <= value <= most:  # also refuses NaN
        raise UsageError(f"{option} {value:g} is out of range", hint=f"between {least:g} and {most:g}")
    return value
