"""The script that measures on the host: the modules of `rigprov.verify.host`, packed into one text."""

import base64
import json
import zlib
from collections.abc import Mapping
from functools import cache
from importlib.resources import files

_PACKAGE = "rigprov.verify.host"
# Order of import: a module stands after those it needs.
_SYNTH = ("synth_scales", "synth_values", "synth_header", "synth_like", "synth")
_MODULES = ("machine", "blocks", "gguf", *_SYNTH, "bandwidth", "server", "logits", "series", "engine", "child", "examine")
NO_PYTHON = 127

# Runs from memory (`python3 -`): nothing is written to the host, so nothing can be left there.
_LOADER = """\
import base64, json, sys, types, zlib
def load(packed):
    parts = "{package}".split(".")
    for n in range(1, len(parts) + 1):
        package = sys.modules[".".join(parts[:n])] = types.ModuleType(".".join(parts[:n]))
        package.__path__ = []
    for name, text in json.loads(zlib.decompress(base64.b64decode(packed))):
        module = sys.modules["{package}." + name] = types.ModuleType("{package}." + name)
        exec(compile(text, name + ".py", "exec"), module.__dict__)
        setattr(package, name, module)
    return module
load("{packed}").main(json.loads({job!r}))
"""


@cache
def _packed() -> str:
    folder = files(_PACKAGE)
    modules = [(name, (folder / f"{name}.py").read_text(encoding="utf-8")) for name in _MODULES]
    return base64.b64encode(zlib.compress(json.dumps(modules).encode(), 9)).decode()


def script(job: Mapping[str, object]) -> str:
    """A POSIX sh script that runs `rigprov.verify.host.examine.main(job)` with the host's own Python 3.

    Its standard output holds one JSON document between `examine.BEGIN` and `examine.END`. Exit code 127: no python3.
    """
    python = _LOADER.format(package=_PACKAGE, packed=_packed(), job=json.dumps(dict(job)))
    return (
        f"command -v python3 >/dev/null 2>&1 || exit {NO_PYTHON}\n"
        f"exec python3 -B -I - <<'RIGPROV_MEASUREMENT'\n{python}RIGPROV_MEASUREMENT\n"
    )
