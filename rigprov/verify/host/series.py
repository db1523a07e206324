"""The measurement itself: warm-up, runs, and what disturbed them."""

from __future__ import annotations

import os
import time
from typing import Any

from rigprov.verify.host import machine
from rigprov.verify.host.server import RequestFailed, Server

RUNS = 5
TOKENS, FEW_TOKENS = 128, 32
_SLOW = 4.0  # tokens/s; below it a run of 128 tokens takes longer than half a minute
_REPEATS = 3
_SPREAD = 0.10
_TOPIC = " Write a long, detailed essay about how rivers shape the land they flow through, and how people have used them."
_WORDS = "The river carries stone and sand from the mountains to the plain, and the plain grows a little every year. "


def _nonce() -> str:
    """Text that no earlier prompt began with: it goes first, so that no part of the prompt is in any cache."""
    return "Document " + os.urandom(6).hex() + "."


def rate(timings: dict[str, Any], tokens: int) -> float:
    """Decode tokens/s by the engine's own count and clock.

    The engine's window begins when the first token is there, so it holds one token less than were predicted.

    Raises:
        RequestFailed: fewer tokens than asked for, or a prompt that came from the cache.
    """
    if timings.get("predicted_n") != tokens:
        raise RequestFailed(f"asked for {tokens} tokens, the engine counted {timings.get('predicted_n')}")
    if timings.get("cache_n"):
        raise RequestFailed(f"{timings['cache_n']} tokens of the prompt came from a cache")
    if not timings.get("predicted_ms"):
        raise RequestFailed("the engine gave no time for its tokens")
    return float((tokens - 1) / timings["predicted_ms"] * 1000)


class Bench:
    """Measures one engine that is up.

    Args:
        pid: of the engine, 0 if unknown (then nothing can be said about other load).
        threads: that the engine decodes with; 0: its own choice, which is one a core.
        until: `time.monotonic()` after which disturbed runs are no longer repeated.
    """

    def __init__(self, server: Server, *, pid: int, threads: int, until: float) -> None:
        self._server, self._pid, self._until = server, pid, until
        self._cores = machine.physical_cores()
        self._threads = threads if threads > 0 else self._cores
        self.attempts: list[dict[str, Any]] = []

    def warm_up(self) -> dict[str, Any]:
        """The first request pays for page faults and buffers; it counts nowhere. Its text shows whether the model is sane."""
        reply = self._server.complete(_nonce() + _TOPIC, FEW_TOKENS)
        speed = rate(reply["timings"], FEW_TOKENS)
        return {"text": reply.get("content"), "tok_s": round(speed, 2), "tokens": TOKENS if speed >= _SLOW else FEW_TOKENS}

    def series(self, number: int, tokens: int) -> list[float]:
        """Five runs that count, tokens/s. Every attempt is kept in `attempts`, also those that were repeated."""
        return [self._run(number, run, tokens) for run in range(1, RUNS + 1)]

    def _run(self, number: int, run: int, tokens: int) -> float:
        for left in range(_REPEATS, -1, -1):
            watch = machine.Watch(self._pid)
            reply = self._server.complete(_nonce() + _TOPIC, tokens)
            used = watch.end()
            speed = rate(reply["timings"], tokens)
            bad = bool(self._pid) and machine.disturbed(used, self._threads, self._cores)
            again = bad and left > 0 and time.monotonic() < self._until
            record = {"series": number, "run": run, "tok_s": round(speed, 2), "disturbed": bad, "kept": not again, "watch": used}
            self.attempts.append(record)
            if not again:
                break
            time.sleep(1)
        return speed

    def decode(self, tokens: int, floor: float) -> list[list[float]]:
        """One series; a second one where the first is too scattered to say on which side of the floor the machine is."""
        first = self.series(1, tokens)
        if min(first) < floor <= max(first) and max(first) - min(first) > _SPREAD * sorted(first)[RUNS // 2]:
            return [first, self.series(2, tokens)]
        return [first]

    def prompt(self, context: int) -> dict[str, Any]:
        """Prompt tokens/s over some 400 tokens, or what half the context holds."""
        words = min(18, max(1, context // 2 // 24))
        timings = self._server.complete(_nonce() + " " + _WORDS * words, 1)["timings"]
        return {"tokens": timings["prompt_n"], "tok_s": round(timings["prompt_n"] / timings["prompt_ms"] * 1000, 1)}

    def first_token_s(self) -> float:
        """Median of three requests with a short prompt, in seconds."""
        return round(sorted(self._server.first_token_s(_nonce() + _TOPIC) for _ in range(3))[1], 4)
