"""Values the user wrote: `--set role.key=value` and variables of the inventory. Checked before any host is touched."""

import difflib
from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass, field
from typing import TYPE_CHECKING

from rigprov.catalog.roles import ORDER, Option, built, options, owner
from rigprov.catalog.typed import from_text, problem
from rigprov.errors import UsageError
from rigprov.model.target import Target

if TYPE_CHECKING:
    from rigprov.model.plan import Source


@dataclass(frozen=True)
class Wishes:
    """The user's values by full variable name. A flag wins over the inventory."""

    inventory: Mapping[str, object] = field(default_factory=dict)
    flags: Mapping[str, object] = field(default_factory=dict)

    def get(self, variable: str) -> object | None:
        """The user's value, or None when there is none."""
        return self.flags.get(variable, self.inventory.get(variable))

    def source(self, variable: str) -> "Source | None":
        """Where the user's value comes from."""
        from rigprov.model.plan import Source  # slow to come, and wanted only once a host has answered

        if variable in self.flags:
            return Source.FLAG
        return Source.INVENTORY if variable in self.inventory else None

    def names(self) -> tuple[str, ...]:
        """All variables that the user set, sorted."""
        return tuple(sorted({*self.flags, *self.inventory}))


def read_flags(settings: Sequence[str]) -> dict[str, object]:
    """Values of `--set role.key=value`, each by its full variable name.

    Raises:
        UsageError: not of this form, unknown role or key, wrong type, or a secret (which the process list would show).
    """
    values: dict[str, object] = {}
    for setting in settings:
        key, equals, text = setting.partition("=")
        role, dot, name = key.strip().partition(".")
        if not equals or not dot or not name:
            raise UsageError(
                f"`--set {setting}` is not of the form ROLE.KEY=VALUE", hint="for example --set docker.log_max_file=5"
            )
        option = _option(role, f"{role}_{name}", f"`--set {key.strip()}`")
        if option.secret:
            fix = f"put {option.name} into the inventory, best encrypted with ansible-vault"
            raise UsageError(f"`--set {key.strip()}` would show a secret in the process list", hint=fix)
        value = from_text(option, text)
        _refuse(problem(option, value), f"`{key.strip()}`", "--set")
        values[option.name] = value
    return values


def read_inventory(target: Target) -> dict[str, object]:
    """Role values among a host's inventory variables: those whose name begins with a role's.

    Raises:
        UsageError: such a variable is unknown to its role, or has the wrong type.
    """
    values: dict[str, object] = {}
    for variable, value in target.variables.items():
        role = owner(variable)
        if role is None:
            continue
        option = _option(role, variable, f"`{variable}` of host {target.name} in {target.where}")
        _refuse(problem(option, value), f"`{variable}`", f"{target.where} (host {target.name})")
        values[variable] = value
    return values


def _option(role: str, variable: str, what: str) -> Option:
    if role not in ORDER:
        raise UsageError(f"{what}: there is no role `{role}`", hint=_near(role, ORDER))
    if not built(role):
        raise UsageError(f"{what}: role {role} is not built in this version", hint="leave the value out")
    known = options(role)
    if variable not in known:
        key = variable.removeprefix(f"{role}_")
        raise UsageError(
            f"{what}: role {role} has no key `{key}`", hint=_near(key, [name.removeprefix(f"{role}_") for name in known])
        )
    return known[variable]


def _near(name: str, names: Iterable[str]) -> str:
    listed = list(names)
    near = difflib.get_close_matches(name, listed, n=1)
    return f"did you mean `{near[0]}`?" if near else f"there are {', '.join(listed)}"


def _refuse(wrong: str | None, name: str, where: str) -> None:
    if wrong:
        raise UsageError(f"{name} in {where} {wrong}")
