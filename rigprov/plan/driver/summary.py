"""The driver of a plan in one place."""

from collections.abc import Iterable, Mapping
from typing import Literal

from rigprov.model.plan import Decision, PlannedDriver, Step, Value

ROLE = "nvidia_driver"
FIELDS = ("source", "branch", "flavour", "modules", "packages")


def of(steps: Iterable[Step], decision: Decision | None) -> PlannedDriver | None:
    """From the values as they will be, the user's own included; None where the role does not run or is not decided."""
    step = next((step for step in steps if step.role == ROLE and step.state == "run"), None)
    if step is None or decision is None or not decision.values:
        return None
    values = step.values
    packages = values[f"{ROLE}_packages"].value
    reasons = {name: values[f"{ROLE}_{name}"].reason for name in FIELDS}
    return PlannedDriver(
        source=_text(values, "source"),
        branch=_text(values, "branch"),
        flavour=_text(values, "flavour") if f"{ROLE}_flavour" in decision.values else "",
        modules=_text(values, "modules"),
        packages=tuple(map(str, packages)) if isinstance(packages, list | tuple) else (),
        pin=_pin(values),
        reboot=decision.reboot,
        reasons={**reasons, "pin": _why_pin(values), "reboot": values[f"{ROLE}_reboot"].reason},
    )


def _text(values: Mapping[str, Value], name: str) -> str:
    return str(values[f"{ROLE}_{name}"].value)


def _pin(values: Mapping[str, Value]) -> Literal["hold", "pinning package", "none"]:
    if values[f"{ROLE}_pin_package"].value:
        return "pinning package"
    return "hold" if values[f"{ROLE}_hold"].value else "none"


def _why_pin(values: Mapping[str, Value]) -> str:
    return values[f"{ROLE}_pin_package" if values[f"{ROLE}_pin_package"].value else f"{ROLE}_hold"].reason
