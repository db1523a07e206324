"""Makes golden files, and tries faults on them: see docs/correctness.md.

python -m tests.golden make KEY    write the synthetic file, ask the engine, write rigprov/catalog/golden/KEY.json
python -m tests.golden faults KEY  plant one fault after the other, judge each, print a table
"""

import argparse
import json
import shutil
import sys
from collections.abc import Iterator, Sequence
from pathlib import Path
from typing import Any

from rigprov.catalog.golden import digest, golden
from rigprov.catalog.shapes import recipe
from rigprov.verify import correct
from rigprov.verify.host import gguf, logits, synth
from rigprov.verify.host.web import RequestFailed
from tests.golden.engine import in_one_pass, running
from tests.golden.faults import Case, cases, plant
from tests.golden.unpack import unpack
from tests.meta.checkout import ROOT

_DIGITS = 5  # of a log-probability: far below what two sound processors differ by


def main() -> int:
    """The two commands."""
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("verb", choices=("make", "faults"))
    parser.add_argument("model", metavar="KEY")
    parser.add_argument("--folder", type=Path, required=True, help="where model files may be written (twice the model's size)")
    parser.add_argument(
        "--python", default=sys.executable, help="interpreter with the engine's wheel, a llama-server, or `positions`"
    )
    parser.add_argument("--engine", default="", help="name and version of that engine, for the golden file")
    parser.add_argument("--threads", type=int, default=1, help="make: cores that may be used; large models take hours on one")
    parser.add_argument("--only", metavar="WORD", action="append", default=[], help="faults: variations whose name has it")
    args = parser.parse_args()
    path: Path = args.folder / f"{args.model}.synthetic.gguf"
    written = synth.write(recipe(args.model), str(path))
    print(f"{path}: {written['size'] / written['seconds'] / 1e9:.2f} GB/s", file=sys.stderr)
    if args.verb == "make":
        made = make(args.model, path, written, args.python, args.engine, threads=args.threads)
        target = ROOT / "rigprov" / "catalog" / "golden" / f"{args.model}.json"
        target.write_text(json.dumps(made, separators=(",", ":")) + "\n")
        return 0
    for line in table(args.model, path, args.python, args.only):
        print(line, flush=True)
    return 0


def make(key: str, path: Path, written: dict[str, Any], python: str, engine: str, *, threads: int = 1) -> dict[str, Any]:
    """The golden document of a file that lies there."""
    plan = recipe(key)
    vocabulary = plan["vocabulary"]
    assert isinstance(vocabulary, int)
    text = {"tokens": logits.tokens(vocabulary), "start": logits.START}
    if Path(python).name == "positions":
        found = in_one_pass(path, python, text, threads)
    else:
        with running(path, python, {"threads": threads}) as server:
            found = logits.probe(server, text)
    top = [[[token, round(value, _DIGITS)] for token, value in position] for position in found["top"]]
    names = {"model": key, "sha256": written["sha256"], "size": written["size"], "recipe": digest(plan), "engine": engine}
    return {"schema": 1, **names, **text, "top": top}


def table(key: str, path: Path, python: str, only: Sequence[str] = ()) -> Iterator[str]:
    """One line of a Markdown table for each case, or for those whose name holds one of the words."""
    reference = golden(key)
    assert reference is not None, f"no golden file of {key}"
    yield "| variation | mean divergence | same most probable token | finding |"
    yield "|---|---|---|---|"
    copy = path.with_suffix(".fault")
    try:
        for case in cases(gguf.read(str(path))):
            if only and not any(word in case.name for word in only):
                continue
            yield f"| {case.name} | {' | '.join(_tried(case, path, copy, python, reference))} |"
    finally:
        copy.unlink(missing_ok=True)


def _tried(case: Case, path: Path, copy: Path, python: str, reference: dict[str, Any]) -> tuple[str, str, str]:
    loaded = path
    if case.unpacked:
        unpack(path, copy)
        loaded = copy
    elif not case.engine and not case.sound:
        shutil.copyfile(path, copy)
        plant(case, copy)
        loaded = copy
    try:
        with running(loaded, python, {"threads": 2, **case.engine}) as server:
            found = correct.judge(logits.probe(server, reference), reference)
    except (RuntimeError, RequestFailed) as error:
        return "-", "-", f"refused: {str(error)[:80]}"
    mean = "not finite" if found.mean_kld is None else f"{found.mean_kld:.1e}"
    finding = ("passes" if found.passed else "FALSE ALARM") if case.sound else ("not found" if found.passed else "found")
    return mean, f"{found.same_top:.0%}", finding


if __name__ == "__main__":
    sys.exit(main())
