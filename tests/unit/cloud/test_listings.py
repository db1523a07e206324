"""From a provider's listing to the hosts of an inventory."""

import json
from pathlib import Path
from typing import Any

import pytest

from rigprov.cloud import runpod, vast
from rigprov.cloud.access import Api
from rigprov.cloud.client import Client
from rigprov.cloud.inventory import hosts
from rigprov.cloud.listing import PAGES, every_page, of_runpod, of_vast
from rigprov.cloud.machine import Endpoint, Machine
from rigprov.errors import UnreachableError, UsageError
from tests.unit.cloud import api as stand_in
from tests.unit.cloud.api import KEY, paged, said, serving

GOLDEN = Path(__file__).with_name("golden")


def client(url: str) -> Client:
    return Client(Api("Vast", url, KEY, needs="", key="VAST_API_KEY"))


def golden(name: str) -> Any:
    return json.loads((GOLDEN / f"{name}.json").read_text())


def test_runpod() -> None:
    with serving([said(stand_in.PODS)]) as server:
        found = of_runpod(client(server.url))
    assert hosts(found) == golden("runpod")
    assert [path for path, _, _ in server.asked] == ["/pods"]


def test_vast_three_pages() -> None:
    with serving(paged(stand_in.PAGES)) as server:
        found = of_vast(client(server.url))
    assert hosts(found) == golden("vast")
    tokens = [query.get("after_token") for _, query, _ in server.asked]
    assert tokens == [None, *(page["next_token"] for page in stand_in.PAGES[:-1])]
    assert {query["limit"] for _, query, _ in server.asked} == {"25"}


@pytest.mark.parametrize("name", ["runpod", "vast"])
def test_what_a_machine_s_environment_holds_does_not_come_out(name: str) -> None:
    text = (GOLDEN / f"{name}.json").read_text()
    fixture = (GOLDEN.parents[2] / f"fixtures/cloud/{name}.json").read_text()
    secrets = ("secretOf", "jupyter_token", "ssh.runpod.io", "{{", "{%", "tier.py")
    assert [word for word in secrets if word in text] == []
    assert "secretOf" in fixture


@pytest.mark.parametrize("name", ["runpod", "vast"])
def test_only_ready_machines_are_in_groups_that_are_worked_on(name: str) -> None:
    for host in golden(name):
        waiting = "rigprov_not_ready" in host["variables"]
        assert waiting == (host["groups"][0] != name)
        assert waiting == host["variables"]["ansible_host"].endswith(".invalid")
        assert len(host["groups"]) == 1 or not waiting


def test_vast_through_the_proxy_first() -> None:
    machines, _ = vast.parse(stand_in.PAGES[0], "proxy")
    assert [machine.ssh for machine in machines] == [Endpoint("ssh123.vast.ai", 10600)] * 3


@pytest.mark.parametrize("document", [[], {}, {"pods": {}}, {"message": "x"}, None, "pods", 7])
def test_no_listing_of_pods(document: object) -> None:
    with pytest.raises(UsageError, match="RunPod's answer holds no list `pods`"):
        runpod.parse(document)


@pytest.mark.parametrize("document", [[], {}, {"instances": {}}, None])
def test_no_listing_of_instances(document: object) -> None:
    with pytest.raises(UsageError, match="Vast's answer holds no list `instances`"):
        vast.parse(document)


@pytest.mark.parametrize("row", [None, 7, "x", [], {}, {"id": None}, {"id": True}, {"id": "a b"}, {"id": {"x": 1}}])
def test_a_row_without_an_id_is_no_machine(row: object) -> None:
    assert runpod.parse({"pods": [row]}) == ()
    assert vast.parse({"instances": [row]}) == ((), None)


@pytest.mark.parametrize("wrong", [7, "x", [7], {"x": 7}, [["a"]], True])
def test_fields_of_another_type_than_documented_are_not_there(wrong: Any) -> None:
    """A machine of which only the id can be read is still told of, and is not worked on."""
    fields = {key: wrong for key in stand_in.PODS["pods"][0] if key not in {"id", "status"}}
    (pod,) = runpod.parse({"pods": [{**fields, "id": "a1", "status": "RUNNING"}]})
    assert (pod.ssh, pod.gpu_count, pod.readiness) == (None, None, "unreachable")
    fields = {key: wrong for key in stand_in.PAGES[0]["instances"][0] if key not in {"id", "actual_status"}}
    ((instance,), _) = vast.parse({"instances": [{**fields, "id": 1, "actual_status": "running"}]})
    assert (instance.ssh, instance.readiness) == (None, "unreachable")


def test_500_machines_in_20_pages_are_500_hosts() -> None:
    row = stand_in.PAGES[0]["instances"][0]
    rows = [{**row, "id": number, "ports": {"22/tcp": [{"HostPort": str(20000 + number)}]}} for number in range(500)]
    pages = [{"instances": rows[at : at + 25], "next_token": f"t{at}" if at < 475 else None} for at in range(0, 500, 25)]
    with serving(paged(pages)) as server:
        found = hosts(of_vast(client(server.url)))
    assert (len(found), len({host["name"] for host in found}), len(server.asked)) == (500, 500, 20)


def test_no_machines() -> None:
    with serving([said({"instances": [], "next_token": None})]) as server:
        assert hosts(of_vast(client(server.url))) == []


def test_pages_that_go_round() -> None:
    with (
        serving(
            lambda _, query: said({"instances": [], "next_token": {None: "a", "a": "b"}.get(query.get("after_token"), "a")})
        ) as server,
        pytest.raises(UnreachableError) as caught,
    ):
        of_vast(client(server.url))
    assert str(caught.value).endswith("goes round in a circle: page 3 leads back to an earlier one")
    assert len(server.asked) == 3


def test_pages_that_do_not_end() -> None:
    def page(token: str | None) -> tuple[tuple[Machine, ...], str | None]:
        return (), f"{token}x"

    with pytest.raises(UnreachableError, match=rf"Vast has more than {PAGES} pages"):
        every_page(page, "Vast")


def test_a_token_that_is_no_text() -> None:
    with pytest.raises(UsageError, match="names its next page by something that is no text"):
        vast.parse({"instances": [], "next_token": {"a": 1}})
