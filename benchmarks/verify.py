"""How right `rigprov verify` is, on this machine.

    ratio synthetic_vs_real       decode speed of synthetic weights over that of the real model, same engine: 0.97 to 1.03
    ratio rigprov_vs_llama_bench  rigprov's own figure over llama-bench's, same build and model: 0.98 to 1.02

Runs are taken in turns and those that other load disturbed are left out, so it wants a machine that does nothing else. The
first time it builds llama.cpp (some minutes of all cores) and fetches 130 MB; all of it stays in the user's cache.
"""

import json
import os
import subprocess
import sys
import time
from functools import partial
from pathlib import Path

sys.path.insert(0, str(Path(__file__).parents[1]))

from benchmarks.parts import things
from benchmarks.parts.pairs import Compared, Run, in_turns, load
from rigprov.verify.host import machine
from rigprov.verify.host.launch import Engine
from rigprov.verify.host.series import TOKENS, Bench

_CONTEXT = 2048
_BENCH_CONTEXT = 256  # llama-bench makes its context as large as a run, rounded up to this
_FEW = 48  # tokens: many short runs tell more than few long ones, as the scatter is between processes
_START_S = 300.0
# What the service's program sets for its own engine: a thread that waits gives way. Both sides must have it.
_SPIN = {"GOMP_SPINCOUNT": "1000"}


def measured(command: list[str], model: Path, context: int, tokens: int = TOKENS) -> tuple[Run, int]:
    """One run by rigprov's own code, and how many tokens were before it; in an engine started for it.

    Where the memory of a process happens to lie makes some per cent of its speed, for as long as it lives: against ever new
    processes of llama-bench's one engine would be one throw of the dice.
    """
    threads = machine.physical_cores()
    one = Engine(command, {"model": str(model), "threads": threads, "context": context}, (os.getuid(), os.getgid()))
    try:
        one.start()
        one.wait(_START_S)
        bench = Bench(one.server, pid=one.pid, threads=threads, until=0.0)
        bench.warm_up()
        record = bench.once(tokens)
        return Run(record["exact"], record["disturbed"]), record["prompt_tokens"]
    finally:
        one.stop()


def synthetic_vs_real(pairs: int, limit_s: float) -> Compared:
    """Both in the engine of the starter tier, measured in turns."""
    python, real = things.xllamacpp(), things.smollm2()
    command = [str(python), str(things.server_home(python.parent) / "serve.py"), "serve"]

    def one(model: Path) -> Run:
        return measured(command, model, _CONTEXT)[0]

    return in_turns(partial(one, things.twin(real)), partial(one, real), pairs=pairs, limit_s=limit_s)


def rigprov_vs_llama_bench(pairs: int, limit_s: float) -> Compared:
    """llama-server measured by rigprov, and llama-bench of the same build, with as large a context, at the same depth."""
    folder, model = things.llama_cpp(), things.tiny()
    command = [sys.executable, str(things.server_home(folder) / "serve.py"), "serve"]
    depth = measured(command, model, _BENCH_CONTEXT, _FEW)[1]

    def ours() -> Run:
        return measured(command, model, _BENCH_CONTEXT, _FEW)[0]

    return in_turns(ours, partial(llama_bench, folder, model, depth), pairs=pairs, limit_s=limit_s)


def llama_bench(folder: Path, model: Path, depth: int) -> Run:
    """One run of llama-bench: as many tokens, behind as long a prompt."""
    threads = machine.physical_cores()
    words = ["-m", model, "-t", threads, "-p", 0, "-n", _FEW, "-d", depth, "-r", 1, "-o", "json"]
    silent, before = subprocess.DEVNULL, os.times()
    with subprocess.Popen(
        [folder / "llama-bench", *map(str, words)], stdout=subprocess.PIPE, stderr=silent, env={**os.environ, **_SPIN}
    ) as process:
        watch = machine.Watch(process.pid)
        content = process.communicate()[0]
    used, after = watch.end(), os.times()
    # It has ended, so the watch took what it used for somebody else's.
    own = after.children_user - before.children_user + after.children_system - before.children_system
    used["foreign_cores"] = max(0.0, used["foreign_cores"] - own / used["seconds"])
    (found,) = json.loads(content)
    return Run(found["samples_ts"][0], machine.disturbed(used, threads, machine.physical_cores()))


def shown(name: str, found: Compared) -> None:
    """The line that is asked for, and what it is worth."""
    print(f"ratio {name} {found.ratio:.3f}")
    state = "quiet" if found.quiet else "NOT quiet: other load disturbed them"
    print(f"  medians {found.first:.2f} and {found.second:.2f} tok/s of {found.pairs} pairs, {state}")
    print(f"  the ratio's standard error {found.error:.3f}, noise of one pair {found.noise:.3f}; load {load()}", flush=True)


def main() -> None:
    """Both ratios. `--pairs N` (default 40), `--limit SECONDS` for each (default 400), `--only RATIO`."""
    given = dict(zip(sys.argv[1::2], sys.argv[2::2], strict=True))
    pairs, limit_s = int(given.get("--pairs", 40)), float(given.get("--limit", 400))
    began = time.monotonic()
    for compare in (synthetic_vs_real, rigprov_vs_llama_bench):
        if given.get("--only", compare.__name__) == compare.__name__:
            shown(compare.__name__, compare(pairs, limit_s))
    things.say(f"took {time.monotonic() - began:.0f} s")


if __name__ == "__main__":
    main()
