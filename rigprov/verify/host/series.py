"""The measurement itself: warm-up, runs, soak, and what disturbed them."""

from __future__ import annotations

import os
import time
from typing import Any

from rigprov.verify.host import machine
from rigprov.verify.host.reply import Reply

RUNS = 5
TOKENS, FEW_TOKENS = 128, 32
_SLOW = 4.0  # tokens/s; below it a run of 128 tokens takes longer than half a minute
_REPEATS = 3
_SPREAD = 0.10
DEPTH = 32  # tokens of prompt before what is timed
_PROMPT = 400  # tokens of the prompt whose speed is measured
_USUAL = 0.22  # tokens a character of English, where the engine does not count its prompts
_SOAK_RUNS = 15
_TOPIC = " Write a long, detailed essay about how rivers shape the land they flow through, and how people have used them."
_WORDS = "The river carries stone and sand from the mountains to the plain, and the plain grows a little every year. "


def _nonce() -> str:
    """Text that no earlier prompt began with: it goes first, so that no part of the prompt is in any cache."""
    return "Document " + os.urandom(6).hex() + "."


class Bench:
    """Measures one engine that is up.

    Args:
        engine: has `generate(prompt, tokens) -> Reply`, `first_token_s(prompt) -> float` and `least`, the fewest tokens that
            it can be asked for and still be timed.
        pid: of the engine, 0 if unknown (then nothing can be said about other load).
        threads: that the engine decodes with; 0: its own choice, which is one a core.
        until: `time.monotonic()` after which disturbed runs are no longer repeated.
    """

    def __init__(self, engine: Any, *, pid: int, threads: int, until: float) -> None:
        self._engine, self._pid, self._until = engine, pid, until
        self._cores = machine.physical_cores()
        self._threads = threads if threads > 0 else self._cores
        self._tokens_per_character = _USUAL
        self._lasting = False  # whether load outlasted all repetitions of a run: then the others are not repeated either
        self.attempts: list[dict[str, Any]] = []

    def warm_up(self) -> dict[str, Any]:
        """The first request pays for page faults and buffers; it counts nowhere. Its text shows whether the model is sane."""
        prompt = _nonce() + _TOPIC
        reply = self._engine.generate(prompt, FEW_TOKENS)
        if reply.prompt_tokens and not reply.cached:
            self._tokens_per_character = reply.prompt_tokens / len(prompt)
        return {
            "text": reply.text,
            "tok_s": round(reply.tok_s, 2),
            "tokens": TOKENS if reply.tok_s >= _SLOW else FEW_TOKENS,
            "counted": reply.counted,
            "reasoning": reply.reasoning,
        }

    def series(self, number: int, tokens: int) -> list[float]:
        """Five runs that count, tokens/s. Every attempt is kept in `attempts`, also those that were repeated."""
        return [self._run(number, run, tokens) for run in range(1, RUNS + 1)]

    def _run(self, number: int, run: int, tokens: int) -> float:
        for left in range(_REPEATS, -1, -1):
            record = self.once(tokens)
            again = record["disturbed"] and left > 0 and time.monotonic() < self._until and not self._lasting
            speed = float(record.pop("exact"))
            self.attempts.append({"series": number, "run": run, **record, "kept": not again})
            if not again:
                break
            time.sleep(1)
        self._lasting = self._lasting or (record["disturbed"] and left == 0)
        return speed

    def once(self, tokens: int) -> dict[str, Any]:
        """One run: `tok_s` (rounded; `exact` is not), `tokens`, and what else used the CPU meanwhile: `disturbed`, `watch`."""
        watch = machine.Watch(self._pid)
        reply: Reply = self._engine.generate(self._text(DEPTH), tokens)
        used = watch.end()
        bad = bool(self._pid) and machine.disturbed(used, self._threads, self._cores)
        counts = {"tokens": reply.tokens, "prompt_tokens": reply.prompt_tokens}
        return {"tok_s": round(reply.tok_s, 2), **counts, "disturbed": bad, "watch": used, "exact": reply.tok_s}

    def decode(self, tokens: int, floor: float) -> list[list[float]]:
        """One series; a second one where the first is too scattered to say on which side of the floor the machine is.

        Args:
            tokens: of each run.
            floor: tokens/s; 0 for none, then scatter alone asks for the second series.
        """
        first = self.series(1, tokens)
        scattered = max(first) - min(first) > _SPREAD * sorted(first)[RUNS // 2]
        if scattered and (not floor or min(first) < floor <= max(first)):
            return [first, self.series(2, tokens)]
        return [first]

    def _text(self, tokens: int) -> str:
        """A prompt of about that many tokens. Tokenizers differ: a made-up one has a token a character."""
        characters = round(tokens / self._tokens_per_character)
        return (_nonce() + _TOPIC + " " + _WORDS * (characters // len(_WORDS) + 1))[:characters]

    def soak(self, seconds: float, speed: float) -> list[dict[str, Any]]:
        """One run behind the other for that long, for what shows only when the machine is warm.

        Each with `at` (seconds since the beginning, when it ended), `tok_s`, `disturbed`.

        Args:
            seconds: length of all.
            speed: tokens/s as measured before; runs are shorter on a slow machine, so that there are enough to compare.
        """
        began, found = time.monotonic(), []
        tokens = max(FEW_TOKENS, min(TOKENS, int(speed * seconds / _SOAK_RUNS)))
        while time.monotonic() - began < seconds:
            record = self.once(tokens)
            found.append({"at": round(time.monotonic() - began, 2), "tok_s": record["tok_s"], "disturbed": record["disturbed"]})
        return found

    def prompt(self, context: int) -> dict[str, Any]:
        """Prompt tokens/s over some 400 tokens, or what half the context holds; `reason` where it cannot be told."""
        reply = self._engine.generate(self._text(min(_PROMPT, context // 2)), self._engine.least)
        if reply.prompt_tok_s is None:
            why = f"{reply.cached} tokens of the prompt came from a cache" if reply.cached else "the server does not tell it"
            return {"tokens": reply.prompt_tokens, "tok_s": None, "reason": why}
        return {"tokens": reply.prompt_tokens, "tok_s": round(reply.prompt_tok_s, 1)}

    def first_token_s(self) -> float:
        """Median of three requests with a short prompt, in seconds."""
        times = [float(self._engine.first_token_s(self._text(DEPTH))) for _ in range(3)]
        return round(sorted(times)[1], 4)
