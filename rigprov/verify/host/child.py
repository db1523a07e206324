"""The measuring process: an unprivileged child of the examination."""

from __future__ import annotations

import json
import os
import pwd
import select
import signal
import time
from dataclasses import dataclass
from statistics import median
from typing import Any

from rigprov.verify.host import bandwidth, logits, machine, processes
from rigprov.verify.host.series import Bench
from rigprov.verify.host.web import RequestFailed


@dataclass(frozen=True)
class Work:
    """What is measured.

    Args:
        pid: of the engine, 0 if unknown.
        threads: that it decodes with; 0: one a core.
        context: tokens.
        floor: tokens/s; 0 for none.
        limit_s: after which disturbed runs are no longer repeated.
        hard_limit_s: after which the measuring ends, whatever it waits for.
        soak_s: length of the soak; 0 for none.
        golden: reference for the engine's log-probabilities, where there is one.
        ours: whether the engine is one that rigprov set up: then its page and the memory's bandwidth are of interest.
    """

    pid: int
    threads: int
    context: int
    floor: float
    limit_s: float
    hard_limit_s: float
    soak_s: float = 0.0
    golden: Any = None
    ours: bool = True


def _drop_privileges() -> None:
    """From here on `nobody`: measuring needs a socket and memory, nothing else."""
    if os.getuid() == 0:
        nobody = pwd.getpwnam("nobody")
        os.setgroups([])
        os.setgid(nobody.pw_gid)
        os.setuid(nobody.pw_uid)


def measure(engine: Any, work: Work) -> dict[str, Any]:
    """All figures of one engine that is up. What was measured before something broke is kept beside `failure`."""
    found: dict[str, Any] = {"web_ui": engine.page()} if work.ours else {}
    bench = Bench(engine, pid=work.pid, threads=work.threads, until=time.monotonic() + work.limit_s)
    try:
        _figures(found, bench, engine, work)
    except (RequestFailed, LookupError, TypeError, ValueError, AttributeError, ArithmeticError, RecursionError) as error:
        odd = f"the server's reply makes no sense ({type(error).__name__}: {error})"
        found["failure"] = {"layer": "request", "message": str(error) if isinstance(error, RequestFailed) else odd}
        if isinstance(error, RequestFailed):
            found["failure"].update(fix=error.fix, status=error.status)
    if "failure" not in found and work.ours:
        found["bandwidth"] = _bandwidth()
    found["attempts"] = bench.attempts
    return found


def _figures(found: dict[str, Any], bench: Bench, engine: Any, work: Work) -> None:
    marks = found["marks"] = {"warm_up": time.monotonic()}  # the clock is the same in all processes
    found["warm_up"] = bench.warm_up()
    marks["decode"] = time.monotonic()
    tokens = found["warm_up"]["tokens"]
    found["series"] = bench.decode(tokens, work.floor)
    found["prompt"] = bench.prompt(work.context)
    found["first_token_s"] = bench.first_token_s()
    if work.golden:
        found["logits"] = logits.probe(engine, work.golden)
    if work.soak_s:
        marks["soak"] = time.monotonic()
        found["soak"] = bench.soak(work.soak_s, median(found["series"][-1]))
    if work.golden:
        found["logits_again"] = logits.probe(engine, work.golden)


def _bandwidth() -> dict[str, Any]:
    try:
        return bandwidth.measure(machine.physical_cores())
    except (OSError, MemoryError, AttributeError) as error:
        return {"reason": f"{type(error).__name__}: {error}"}


def in_child(engine: Any, work: Work) -> dict[str, Any]:
    """`measure` in a process of its own, so that whatever ends it (the kernel, for want of memory) ends only it."""
    reading, writing = os.pipe()
    process = os.fork()
    if process == 0:
        os.close(reading)
        _child(writing, lambda: measure(engine, work))
    os.close(writing)
    content = None
    try:
        content = _read(reading, time.monotonic() + work.hard_limit_s)
    finally:
        os.close(reading)
        if content is None:
            os.kill(process, signal.SIGKILL)
        _, status = os.waitpid(process, 0)
    if content is None:
        return {"failure": {"layer": "request", "message": f"the measuring did not end within {work.hard_limit_s:.0f} s"}}
    if not content:
        how = f"signal {status & 127}" if status & 127 else f"exit code {status >> 8}"
        return {"failure": {"layer": "request", "message": f"the measuring process ended early ({how})"}}
    return dict(json.loads(content.decode("utf-8")))


def _read(reading: int, until: float) -> bytes | None:
    """All that comes through the pipe; None when the time is up."""
    content = b""
    while True:
        if not select.select([reading], [], [], max(0.0, until - time.monotonic()))[0]:
            return None
        block = os.read(reading, 1 << 16)
        if not block:
            return content
        content += block


def _child(writing: int, work: Any) -> None:
    code = 1
    try:
        _drop_privileges()
        processes.end_with_parent(signal.SIGKILL)  # after the change of user, which would undo it
        content = json.dumps(work()).encode()
        while content:
            content = content[os.write(writing, content) :]
        code = 0
    finally:
        os._exit(code)  # not `sys.exit`: the parent's clean-up is not the child's
