"""Measures the service that rigprov set up, and leaves it running or stopped as it was found."""

from __future__ import annotations

import contextlib
import time
from typing import Any

from rigprov.verify.host import child, disk, engine, machine, modelfile
from rigprov.verify.host.child import Work
from rigprov.verify.host.failure import Failed
from rigprov.verify.host.server import Server
from rigprov.verify.host.web import RequestFailed

LOG_LINES = 1500


def work_of(job: dict[str, Any], config: dict[str, Any], pid: int) -> Work:
    """What the job asks for, of an engine with this configuration."""
    return Work(
        pid=pid,
        threads=1 if job.get("gpu") else config["threads"],  # of an engine on a GPU one thread is busy
        context=config["context"],
        floor=job["floor"],
        limit_s=job["measure_limit_s"],
        hard_limit_s=job["hard_limit_s"],
        soak_s=job.get("soak_s", 0.0),
        golden=job.get("golden"),
    )


class OfService:
    """One pass over the service.

    Args:
        job: see `examine`.
        found: the document, to be filled.
    """

    def __init__(self, job: dict[str, Any], found: dict[str, Any]) -> None:
        self._job, self._found = job, found
        self._service = engine.Service(job["command"])
        self._key = machine.text(job["key"])
        self._ours = False  # whether we started the engine
        self.keys = [self._key]

    def run(self) -> None:
        """Fills `found`.

        Raises:
            Failed: a layer below the measurement is broken.
        """
        config = self._found["config"] = engine.configuration(self._job["config"])
        if not self._key:
            raise Failed("configuration", f"{self._job['key']} is not there or empty")
        server = Server(config["host"], config["port"], self._key)
        if self._bring_up(config, server):
            self._measure(config, server)

    def _bring_up(self, config: dict[str, Any], server: Server) -> bool:
        """Starts the engine where it is stopped, and waits until the model is loaded. False: the file is not the planned one."""
        began = time.monotonic()
        self._found["was_running"] = self._service.running()
        if self._found["was_running"]:
            self._wait(server, began)
            return True
        holder = engine.listener(config["port"])
        if holder is not None:
            raise Failed("port", f"port {config['port']} is taken by {engine.describe(holder)}")
        if not self._planned_file():
            return False  # nothing good comes of loading it
        self._found.update(disk.before_load(self._job["model"], self._found["model"]["size"]))
        self._ours, began = True, time.monotonic()  # before the start: one that is cut off may have started it
        self._service.start(self._job["start_limit_s"])
        self._wait(server, began)
        self._found["load_s"] = round(time.monotonic() - began, 2)
        return True

    def put_back(self) -> None:
        """Stops the engine where it was stopped before."""
        if self._ours:
            with contextlib.suppress(Failed):  # its own failure to start or stop is already in `found`, or shows next time
                self._service.stop()

    def _wait(self, server: Server, began: float) -> None:
        while not server.healthy():
            time.sleep(0.2)
            if self._service.ended():
                raise Failed("engine", "the engine ended before it had loaded the model", self._service.log())
            if time.monotonic() - began > self._job["start_limit_s"]:
                said = f"the engine did not get ready within {self._job['start_limit_s']:.0f} s"
                raise Failed("engine", said, self._service.log())

    def _planned_file(self) -> bool:
        if "model" not in self._found:
            self._found.update(modelfile.examine(self._job["model"]))
        return bool(self._found["model"].get("sha256") == self._job["sha256"])

    def _measure(self, config: dict[str, Any], server: Server) -> None:
        pid = engine.listener(config["port"]) or 0
        try:
            properties = server.properties()
        except RequestFailed as error:
            raise Failed("request", str(error), self._service.log(), fix=error.fix) from error
        self._found["engine"] = engine.version(pid, str(properties.get("build_info", "")))
        self._found.update(engine_pid=pid, engine_cpus=engine.cpus(pid))
        self._found["loaded"] = {"path": properties.get("model_path"), "file": engine.loaded(pid, self._job["model"])}
        self._found["stale"] = self._service.stale()
        self._found["engine_log"] = self._service.log(LOG_LINES)
        if not self._planned_file():
            return  # the speed of another file proves nothing
        if self._found["was_running"]:
            self._found.update(disk.examine(self._job["model"], may_drop=False))
        figures = child.in_child(server, work_of(self._job, config, pid))
        if "failure" in figures:
            if engine.gone(pid, within_s=1.0):
                figures["failure"].update(layer="engine", message="the engine ended while it was measured")
            figures["failure"]["log"] = self._service.log()
        self._found.update(figures)
