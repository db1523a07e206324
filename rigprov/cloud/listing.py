"""A provider's whole listing, page by page, as machines."""

from collections.abc import Callable

from rigprov.cloud import runpod, vast
from rigprov.cloud.client import Client
from rigprov.cloud.machine import Machine
from rigprov.errors import UnreachableError

PAGES = 200  # of 25 machines; nobody rents more, and a listing that does not end must

Page = tuple[tuple[Machine, ...], str | None]


def of_runpod(client: Client) -> tuple[Machine, ...]:
    """All pods of the account. RunPod has no pages.

    Raises:
        UsageError: key, address or answer are wrong.
        UnreachableError: no answer.
    """
    return runpod.parse(client.get(runpod.PATH))


def of_vast(client: Client, way: vast.Way = "direct") -> tuple[Machine, ...]:
    """All instances of the account.

    Raises:
        UsageError: key, address or answer are wrong.
        UnreachableError: no answer, or pages that do not end.
    """

    def page(token: str | None) -> Page:
        more = {} if token is None else {vast.AFTER: token}
        return vast.parse(client.get(vast.PATH, {**vast.QUERY, **more}), way)

    return every_page(page, f"{client.api.name}'s API at {client.api.address}")


def every_page(page: Callable[[str | None], Page], where: str) -> tuple[Machine, ...]:
    """Machines of all pages.

    Args:
        page: gives a page by its token (None: the first), and the token of the next.
        where: for messages.

    Raises:
        UnreachableError: a token comes back, or there are more pages than anybody has. Half a listing is no listing: what is
            missing would look as if it were gone.
    """
    found: list[Machine] = []
    token: str | None = None
    seen: set[str | None] = {None}
    for number in range(1, PAGES + 1):
        machines, token = page(token)
        found += machines
        if token is None:
            return tuple(found)
        if token in seen:
            raise UnreachableError(
                f"{where} goes round in a circle: page {number} leads back to an earlier one", hint="try again later"
            )
        seen.add(token)
    raise UnreachableError(f"{where} has more than {PAGES} pages", hint="try again later")
