"""From facts, tier and the user's values to a plan. Pure: nothing here touches a host."""

from collections.abc import Callable, Mapping

from rigprov.catalog.roles import ORDER, Option, built, options, owner
from rigprov.model.host import HostFacts
from rigprov.model.plan import Blocker, Chosen, Decision, Plan, Source, Step, Value
from rigprov.model.tier import Tier
from rigprov.plan import base, benchmark, docker, environment, gpu_stack, models, needs, reboot, runtime, storage, swap
from rigprov.plan.case import Case
from rigprov.plan.consent import Consent
from rigprov.plan.driver import summary
from rigprov.plan.storage import Place
from rigprov.plan.wishes import Wishes

NOT_BUILT = "this version of rigprov does not carry the role yet"
# The plan adds the user's items to its own; everywhere else the user's value replaces the plan's.
COMBINED = ("models_wanted",)


def build_plan(facts: HostFacts, tier: Tier, wishes: Wishes | None = None, consent: Consent | None = None) -> Plan:
    """Decide everything that would be done to one host.

    Values go default < tier < plan < inventory < flag; a decision takes the user's and the tier's values into account, so that
    what depends on them follows.
    """
    place_of = environment.decide(facts)
    case = Case(facts, tier, place_of, wishes or Wishes(), consent or Consent())
    place = storage.choose(case)
    choice = benchmark.choose(case, place)
    decisions = _decisions(case, place, choice)
    steps = tuple(_step(case, role, decision) for role, decision in decisions.items())
    blockers, warnings = needs.decide(case, place)
    run = {step.role for step in steps if step.state == "run"}
    kept = [decision for role, decision in decisions.items() if role in run]
    restart = next((decision.reboot for decision in kept if decision.reboot), None)
    return Plan(
        host=facts.host,
        tier=tier.name,
        environment=place_of,
        steps=steps,
        blockers=(
            *blockers,
            *_unexplained(choice, blockers),
            *(found for decision in decisions.values() for found in decision.blockers),
            *reboot.blockers(restart, case.consent),
        ),
        warnings=(*warnings, *choice.warnings, *(text for decision in kept for text in decision.warnings), *_unused(case, run)),
        destructive=tuple(item for decision in kept for item in decision.destructive),
        reboot=restart,
        benchmark=choice.planned,
        driver=summary.of(steps, decisions.get("nvidia_driver")),
        storage=storage.summary(case, place) if "model_storage" in decisions else None,
    )


def _decisions(case: Case, place: Place, choice: benchmark.Choice) -> dict[str, Decision]:
    """Of each of the tier's roles, in the order in which they run."""
    stack = gpu_stack.decide(case)
    decide: Mapping[str, Callable[[], Decision]] = {
        "base": lambda: base.decide(case),
        "docker": lambda: docker.decide(case, place),
        "model_storage": lambda: storage.decide(case, place),
        "swap": lambda: swap.decide(case, place, choice),
        "models": lambda: models.decide(case, place, choice),
        "llm_runtime": lambda: runtime.decide(case, place, choice, stack),
    }
    roles = [role for role in ORDER if role in case.tier.roles]
    return {role: decide[role]() if role in decide else stack.decisions().get(role, Decision()) for role in roles}


def _unexplained(choice: benchmark.Choice, needs_missed: tuple[Blocker, ...]) -> tuple[Blocker, ...]:
    """Why no model fits, unless that only says once more that memory or a GPU is missing."""
    memory = {"ram-short", "gpu-short"} & {blocker.code for blocker in needs_missed}
    return tuple(blocker for blocker in choice.blockers if not (memory and blocker.code == "no-benchmark"))


def _step(case: Case, role: str, decision: Decision) -> Step:
    if decision.skip:
        return Step(role, "skip", decision.skip)
    if not built(role):
        return Step(role, "not_built", NOT_BUILT)
    if decision.not_built:
        return Step(role, "not_built", decision.not_built)
    return Step(role, "run", decision.reason, values(role, options(role), decision.values, case))


def values(role: str, known: Mapping[str, Option], decided: Mapping[str, Chosen], case: Case) -> dict[str, Value]:
    """Every variable of a role with its value, where it comes from, and why; in the order of the role's own description."""
    names = list(known) + [name for name in decided if name not in known]
    return {name: _value(name, known.get(name), decided.get(name), case) for name in names if owner(name) == role}


def _value(name: str, option: Option | None, chosen: Chosen | None, case: Case) -> Value:
    source = case.wishes.source(name)
    if source is not None and (name not in COMBINED or chosen is None):
        return Value(case.wishes.get(name), source)
    if chosen is not None:
        if option is not None and chosen.value == option.default:
            return Value(chosen.value, Source.DEFAULT, chosen.reason)
        return Value(chosen.value, source or Source.PLAN, chosen.reason)
    if name in case.tier.values:
        return Value(case.tier.values[name], Source.TIER, f"tier {case.tier.name}")
    return Value(option.default if option is not None else None, Source.DEFAULT)


def _unused(case: Case, run: set[str]) -> tuple[str, ...]:
    """Values that the user set for a role that will not run here."""
    return tuple(
        f"{name} is set, but role {owner(name)} does not run on this host"
        for name in case.wishes.names()
        if owner(name) not in run
    )
