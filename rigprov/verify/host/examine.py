"""Takes one host's engine to figures, and prints one JSON document."""

from __future__ import annotations

import json
import os
from typing import Any

from rigprov.verify.host import dimms, engine, lock, machine, modelfile
from rigprov.verify.host.external import OfServer
from rigprov.verify.host.failure import Failed
from rigprov.verify.host.gpus import Gpus
from rigprov.verify.host.guard import Guard
from rigprov.verify.host.own import OfOwn
from rigprov.verify.host.service import OfService

BEGIN, END = "-----BEGIN RIGPROV MEASUREMENT-----", "-----END RIGPROV MEASUREMENT-----"
_SHORTEST_KEY = 6  # characters; what is shorter ("x", "none") is no secret, but may occur anywhere


class Examination:
    """One pass over one host.

    Args:
        job: always `mode` ("service", "own", "server"), `lock` (path), `floor` (tokens/s, 0 for none), `start_limit_s`,
            `measure_limit_s` (after it disturbed runs are not repeated), `hard_limit_s`, and maybe `soak_s`, `golden`, `gpu`.
            "service" and "own": `config`, `key`, `command`, `model` (paths), `sha256`.
            "own": `context`, `memory_bytes`, and for synthetic weights `recipe`, `size`, `keep_weights`.
            "server": `server`, `probe_limit_s`, `request_limit_s`.
    """

    def __init__(self, job: dict[str, Any]) -> None:
        self._job = job
        self.found: dict[str, Any] = {"schema": 2, "l3_bytes": machine.l3_bytes(), "cores": machine.physical_cores()}
        self._way = self._chosen()
        self._gpus = Gpus()

    def _chosen(self) -> OfService | OfOwn | OfServer:
        if self._job["mode"] == "server":
            return OfServer(self._job, self.found)
        if self._job["mode"] == "own" and not self._served():
            return OfOwn(self._job, self.found)
        return OfService(self._job, self.found)

    def _served(self) -> bool:
        """Whether the service serves just the model that is to be measured, so that no other engine is needed."""
        if self._job.get("recipe"):
            return False
        try:
            return bool(engine.configuration(self._job["config"])["model"] == self._job["model"])
        except Failed:
            return True  # it says what is amiss

    def run(self, guard: Guard) -> None:
        """Fills `found`; a broken layer ends up in `found["failure"]`. The engine is left as it was found."""
        try:
            with lock.alone(self._job["lock"]):
                self._gpus.start()
                try:
                    self._way.run()
                finally:
                    guard.off()
                    self._way.put_back()
        except Failed as failure:
            self.found["failure"] = failure.document()
        self.found["gpu"] = self._gpus.stop(self.found.get("engine_pid", 0), self.found.get("marks", {}))
        if self._unread():
            self.found.update(modelfile.examine(self._job["model"]))  # a damaged file is a reason not to start
        self.found["memory"], self.found["governor"] = machine.memory_bytes(), machine.governor()
        self.found["memory_modules"] = dimms.read()

    def _unread(self) -> bool:
        """Whether the planned file plays a part and was not looked at; never while another examination measures."""
        busy = self.found.get("failure", {}).get("layer") == "lock"
        return not (busy or "model" in self.found or self._job["mode"] == "server" or self._job.get("recipe"))

    def document(self) -> str:
        """One line of JSON, in which no API key occurs (an engine's log might quote it)."""
        content = json.dumps(self.found)
        for key in self._way.keys:
            if len(key) >= _SHORTEST_KEY:
                content = content.replace(json.dumps(key)[1:-1], "[api key]")
        return content


def main(job: dict[str, Any]) -> None:
    """Entry of the script that is sent."""
    with Guard(job["guard_limit_s"]) as guard:
        examination = Examination(job)
        examination.run(guard)
    try:
        print(BEGIN, examination.document(), END, sep="\n", flush=True)
    except BrokenPipeError:
        os._exit(1)  # nobody listens any more; the interpreter's last flush must not complain
