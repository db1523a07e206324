"""Measures a server that somebody else set up: vLLM, Ollama, llama-server, LM Studio, whatever speaks OpenAI's interface."""

from __future__ import annotations

import os
from typing import Any

from rigprov.verify.host import child, engine, machine, openai
from rigprov.verify.host.child import Work
from rigprov.verify.host.failure import Failed
from rigprov.verify.host.ollama import Ollama, is_ollama
from rigprov.verify.host.openai import OpenAi
from rigprov.verify.host.web import RequestFailed, Web

_CONTEXT = 2048  # which any server of today offers
_LOADING = 503
_START = "start the server, or check the address: it is the one seen from the host"
_PROXIES = ("docker-proxy", "rootlessport", "conmon", "ssh", "sshd", "nginx", "caddy", "haproxy")


class OfServer:
    """One pass over a server. Nothing is started and nothing is stopped.

    Args:
        job: see `examine`; `server` holds host, port, secure, prefix, key, model.
        found: the document, to be filled.
    """

    def __init__(self, job: dict[str, Any], found: dict[str, Any]) -> None:
        self._job, self._found, self._server = job, found, job["server"]
        self.keys = [self._server["key"]]

    def _web(self, prefix: str) -> Web:
        where = (self._server["host"], self._server["port"], self._server["key"])
        limits = {"timeout_s": self._job["request_limit_s"], "silence_s": self._job["start_limit_s"]}
        return Web(*where, secure=self._server["secure"], prefix=prefix, **limits)

    def run(self) -> None:
        """Fills `found`.

        Raises:
            Failed: the server cannot be measured.
        """
        web = self._web(self._server["prefix"])
        try:
            offered = openai.offers(web, self._job["probe_limit_s"])
            model = openai.chosen(self._server["model"], [entry["id"] for entry in offered], web.name)
        except RequestFailed as error:
            fix = error.fix or way_in(error.status, self._server["key"]) or _START
            raise Failed("server", str(error), fix=fix) from error
        plain = self._web("")
        ollama = is_ollama(plain)
        name = "Ollama" if ollama else openai.title(offered, plain, self._job["probe_limit_s"])
        self._found.update(engine=name, server={"url": web.name, "model": model})
        measured = Ollama(plain, model) if ollama else OpenAi(web, model)
        pid = self._pid()
        self._found["was_running"] = True
        self._found.update(engine_pid=pid, engine_cpus=engine.cpus(pid))
        figures = child.in_child(measured, self._work(pid))
        failure = figures.get("failure", {})
        if failure.get("layer") == "request":
            failure["layer"] = "server"
            failure["fix"] = failure.get("fix") or way_in(failure.get("status"), self._server["key"])
        self._found.update(figures)

    def put_back(self) -> None:
        """Nothing was changed."""

    def _pid(self) -> int:
        """The process that listens, if it is the engine itself, or its parent; else 0."""
        if self._server["host"] not in ("localhost", "127.0.0.1", "::1"):
            return 0
        pid = engine.listener(self._server["port"]) or 0
        return 0 if pid and machine.text(f"/proc/{pid}/comm") in _PROXIES else pid

    def _work(self, pid: int) -> Work:
        on_gpu = os.path.exists("/dev/nvidia0") or os.path.exists("/dev/kfd")  # noqa: PTH110
        return Work(
            pid=pid,
            threads=1 if on_gpu else 0,
            context=_CONTEXT,
            floor=self._job["floor"],
            limit_s=self._job["measure_limit_s"],
            hard_limit_s=self._job["hard_limit_s"],
            soak_s=self._job.get("soak_s", 0.0),
            ours=False,
        )


def way_in(status: int | None, key: str) -> str:
    """What to do about an HTTP status; "" where that says nothing of its own."""
    if status in (401, 403):
        return "check the key in the file" if key else "give the key with `--api-key-file FILE`"
    return "wait until the server has loaded its model, and run the same command again" if status == _LOADING else ""
