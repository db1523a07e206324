"""Finding a tier: one that comes with rigprov, a file of the user's own, or an installed package's entry point."""

import difflib
import importlib.util
import sys
import traceback
from collections.abc import Iterable
from pathlib import Path
from types import ModuleType
from typing import TYPE_CHECKING

from rigprov.catalog.models import MODELS
from rigprov.catalog.roles import ORDER, options, owner
from rigprov.catalog.typed import problem
from rigprov.errors import UsageError
from rigprov.model.paths import expanded, is_file
from rigprov.model.tier import Tier
from rigprov.tiers import BUILT_IN
from rigprov.tiers.sound import fault

if TYPE_CHECKING:
    from importlib.metadata import EntryPoint

GROUP = "rigprov.tiers"


def load_tier(name: str) -> Tier:
    """The tier called `name`, or the one in the file `name` (anything with a slash or ending in `.py`).

    Raises:
        UsageError: no such tier or file, a file that raises, or one that does not define a sound `TIER`.
    """
    if "/" in name or name.endswith(".py"):
        return _checked(_from_file(expanded(name)), where=name)
    known = {tier.name: tier for tier in BUILT_IN}
    if name in known:
        return known[name]
    from importlib.metadata import entry_points  # slow, and rarely needed

    plugins = {point.name: point for point in entry_points(group=GROUP)}
    if name in plugins:
        return _checked(_from_entry_point(plugins[name]), where=f"entry point `{name}` of group {GROUP}")
    names = [*known, *sorted(plugins)]
    near = difflib.get_close_matches(name, names, n=1)
    hint = f"did you mean `{near[0]}`?" if near else f"there are {', '.join(names)}; a file of your own is given as ./my_tier.py"
    raise UsageError(f"unknown tier `{name}`", hint=hint)


def _from_file(file: Path) -> object:
    if not is_file(file):
        raise UsageError(f"there is no tier file {file}", hint="a tier file is a Python file that defines TIER = Tier(...)")
    spec = importlib.util.spec_from_file_location(f"rigprov_user_tier_{file.stem}", file)
    if spec is None or spec.loader is None:
        raise UsageError(f"{file} is not a Python file", hint="a tier file's name ends in .py")
    module = importlib.util.module_from_spec(spec)
    sys.modules[module.__name__] = module  # dataclasses in the file look their module up
    try:
        spec.loader.exec_module(module)
    except (Exception, SystemExit) as error:  # whatever the user's code raises is the user's to mend
        raise UsageError(f"{_place(file, error)}: {_words(error)}", hint="mend the tier file") from error
    return _tier_of(module, file)


def _tier_of(module: ModuleType, file: Path) -> object:
    if not hasattr(module, "TIER"):
        raise UsageError(f"{file} does not define TIER", hint="end the file with TIER = Tier(name=..., needs=Needs(...), ...)")
    return module.TIER


def _from_entry_point(point: "EntryPoint") -> object:
    try:
        return point.load()
    except (Exception, SystemExit) as error:
        raise UsageError(f"tier `{point.name}` from {point.value} cannot be loaded: {_words(error)}") from error


def _place(file: Path, error: BaseException) -> str:
    """File and line in the user's file where it happened, however deep it was raised."""
    if isinstance(error, SyntaxError) and error.filename == str(file):
        return f"{file}, line {error.lineno}"
    lines = [frame.lineno for frame in traceback.extract_tb(error.__traceback__) if frame.filename == str(file)]
    return f"{file}, line {lines[-1]}" if lines else str(file)


def _words(error: BaseException) -> str:
    text = error.msg if isinstance(error, SyntaxError) else str(error)
    first = text.strip().splitlines()[0].rstrip(".") if text.strip() else ""
    return f"{type(error).__name__}: {first}" if first else type(error).__name__


def _checked(tier: object, *, where: str) -> Tier:
    """What only shows once the tier is used, found now and named."""
    if not isinstance(tier, Tier):
        raise UsageError(f"TIER in {where} is a {type(tier).__name__}, not a Tier", hint="from rigprov.tiers import Tier")
    if wrong := fault(tier):
        raise UsageError(f"{where}: {wrong}")
    for name in tier.roles:
        _known(name, ORDER, f"{where}: tier `{tier.name}` names the unknown role `{name}`")
    for benchmark in tier.benchmarks:
        _known(benchmark.model, MODELS, f"{where}: tier `{tier.name}` names the unknown model `{benchmark.model}`")
    for variable in tier.values:
        if (role := owner(variable)) is None:
            raise UsageError(f"{where}: `{variable}` belongs to no role", hint="a value's name begins with its role's name")
        if known := options(role):
            _known(variable, known, f"{where}: role {role} has no variable `{variable}`")
            if amiss := problem(known[variable], tier.values[variable]):
                raise UsageError(f"{where}: `{variable}` {amiss}")
    return tier


def _known(name: str, names: Iterable[str], message: str) -> None:
    listed = list(names)
    if name in listed:
        return
    near = difflib.get_close_matches(name, listed, n=1)
    raise UsageError(message, hint=f"did you mean `{near[0]}`?" if near else f"there are {', '.join(listed)}")
