"""The measuring process: an unprivileged child of the examination."""

from __future__ import annotations

import json
import os
import pwd
import time
from typing import Any

from rigprov.verify.host import bandwidth, machine
from rigprov.verify.host.series import Bench
from rigprov.verify.host.server import RequestFailed, Server


def _drop_privileges() -> None:
    """From here on `nobody`: measuring needs a socket and memory, nothing else."""
    if os.getuid() == 0:
        nobody = pwd.getpwnam("nobody")
        os.setgroups([])
        os.setgid(nobody.pw_gid)
        os.setuid(nobody.pw_uid)


def measure(server: Server, config: dict[str, Any], *, pid: int, floor: float, limit_s: float) -> dict[str, Any]:
    """All figures of one engine that is up. What was measured before something broke is kept beside `failure`."""
    found: dict[str, Any] = {"web_ui": server.page()}
    bench = Bench(server, pid=pid, threads=config["threads"], until=time.monotonic() + limit_s)
    try:
        found["warm_up"] = bench.warm_up()
        found["series"] = bench.decode(found["warm_up"]["tokens"], floor)
        found["prompt"] = bench.prompt(config["context"])
        found["first_token_s"] = bench.first_token_s()
    except (RequestFailed, KeyError, TypeError, ZeroDivisionError) as error:
        found["failure"] = {"layer": "request", "message": str(error) if isinstance(error, RequestFailed) else repr(error)}
    else:
        found["bandwidth"] = _bandwidth()
    found["attempts"] = bench.attempts
    return found


def _bandwidth() -> dict[str, Any]:
    try:
        return bandwidth.measure(machine.physical_cores())
    except (OSError, MemoryError, AttributeError) as error:
        return {"reason": f"{type(error).__name__}: {error}"}


def in_child(server: Server, config: dict[str, Any], *, pid: int, floor: float, limit_s: float) -> dict[str, Any]:
    """`measure` in a process of its own, so that whatever ends it (the kernel, for want of memory) ends only it."""
    reading, writing = os.pipe()
    process = os.fork()
    if process == 0:
        os.close(reading)
        _child(writing, lambda: measure(server, config, pid=pid, floor=floor, limit_s=limit_s))
    os.close(writing)
    with os.fdopen(reading, "rb") as pipe:
        content = pipe.read()
    _, status = os.waitpid(process, 0)
    if not content:
        how = f"signal {status & 127}" if status & 127 else f"exit code {status >> 8}"
        return {"failure": {"layer": "request", "message": f"the measuring process ended early ({how})"}}
    return dict(json.loads(content.decode("utf-8")))


def _child(writing: int, work: Any) -> None:
    code = 1
    try:
        _drop_privileges()
        content = json.dumps(work()).encode()
        while content:
            content = content[os.write(writing, content) :]
        code = 0
    finally:
        os._exit(code)  # not `sys.exit`: the parent's clean-up is not the child's
