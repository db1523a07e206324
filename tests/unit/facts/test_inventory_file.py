"""What `ansible-inventory` prints, and what it says when it fails."""

import json

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


@pytest.mark.parametrize(
    ("stderr", "cause"),
    [
        (
            "[WARNING]: x\nFailed to parse inventory: not enough values\nOrigin: /h/hosts:3\n[ERROR]: all failed\n",
            "not enough values (/h/hosts:3)",
        ),
        ("[ERROR]: Completely failed to parse inventory source /h/x\n", "Completely failed to parse inventory source /h/x"),
        ("something else\n", "something else"),
        ("", "no reason given"),
    ],
)
def test_cause(stderr: str, cause: str) -> None:
    assert inventory_file._cause(stderr) == cause
