"""Log-probabilities of the loaded model, for a fixed text of token numbers.

Each position gets the reference's context (teacher forcing), never the model's own words: two sound backends choose
another word at about one place in twenty of a trained model, and from there on their texts have nothing in common.
"""

from __future__ import annotations

import hashlib
import time
from typing import Any

from rigprov.verify.host.server import Server
from rigprov.verify.host.web import RequestFailed

TOP = 20  # log-probabilities at a position
START = 8  # tokens before the first position that counts
POSITIONS = 64
_FIRST_WORD = 259  # before it: special tokens and bytes
_DRAWN = _FIRST_WORD + 1


def tokens(vocabulary: int, count: int = START + POSITIONS) -> list[int]:
    """Token numbers spread over a vocabulary, the same everywhere. Special tokens and bytes are left out."""
    raw = hashlib.shake_256(b"rigprov positions").digest(8 * count)
    numbers = (int.from_bytes(raw[at : at + 8], "little") for at in range(0, len(raw), 8))
    return [_FIRST_WORD + number % (vocabulary - _FIRST_WORD) for number in numbers]


def probe(server: Server, golden: dict[str, Any]) -> dict[str, Any]:
    """Asks for one token at each position of the golden file's text.

    A first pass is discarded: how its first tokens were batched depends on what the engine did before. What the second gives
    is a function of model, engine and machine alone, so another `probe` of the same server must give the same to the bit.

    Returns:
        `top`: at each position [token, log-probability or None where it is no number], most probable first; `seconds`.

    Raises:
        RequestFailed: no answer, or one without log-probabilities.
    """
    began = time.monotonic()
    text, start = golden["tokens"], golden["start"]
    for end in range(start, len(text) + 1):
        _top(server, text[:end])
    found = [_top(server, text[:end]) for end in range(start, len(text) + 1)]
    return {"top": found, "seconds": round(time.monotonic() - began, 2)}


def _top(server: Server, text: list[int]) -> list[list[Any]]:
    body = {
        "prompt": text,
        "n_predict": 1,
        "n_probs": TOP,
        "temperature": 0,
        "cache_prompt": True,  # the tokens before it were computed by the request before
        "id_slot": 0,
        "post_sampling_probs": False,
        "samplers": ["temperature"],
        # The token that is drawn is of no interest, but where it is the end, or half a character, there would be no reply.
        # The probabilities are those before this.
        "logit_bias": [[_DRAWN, 1000.0]],
        "stream": False,
    }
    reply = server.ask("/completion", body)
    try:
        entries = reply["completion_probabilities"][0]["top_logprobs"]
        return [[int(entry["id"]), entry["logprob"]] for entry in entries]
    except (KeyError, IndexError, TypeError, ValueError) as error:
        raise RequestFailed("POST /completion: the reply holds no log-probabilities") from error
