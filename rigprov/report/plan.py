"""A plan in words. Readable without colour; one block per host."""

import json
from collections.abc import Collection, Iterable, Mapping
from dataclasses import replace
from textwrap import wrap

from rigprov.catalog.models import MODELS
from rigprov.catalog.roles import options
from rigprov.model.plan import Plan, Source, Step, Value

WIDTH = 110
_REASONS = 2
SECRET = "(secret)"  # noqa: S105  (what is printed in place of one)
STATES = {"run": "run", "skip": "skip", "not_built": "not built"}


def plan_text(plan: Plan, *, explain: bool = False, held: Collection[str] = ()) -> str:
    """What would happen to one host.

    Args:
        plan: of the host.
        explain: show the values that are the role's own defaults, too.
        held: roles that need not run, since what they left is still there.
    """
    lines = [f"{plan.host}: tier {plan.tier}, on {plan.environment.why}", ""]
    for step in plan.steps:
        lines += _step(step, explain=explain, held=step.role in held)
    lines += ["", *_benchmark(plan), *_reboot(plan), *_disks(plan)]
    for item in plan.destructive:
        state = "agreed" if item.given else f"needs {item.consent}"
        lines += _block("destructive", f"{item.role} {item.what} ({state})")
    for warning in plan.warnings:
        lines += _block("warning", warning)
    for blocker in plan.blockers:
        lines += _block("blocked", f"{blocker.message} [{blocker.code}]")
        lines += _block("", f"way out: {blocker.fix}")
    lines += ["", _verdict(plan, held)]
    return "\n".join(lines) + "\n"


def without_secrets(plan: Plan) -> Plan:
    """The same plan with every secret value replaced, fit to be printed."""
    return replace(plan, steps=tuple(replace(step, values=_masked(step)) for step in plan.steps))


def _masked(step: Step) -> Mapping[str, Value]:
    secret = {name for name, option in options(step.role).items() if option.secret}
    return {
        name: replace(value, value=SECRET) if name in secret and value.value not in ("", None) else value
        for name, value in step.values.items()
    }


def _step(step: Step, *, explain: bool, held: bool = False) -> list[str]:
    lines = _columns(f"  {'holds' if held else STATES[step.state]:<10}{step.role:<26}", step.reason)
    shown = {name: value for name, value in _masked(step).items() if explain or value.source is not Source.DEFAULT}
    for name, value in shown.items():
        why = f" ({value.reason})" if value.reason else ""
        lines += _columns(" " * 14, f"{name} = {_shown(value.value)}  <- {value.source.name.lower()}{why}")
    return lines


def _benchmark(plan: Plan) -> list[str]:
    planned = plan.benchmark
    if planned is None:
        return _block("benchmark", "none: nothing will be measured")
    model = MODELS[planned.model]
    head = f"{model.title} {model.quantisation}, floor {planned.floor:g} tokens/s (class {planned.machine_class})"
    lines = _block("benchmark", f"{head}, context {planned.context}; {planned.reason}")
    if planned.weights == "synthetic":
        lines += _block("", f"synthetic weights: {planned.weights_reason}")
    if planned.split != "none":
        lines += _block("", f"{planned.split} split over {len(planned.gpus) or 'several'} GPUs")
    if planned.expected is not None:
        found = planned.expected
        span = f"{found.low:.1f} to {found.high:.1f} tokens/s"
        lines += _block("", f"predicted {span}, at most {found.limit:.1f}; not measured yet")
    return lines


def _reboot(plan: Plan) -> list[str]:
    return _block("reboot", plan.reboot or "no")


def _disks(plan: Plan) -> list[str]:
    """What becomes of each disk of the host. All reasons are in the JSON. A container's disks are another machine's."""
    lines: list[str] = []
    if plan.environment.kind in ("container", "wsl2"):
        return lines
    for disk in plan.storage.disks if plan.storage else ():
        what = f"{disk.model}, {disk.size_bytes / 1e9:.0f} GB" if disk.model else f"{disk.size_bytes / 1e9:.0f} GB"
        state = {"taken": "for models", "blank": "left alone", "not_taken": "left alone"}[disk.verdict]
        more = len(disk.reasons) - _REASONS
        reasons = "; ".join(disk.reasons[:_REASONS]) + (f"; and {more} more" if more > 0 else "")
        lines += _block("disk", f"{disk.name} ({what}): {state}: {reasons}")
    return lines


def _verdict(plan: Plan, held: Collection[str]) -> str:
    absent = [step.role for step in plan.steps if step.state == "not_built"]
    if plan.blockers:
        return f"Blocked: {len(plan.blockers)} {'thing stands' if len(plan.blockers) == 1 else 'things stand'} in the way."
    if absent:
        return f"The host fits, but `apply` will refuse: not built yet are {', '.join(absent)}."
    if held and len(held) == len(plan.roles):
        return f"Ready: all {len(held)} roles hold, so none has to run."
    rest = f", {len(held)} hold" if held else ""
    return f"Ready: {len(plan.roles) - len(held)} roles would run{rest}."


def _block(label: str, words: str) -> list[str]:
    return _columns(f"  {label:<14}", words)


def _columns(head: str, words: str) -> list[str]:
    """`words` wrapped beside `head`, further lines under the first."""
    indent = " " * len(head)
    lines = wrap(words, WIDTH - len(head), break_on_hyphens=False, break_long_words=False) or [""]
    return [(head + lines[0]).rstrip(), *(indent + line for line in lines[1:])]


def _shown(value: object) -> str:
    if isinstance(value, str):
        return value or '""'
    if isinstance(value, list) and value and all(isinstance(item, Mapping) for item in value):
        return _names(value)
    if isinstance(value, Mapping) and value.get("key_fingerprint"):
        return f"{value.get('url')} (key {value['key_fingerprint']})"
    if isinstance(value, list) and value and all(isinstance(item, str) for item in value):
        return " ".join(value)
    return json.dumps(value, ensure_ascii=False)


def _names(items: Iterable[Mapping[str, object]]) -> str:
    return ", ".join(_named(item) for item in items)


def _named(item: Mapping[str, object]) -> str:
    if "pin" in item:
        return f"{item.get('package')} at priority {item.get('priority')} for {item['pin']}"
    return str(item.get("name") or item.get("file") or json.dumps(item))
