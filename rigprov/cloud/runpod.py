"""RunPod's listing of pods, REST API v2 (`GET /v2/pods`, docs.runpod.io, 2026-11). Pure.

A pod's environment, image and arguments are not taken over: they hold passwords and tokens.
"""

from typing import Any

from rigprov.cloud import plain
from rigprov.cloud.machine import Endpoint, Machine, Readiness
from rigprov.errors import UsageError

PROVIDER = "runpod"
NAME = "RunPod"
ADDRESS = "https://api.runpod.io/v2"
PATH = "/pods"
KEY = "RUNPOD_API_KEY"
KEY_NEEDS = "read access to pods"

_GONE = {"TERMINATED"}
_STARTING = {"PROVISIONING", "STARTING"}
_STOPPED = {"EXITED"}
_SSH_PORT = 22


def parse(document: Any) -> tuple[Machine, ...]:
    """Pods of one listing; those that are gone for good are left out.

    Raises:
        UsageError: the document is no such listing.
    """
    pods = document.get("pods") if isinstance(document, dict) else None
    if not isinstance(pods, list):
        raise UsageError(f"{NAME}'s answer holds no list `pods`", hint="`api_url` must lead to the REST API v2")
    return tuple(machine for pod in pods if (machine := _machine(plain.mapping(pod))))


def _machine(pod: dict[str, Any]) -> Machine | None:
    identity, state = plain.identifier(pod.get("id")), plain.text(pod.get("status")) or "unknown"
    if identity is None or state in _GONE:
        return None
    ssh = _ssh(pod)
    readiness, why = _readiness(pod, state, ssh)
    gpu = plain.mapping(pod.get("gpu"))
    return Machine(
        provider=PROVIDER,
        id=identity,
        name=plain.text(pod.get("name")),
        state=state,
        readiness=readiness,
        why=why,
        ssh=ssh if readiness == "ready" else None,
        gpu=plain.gpu_name(gpu.get("id")),
        gpu_count=plain.count(gpu.get("count")),
        region=plain.text(pod.get("dataCenterId")),
        price_usd_per_hour=plain.amount(pod.get("cost")) or None,  # 0 says "stopped", not "free of charge"
        tier=plain.tier(plain.mapping(pod.get("env")).get("RIGPROV_TIER"), pod.get("name")),
    )


def _readiness(pod: dict[str, Any], state: str, ssh: Endpoint | None) -> tuple[Readiness, str]:
    if state in _STARTING:
        return "starting", "is starting"
    if state in _STOPPED:
        return "stopped", "is stopped"
    if state != "RUNNING":
        return "unreachable", f"is in state {state}"
    if ssh is not None:
        return "ready", ""
    if "22/tcp" in plain.items(pod.get("ports")):
        return "starting", "has no public port for SSH yet"
    return "unreachable", "publishes no port for SSH: `22/tcp` is not among its ports, and RunPod's proxy runs no commands"


def _ssh(pod: dict[str, Any]) -> Endpoint | None:
    """The pod's own SSH server. Never the proxy: it gives an interactive terminal and runs no commands."""
    direct = plain.mapping(plain.mapping(pod.get("ssh")).get("direct"))
    mapped = (plain.mapping(one) for one in plain.items(plain.mapping(pod.get("runtime")).get("ports")))
    ways = [(direct.get("host"), direct.get("port"))]
    ways += [(one.get("ip"), one.get("public")) for one in mapped if one.get("private") == _SSH_PORT and one.get("type") == "tcp"]
    user = plain.user(direct.get("username")) or "root"
    found = ((plain.address(host), plain.port(port)) for host, port in ways)
    return next((Endpoint(host, port, user) for host, port in found if host and port), None)
