"""Inventories as Ansible merges them."""

import json
from pathlib import Path

import pytest

from rigprov.facts import inventory_file
from rigprov.facts.inventory_file import Inventory

LISTED = {
    "_meta": {"hostvars": {"a": {"x": 1}}, "profile": "inventory_legacy"},
    "all": {"children": ["ungrouped", "gpus", "empty"]},
    "gpus": {"children": ["big"], "hosts": ["b"]},
    "big": {"hosts": ["a"]},
    "ungrouped": {"hosts": ["c"]},
}


def test_load(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(inventory_file, "_ansible", lambda *_, **__: json.dumps(LISTED))
    found = inventory_file.load(["a,"])
    groups = {"all": ("c", "b", "a"), "big": ("a",), "empty": (), "gpus": ("b", "a"), "ungrouped": ("c",)}
    assert found == Inventory(("a,",), {"a": {"x": 1}, "b": {}, "c": {}}, groups)
    assert (found.groups_of("a"), found.groups_of("c")) == (("big", "gpus"), ())


def test_collections_of_the_user_stay_and_rigprov_s_own_is_added(monkeypatch: pytest.MonkeyPatch, tmp_path: Path) -> None:
    monkeypatch.setenv("PYTHONPATH", "/mine")
    monkeypatch.setenv("ANSIBLE_COLLECTIONS_PATH", "/theirs")
    environment = inventory_file._environment(tmp_path / "bin", tmp_path / "collections")
    assert environment["PYTHONPATH"] == f"{tmp_path}/collections:/mine"
    assert environment["ANSIBLE_COLLECTIONS_PATH"] == "/theirs"
