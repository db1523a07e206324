"""Measures with an engine of our own: synthetic weights, or a model that the service does not serve."""

from __future__ import annotations

import contextlib
from typing import Any

from rigprov.verify.host import child, disk, engine, launch, machine, modelfile, weights
from rigprov.verify.host.failure import Failed
from rigprov.verify.host.service import work_of
from rigprov.verify.host.web import RequestFailed

_GIB = 2**30


class OfOwn:
    """One pass. The service is stopped meanwhile, so that memory and cores suffice, and started again after.

    Args:
        job: see `examine`.
        found: the document, to be filled.
    """

    def __init__(self, job: dict[str, Any], found: dict[str, Any]) -> None:
        self._job, self._found = job, found
        self._service = engine.Service(job["command"])
        self._stopped = False  # whether we stopped the service
        self._engine: launch.Engine | None = None
        self._written = ""  # synthetic file
        self.keys = [machine.text(job["key"])]

    def run(self) -> None:
        """Fills `found`.

        Raises:
            Failed: a layer below the measurement is broken.
        """
        base = engine.configuration(self._job["config"], whole=True)
        path = self._weights()
        if path is None:
            return
        config = {**base, "model": path, "context": self._job["context"]}
        self._found["config"] = {name: config[name] for name in ("model", "threads", "context", "gpu_layers")}
        self._make_room()
        self._found.update(disk.before_load(path, self._found["model"]["size"]))
        command = [self._job["command"], "serve"]
        self._engine = launch.Engine(command, config, launch.owner(self._job["key"]))
        self.keys.append(self._engine.key)
        try:
            self._engine.start()
            self._found["load_s"] = round(self._engine.wait(self._job["start_limit_s"]), 2)
            self._measure(self._engine, config)
        finally:
            self._found["engine_log"] = self._engine.log()

    def put_back(self) -> None:
        """Ends the engine, removes the synthetic file, and starts the service where it was running."""
        if self._engine:
            self._engine.stop()
        if self._written and not self._job.get("keep_weights"):
            weights.remove(self._written)
        if self._stopped:
            try:
                self._service.start(self._job["start_limit_s"])
            except Failed as failure:
                self._found["service_down"] = str(failure)

    def _weights(self) -> str | None:
        """Path of the file to load; None where it is not the planned one."""
        job = self._job
        if job.get("recipe"):
            self._found["weights"] = "synthetic"
            self._found["synthetic"] = weights.make(job["recipe"], job["model"], job["size"])
            self._written = self._found["synthetic"]["path"]
            self._found.update(modelfile.examine(self._written))  # read back: what the disk holds is what the engine gets
            return self._written if self._found["model"].get("sha256") == self._found["synthetic"]["sha256"] else None
        self._found.update(modelfile.examine(job["model"]))
        return job["model"] if self._found["model"].get("sha256") == job["sha256"] else None

    def _make_room(self) -> None:
        self._found["was_running"] = False
        with contextlib.suppress(Failed):  # no service at all: nothing to stop
            if self._service.running():
                self._stopped = True
                self._service.stop()
        have, need = machine.memory_bytes()["available"], self._job.get("memory_bytes", 0)
        if have < need:
            said = f"the model needs {need / _GIB:.1f} GiB of memory and {have / _GIB:.1f} are free"
            raise Failed("memory", said, fix="end programs that hold memory, or take a smaller model with `--model`")

    def _measure(self, one: launch.Engine, config: dict[str, Any]) -> None:
        pid = engine.listener(one.port) or one.pid
        try:
            properties = one.server.properties()
        except RequestFailed as error:
            raise Failed("request", str(error), one.log()[-12:]) from error
        self._found["engine"] = engine.version(pid, str(properties.get("build_info", "")))
        self._found.update(engine_pid=pid, engine_cpus=engine.cpus(pid))
        self._found["loaded"] = {"path": properties.get("model_path"), "file": engine.loaded(pid, config["model"])}
        figures = child.in_child(one.server, work_of(self._job, config, pid))
        if "failure" in figures:
            if how := one.ended(within_s=1.0):
                figures["failure"].update(layer="engine", message=f"the engine ended while it was measured ({how})")
            figures["failure"]["log"] = one.log()[-12:]
        self._found.update(figures)
