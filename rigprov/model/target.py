"""A machine to work on, and how to get to it."""

from collections.abc import Mapping
from dataclasses import dataclass, field


@dataclass(frozen=True)
class Target:
    """One host as the user named it.

    `variables` are what the user's inventory says of it (connection settings and role values), before any plan.
    """

    name: str
    local: bool = False
    address: str | None = None  # what ssh is called with; None: `name`
    user: str | None = None
    port: int | None = None
    groups: tuple[str, ...] = ()
    variables: Mapping[str, object] = field(default_factory=dict)
    where: str = "command line"  # for error messages: the file that named it
    inventories: tuple[str, ...] = ()  # as `-i` takes them
