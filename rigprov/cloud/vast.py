"""Vast's listing of instances, REST API v1 (`GET /api/v1/instances/`, docs.vast.ai, 2026-11). Pure.

An instance's environment, start script and Jupyter token are not taken over.
"""

from typing import Any, Literal

from rigprov.cloud import plain
from rigprov.cloud.machine import Endpoint, Machine, Readiness
from rigprov.errors import UsageError

PROVIDER = "vast"
NAME = "Vast"
ADDRESS = "https://console.vast.ai"
PATH = "/api/v1/instances/"
KEY = "VAST_API_KEY"
KEY_NEEDS = "the permission `instance_read`"
# As Vast's own client asks: whole rows, in an order that does not change between the pages; 25 is the most of one page.
QUERY = {"limit": "25", "select_filters": "{}", "order_by": '[{"col": "id", "dir": "asc"}]'}
AFTER = "after_token"

Way = Literal["direct", "proxy"]

_STARTING = {"loading", "created", "rebooting", "scheduling"}
_STOPPED = {"exited", "stopped", "frozen"}


def parse(document: Any, way: Way = "direct") -> tuple[tuple[Machine, ...], str | None]:
    """Instances of one page, and the token of the next one; None: it was the last.

    Args:
        document: the page.
        way: to the SSH server: through the machine's public address or through Vast's proxy; the other where there is none.

    Raises:
        UsageError: the document is no such page.
    """
    rows = document.get("instances") if isinstance(document, dict) else None
    if not isinstance(rows, list):
        raise UsageError(f"{NAME}'s answer holds no list `instances`", hint="`api_url` must lead to Vast's API")
    token = document.get("next_token")
    if token is not None and not isinstance(token, str):
        raise UsageError(f"{NAME}'s answer names its next page by something that is no text", hint="try again later")
    return tuple(machine for row in rows if (machine := _machine(plain.mapping(row), way))), token or None


def _machine(row: dict[str, Any], way: Way) -> Machine | None:
    identity = plain.identifier(row.get("id"))
    if identity is None or row.get("cur_state") == "unloaded":  # released: it is gone
        return None
    ssh = _ssh(row, way)
    state, readiness, why = _readiness(row, ssh)
    return Machine(
        provider=PROVIDER,
        id=identity,
        name=plain.text(row.get("label")),
        state=state,
        readiness=readiness,
        why=why,
        ssh=ssh if readiness == "ready" else None,
        gpu=plain.gpu_name(row.get("gpu_name")),
        gpu_count=plain.count(row.get("num_gpus")),
        region=plain.text(row.get("geolocation")),
        price_usd_per_hour=plain.amount(row.get("dph_total")),
        tier=plain.tier(_environment(row.get("extra_env")).get("RIGPROV_TIER"), row.get("label")),
    )


def _readiness(row: dict[str, Any], ssh: Endpoint | None) -> tuple[str, Readiness, str]:
    state = plain.text(row.get("actual_status"))
    if state in _STOPPED or plain.text(row.get("intended_status")) in _STOPPED:
        return state or "stopped", "stopped", "is stopped" if state != "running" else "is about to stop"
    if state is None or state in _STARTING:
        return state or "created", "starting", "is starting"
    if state != "running":
        return state, "unreachable", f"is in state {state}"
    if ssh is None:
        return state, "unreachable", "has neither a public port for SSH nor a proxy"
    return state, "ready", ""


def _ssh(row: dict[str, Any], way: Way) -> Endpoint | None:
    published = plain.items(plain.mapping(row.get("ports")).get("22/tcp"))
    direct = (row.get("public_ipaddr"), plain.mapping(published[0]).get("HostPort") if published else None)
    through = plain.port(row.get("ssh_port"))
    if through is not None and "jupyter" in str(row.get("image_runtype")):
        through += 1  # Vast's own client does so too
    proxy = (row.get("ssh_host"), through)
    ways = (direct, proxy) if way == "direct" else (proxy, direct)
    found = ((plain.address(host), plain.port(port)) for host, port in ways)
    return next((Endpoint(host, port) for host, port in found if host and port), None)


def _environment(value: Any) -> dict[Any, Any]:
    """Pairs in the API's listing, an object in what Vast's client prints."""
    if isinstance(value, dict):
        return value
    pairs = (one for one in plain.items(value) if isinstance(one, list) and len(one) == 2)  # noqa: PLR2004  (name, value)
    return {name: content for name, content in pairs if isinstance(name, str)}
