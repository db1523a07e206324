"""Swap: how much, in which file, made in which way, or why what is there stays."""

from rigprov.plan.swap.decision import decide

__all__ = ["decide"]
