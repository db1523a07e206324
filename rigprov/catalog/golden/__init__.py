"""Log-probabilities that a sound engine on a CPU gave for a synthetic model file.

One JSON document a model: `model` (key), `sha256` and `size` of the file, `recipe` (digest of the recipe it was written by),
`engine`, `tokens` (the text, as numbers), `start` (tokens before the first position), `top` (at each position, the 20 most
probable tokens with their natural log-probability). Made by `python -m tests.golden make` from a checkout.
"""

import hashlib
import json
from collections.abc import Mapping
from functools import cache
from importlib.resources import files
from typing import Any


def digest(recipe: Mapping[str, object]) -> str:
    """Stands for a recipe: sha256 of its canonical JSON text."""
    return hashlib.sha256(json.dumps(recipe, sort_keys=True, separators=(",", ":")).encode()).hexdigest()


@cache
def golden(model_key: str) -> dict[str, Any] | None:
    """The golden document of a model's synthetic file; None: there is none."""
    path = files(__name__) / f"{model_key}.json"
    return dict(json.loads(path.read_text(encoding="utf-8"))) if path.is_file() else None
