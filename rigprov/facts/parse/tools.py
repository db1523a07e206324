"""What is there to build programs with."""

import re

from rigprov.facts.parse.fields import ParseError
from rigprov.model.host import BuildTools, Missing

_VERSION = re.compile(r"(\d+\.\d+(?:\.\d+)*)")
_RELEASE = re.compile(r"release (\d+\.\d+)")


def build_tools(text: str) -> BuildTools:
    """Blocks of `==> NAME PATH` and what `NAME --version` says; `==> cublas PATH` for each header of cuBLAS."""
    said: dict[str, str] = {}
    paths: dict[str, list[str]] = {}
    name = ""
    for line in text.splitlines():
        if line.startswith("==> "):
            words = line.split(" ", 2)
            if len(words) != 3:  # noqa: PLR2004  (mark, name, path)
                raise ParseError(f"not a tool: {line!r}")
            name = words[1]
            paths.setdefault(name, []).append(words[2])
        else:
            said[name] = f"{said.get(name, '')}{line}\n"
    return BuildTools(
        cmake=_first(_VERSION, said.get("cmake")),
        ninja="ninja" in paths,
        make="make" in paths,
        compiler=_compiler(said.get("g++")),
        nvcc=_first(_RELEASE, said.get("nvcc")),
        nvcc_path=paths["nvcc"][0] if "nvcc" in paths else None,
        cublas=tuple(dict.fromkeys(paths.get("cublas", ()))),
    )


def capabilities(text: str) -> tuple[str, ...] | Missing:
    """`nvidia-smi --query-gpu=compute_cap`: one for each GPU ("8.6")."""
    found = tuple(line.strip() for line in text.splitlines() if line.strip())
    if any(word.startswith("[") for word in found):  # "[N/A]", "[Not Supported]"
        return Missing("the driver tells no compute capability")
    if wrong := [word for word in found if not re.fullmatch(r"\d+\.\d+", word)]:
        raise ParseError(f"not a compute capability: {wrong[0]!r}")
    return found


def _first(pattern: re.Pattern[str], text: str | None) -> str | None:
    found = pattern.search(text or "")
    return found[1] if found else None


def _compiler(text: str | None) -> str | None:
    """The last number of the first line: the one in brackets is the distribution's."""
    numbers = _VERSION.findall((text or "").partition("\n")[0])
    return numbers[-1] if numbers else None
