"""The tiers that come with rigprov, and what a tier of one's own is made of."""

from rigprov.model.tier import Benchmark, Needs, Tier
from rigprov.tiers.advanced import ADVANCED
from rigprov.tiers.intermediate import INTERMEDIATE
from rigprov.tiers.starter import STARTER

BUILT_IN: tuple[Tier, ...] = (STARTER, INTERMEDIATE, ADVANCED)

__all__ = ["ADVANCED", "BUILT_IN", "INTERMEDIATE", "STARTER", "Benchmark", "Needs", "Tier"]
