"""`rigprov weights`: writes a model file with random weights in the shape of a real one, on this machine."""

import signal
import sys
import time
from argparse import ArgumentParser, Namespace
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from pathlib import Path
from typing import Any

from rigprov.commands.options import add_json
from rigprov.errors import UsageError
from rigprov.model.outcome import Outcome

_SAY_EVERY_S = 5.0


def add_arguments(parser: ArgumentParser) -> None:
    """Which shape, and where to."""
    shape = parser.add_mutually_exclusive_group(required=True)
    shape.add_argument("--model", metavar="KEY", help="a model of the catalogue; nothing is downloaded")
    shape.add_argument("--like", metavar="FILE", type=Path, help="a GGUF file whose shape, metadata and tokenizer are copied")
    parser.add_argument("--out", metavar="FILE", type=Path, required=True, help="where to; replaces only a synthetic file")
    add_json(parser)


def run(args: Namespace) -> Outcome:
    """Write the file and say what it is.

    Raises:
        UsageError: no such model, nothing to copy the shape of, or the file cannot be written there.
    """
    from rigprov.verify.host import gguf, synth  # `--help` must not pay

    recipe = _recipe(args)
    try:
        with _terminable():
            written = synth.write(recipe, str(args.out), _progress())
        header = gguf.read(str(args.out))
    except synth.Refused as error:
        raise UsageError(str(error), hint="choose another --out, or mend what it names") from error
    except OSError as error:
        raise UsageError(f"{args.out} cannot be written: {error.strerror or error}", hint="choose another --out") from error
    data: dict[str, object] = {
        "file": str(args.out),
        "weights": "synthetic",
        "shape_of": recipe["name"],
        **written,
        "bytes_per_token": gguf.read_for_one_token(header),
        "kv_bytes_per_position": gguf.kv_bytes_per_position(header),
    }
    return Outcome("weights", data=data, text=_text(data))


def _recipe(args: Namespace) -> dict[str, Any]:
    from rigprov.catalog.shapes import recipe
    from rigprov.verify.host import gguf, synth

    if args.model is not None:
        return recipe(args.model)
    try:
        return synth.like(str(args.like))
    except gguf.NotGguf as error:
        raise UsageError(f"{args.like} is not a whole model file: {error}", hint="--like takes one complete GGUF file") from error
    except synth.Refused as error:
        raise UsageError(f"{args.like}: {error}", hint="`--model KEY` writes the shape of a model of the catalogue") from error
    except OSError as error:
        raise UsageError(f"{args.like} cannot be read: {error.strerror or error}", hint="--like takes one GGUF file") from error


@contextmanager
def _terminable() -> Iterator[None]:
    """SIGTERM ends the writing as Ctrl-C does, so that what is half written goes away."""

    def stop(*_: object) -> None:
        raise KeyboardInterrupt

    before = signal.signal(signal.SIGTERM, stop)
    try:
        yield
    finally:
        signal.signal(signal.SIGTERM, before)


def _progress() -> Callable[[int, int], None]:
    last = time.monotonic()

    def say(done: int, total: int) -> None:
        nonlocal last
        if time.monotonic() - last >= _SAY_EVERY_S:
            last = time.monotonic()
            print(f"{done / 1e9:.1f} of {total / 1e9:.1f} GB", file=sys.stderr, flush=True)

    return say


def _text(data: dict[str, Any]) -> str:
    speed = data["size"] / data["seconds"] / 1e9 if data["seconds"] else 0.0
    return (
        f"{data['file']}: synthetic weights in the shape of {data['shape_of']}; what it writes is nonsense\n"
        f"  {data['size']} bytes in {data['seconds']:.1f} s ({speed:.2f} GB/s, on the disk)\n"
        f"  sha256 {data['sha256']}\n"
        f"  reads {data['bytes_per_token'] / 1e9:.2f} GB of weights for a token"
    )
