"""The driver that an earlier run installed: what is wanted is what was wanted then, so that a second run changes nothing."""

from rigprov.model.missing import Missing
from rigprov.plan.case import Case
from rigprov.plan.driver.cards import Cards
from rigprov.plan.driver.choice import Choice, Refusal
from rigprov.plan.driver.present import Present
from rigprov.plan.driver.select import choose


def choice(case: Case, found: Cards, there: Present) -> Choice | None:
    """As it was installed. None: somebody else installed it, or something would have to be installed for it."""
    record = case.facts.driver_record
    if isinstance(record, Missing) or not set(there.packages) & set(record):
        return None
    made = choose(case, found, there)
    if isinstance(made, Refusal):
        return None
    installed = {package.name for package in case.installed(*made.packages)}
    return made if installed == set(made.packages) else None
