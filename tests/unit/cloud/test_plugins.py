"""The inventory plugins as Ansible runs them, against a server on this machine."""

import json
from pathlib import Path
from typing import Any

import pytest

from tests.unit.cloud import api as stand_in
from tests.unit.cloud.api import KEY, Reply, paged, said, serving

pytestmark = pytest.mark.process

GOLDEN = Path(__file__).with_name("golden")


def as_hosts(listed: dict[str, Any]) -> dict[str, Any]:
    """Variables and groups by host."""
    variables = listed["_meta"]["hostvars"]
    groups = {name: content.get("hosts", []) for name, content in listed.items() if name not in {"_meta", "all", "ungrouped"}}
    return {host: (variables[host], sorted(name for name, members in groups.items() if host in members)) for host in variables}


@pytest.mark.parametrize("provider", ["runpod", "vast"])
def test_listing(ansible, provider: str) -> None:
    replies = [said(stand_in.PODS)] if provider == "runpod" else paged(stand_in.PAGES)
    with serving(replies) as server:
        ran = ansible((provider, server.url, ""))
    golden = json.loads((GOLDEN / f"{provider}.json").read_text())
    expected = {host["name"]: (host["variables"], sorted(host["groups"])) for host in golden}
    assert (ran.code, as_hosts(ran.inventory)) == (0, expected)
    assert {authorization for _, _, authorization in server.asked} == {f"Bearer {KEY}"}


FAILURES = {
    "/401": (stand_in.DENIED, "does not accept the API key (no such key: <redacted>). put a valid one into RUNPOD_API_KEY"),
    "/429": (stand_in.LIMITED, "has had too many questions from this key (HTTP 429) (rate limit exceeded). try again later"),
    "/500": (stand_in.BROKEN, "is out of order (HTTP 500) (traceback for Bearer <redacted>). try again later"),
    "/html": (
        stand_in.PAGE,
        "answers with a web page instead of JSON. look at `api_url`, and whether a proxy or a login page stands between",
    ),
    "/malformed": (stand_in.MALFORMED, "answers with broken JSON (line 2, column 2). try again later; look at `api_url`"),
    "/cut": (stand_in.CUT, "broke off in the middle of its answer. try again later"),
    "/slow": (stand_in.SLOW, "gave no whole answer within 0.5 s. try again later, or raise the inventory's `timeout`"),
    "/elsewhere": (
        Reply(302, headers={"Location": f"https://example.org/?key={KEY}"}),
        "sends elsewhere to <redacted> (HTTP 302). "
        "the key is not sent after it: if that address is right, make it the inventory's `api_url`",
    ),
}


def test_one_sentence_for_each_failure_and_no_key(ansible) -> None:
    with serving(lambda path, _: FAILURES[path.removesuffix("/pods")][0]) as server:
        ran = ansible(*(("runpod", f"{server.url}{path}", "timeout: 0.5\n") for path in FAILURES))
        addresses = [f"RunPod's API at {server.url}{path}" for path in FAILURES]
    sentences = [sentence for _, sentence in FAILURES.values()]
    assert ran.warnings == [f"{address} {sentence}" for address, sentence in zip(addresses, sentences, strict=True)]


def test_failures_of_vast(ansible) -> None:
    with serving([said({})]) as gone:
        pass
    with serving([said({"instances": [], "next_token": "a"})]) as server:
        ran = ansible(("vast", gone.url, ""), ("vast", server.url, ""), ("vast", "http://console.vast.ai", ""))
    assert ran.warnings == [
        f"Vast's API at {gone.url} cannot be reached: Connection refused. look at the network, a proxy and `api_url`",
        f"Vast's API at {server.url} goes round in a circle: page 2 leads back to an earlier one. try again later",
        "`api_url` would send the API key unencrypted to console.vast.ai. use https://",
    ]


def test_it_goes_on_after_429_and_500(ansible) -> None:
    with serving([stand_in.LIMITED, stand_in.BROKEN, said(stand_in.PODS)]) as server:
        ran = ansible(("runpod", server.url, "retries: 2\n"))
    assert (ran.code, len(server.asked), len(ran.variables)) == (0, 3, 15)


def test_no_machines(ansible) -> None:
    with serving([said({"pods": []})]) as server:
        ran = ansible(("runpod", server.url, ""), ANSIBLE_INVENTORY_ANY_UNPARSED_IS_FAILED="1")
    assert (ran.code, ran.variables, ran.warnings) == (0, {}, [])


def test_machines_of_one_name_at_two_providers_are_two_hosts(ansible) -> None:
    pod = {**stand_in.PODS["pods"][0], "name": "chat"}
    instance = {**stand_in.PAGES[0]["instances"][0], "label": "chat"}
    page = said({"instances": [instance], "next_token": None})
    with serving([said({"pods": [pod]})]) as pods, serving([page]) as instances:
        runpod, vast = ("runpod", pods.url, ""), ("vast", instances.url, "")
        ran = ansible(runpod, vast, runpod)  # a listing that is read twice holds the same machines
    renamed = f"chat-{instance['id']}"
    assert {name: found["rigprov_provider"] for name, found in ran.variables.items()} == {"chat": "runpod", renamed: "vast"}
    assert [ran.inventory[group]["hosts"] for group in ("runpod", "vast")] == [["chat"], [renamed]]
