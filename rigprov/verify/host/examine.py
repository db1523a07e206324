"""Takes one host's engine from its configuration file to figures, and prints one JSON document."""

from __future__ import annotations

import contextlib
import json
import signal
import sys
import time
from typing import Any

from rigprov.verify.host import child, engine, gguf, machine
from rigprov.verify.host.engine import Failed
from rigprov.verify.host.server import RequestFailed, Server

BEGIN, END = "-----BEGIN RIGPROV MEASUREMENT-----", "-----END RIGPROV MEASUREMENT-----"


class Examination:
    """One pass over one host.

    Args:
        job: `config`, `key`, `command`, `model` (paths), `sha256`, `floor` (tokens/s), `start_limit_s`, `measure_limit_s`.
    """

    def __init__(self, job: dict[str, Any]) -> None:
        self._job = job
        self._service = engine.Service(job["command"])
        self._key = machine.text(job["key"])
        self._ours = False  # whether we started the engine
        self.found: dict[str, Any] = {"schema": 1, "l3_bytes": machine.l3_bytes(), "cores": machine.physical_cores()}

    def run(self) -> None:
        """Fills `found`; a broken layer ends up in `found["failure"]`. The engine is left as it was found."""
        try:
            config = self._configuration()
            self._bring_up(config)
            self._measure(config)
        except Failed as failure:
            self.found["failure"] = {"layer": failure.layer, "message": str(failure), "log": failure.log}
        finally:
            self._put_back()
        if "model" not in self.found:
            self._hash()  # a damaged file is a reason not to start
        self.found["memory"], self.found["governor"] = machine.memory_bytes(), machine.governor()

    def _configuration(self) -> dict[str, Any]:
        config = self.found["config"] = engine.configuration(self._job["config"])
        if not self._key:
            raise Failed("configuration", f"{self._job['key']} is not there or empty")
        return config

    def _bring_up(self, config: dict[str, Any]) -> None:
        """Starts the engine where it is stopped, and waits until the model is loaded."""
        server = Server(config["host"], config["port"], self._key)
        began = time.monotonic()
        self.found["was_running"] = self._service.running()
        if self.found["was_running"]:
            self._wait(server, began)
            return
        holder = engine.listener(config["port"])
        if holder is not None:
            raise Failed("port", f"port {config['port']} is taken by {engine.describe(holder)}")
        self._ours = True  # before the start: one that is cut off may have started it
        self._service.start(self._job["start_limit_s"])
        self._wait(server, began)
        self.found["load_s"] = round(time.monotonic() - began, 2)

    def _put_back(self) -> None:
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

    def _measure(self, config: dict[str, Any]) -> None:
        server = Server(config["host"], config["port"], self._key)
        pid = engine.listener(config["port"]) or 0
        try:
            properties = server.properties()
        except RequestFailed as error:
            raise Failed("request", str(error), self._service.log()) from error
        self.found["engine"] = engine.version(pid, str(properties.get("build_info", "")))
        self.found["loaded"] = {"path": properties.get("model_path"), "file": engine.loaded(pid, self._job["model"])}
        self.found["stale"] = self._service.stale()
        self._hash()
        if self.found["model"].get("sha256") != self._job["sha256"]:
            return  # the speed of another file proves nothing
        figures = child.in_child(server, config, pid=pid, floor=self._job["floor"], limit_s=self._job["measure_limit_s"])
        if "failure" in figures:
            figures["failure"]["log"] = self._service.log()
        self.found.update(figures)

    def _hash(self) -> None:
        path = self._job["model"]
        try:
            digest, size = engine.sha256(path)
            self.found["model"] = {"path": path, "sha256": digest, "size": size}
            self.found["bytes_per_token"] = gguf.bytes_per_token(path)
        except gguf.NotGguf as error:
            self.found["bytes_reason"] = str(error)
        except OSError as error:
            self.found["model"] = {"path": path, "reason": error.strerror or str(error)}

    def document(self) -> str:
        """One line of JSON, in which the API key cannot occur (an engine's log might quote it)."""
        content = json.dumps(self.found)
        return content.replace(self._key, "[api key]") if self._key else content


def main(job: dict[str, Any]) -> None:
    """Entry of the script that is sent."""
    signal.signal(signal.SIGTERM, lambda *_: sys.exit(1))  # so that `finally` stops what was started
    signal.signal(signal.SIGHUP, lambda *_: sys.exit(1))
    examination = Examination(job)
    examination.run()
    print(BEGIN, examination.document(), END, sep="\n", flush=True)
