"""QEMU's process: started in a control group of its own, spoken to over its monitor, killed through that group alone."""

import json
import os
import shlex
import socket
import subprocess
import zlib
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path
from typing import Any

from tests.targets import cgroup
from tests.targets.system import TargetError, home
from tests.targets.vm.hardware import MONITOR


def group(name: str) -> str:
    """Name of the machine's control group; no container's name has a dot, and another home's machine is another one."""
    return f"vm.{name}.{zlib.crc32(bytes(home())):08x}"


def launch(name: str, words: list[str], folder: Path) -> None:
    """Start QEMU; its machine is there and stands still when this returns."""
    cgroup.make(group(name))
    folders = " ".join(shlex.quote(str(path)) for path in cgroup.folders(group(name)))
    script = f'for folder in {folders}; do echo $$ > "$folder/cgroup.procs" || exit 1; done; exec {shlex.join(words)}'
    done = subprocess.run(
        ["/bin/sh", "-c", script], cwd=folder, stdin=subprocess.DEVNULL, capture_output=True, text=True, check=False
    )
    if done.returncode:
        raise TargetError(f"QEMU did not start {name}: {done.stderr.strip()}")


def pid(name: str) -> int:
    """QEMU's process id: the only process of its control group."""
    (found,) = (cgroup.kill_folder() / f"rpt-{group(name)}" / "cgroup.procs").read_text().split()
    return int(found)


def is_running(name: str) -> bool:
    """Whether the machine has power."""
    return cgroup.is_populated(group(name))


def kill(name: str) -> None:
    """End QEMU at once, through its own control group, which can reach nothing else."""
    cgroup.kill(group(name))


def forget(name: str) -> None:
    """Remove the control group of a machine that has ended."""
    cgroup.remove(group(name))


def ask(folder: Path, command: str, **arguments: object) -> Any:
    """One command over QEMU's monitor."""
    with _connected(folder) as monitor:
        for request in ({"execute": "qmp_capabilities"}, {"execute": command, "arguments": arguments}):
            monitor.write(json.dumps(request) + "\n")
            monitor.flush()
            answer = _answer(monitor)
        return answer


@contextmanager
def _connected(folder: Path) -> Iterator[Any]:
    place = os.open(folder, os.O_PATH | os.O_DIRECTORY)
    try:
        with socket.socket(socket.AF_UNIX) as link:
            link.settimeout(60)
            link.connect(f"/proc/self/fd/{place}/{MONITOR}")  # as short as a socket's path has to be
            with link.makefile("rw") as monitor:
                monitor.readline()  # its greeting
                yield monitor
    finally:
        os.close(place)


def _answer(monitor: Any) -> Any:
    for line in monitor:
        said = json.loads(line)
        if "error" in said:
            raise TargetError(f"QEMU: {said['error']['desc']}")
        if "return" in said:
            return said["return"]
    raise TargetError("QEMU ended while it was asked")
