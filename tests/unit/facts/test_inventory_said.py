"""What `ansible-inventory` prints, and what it says when it fails."""

import json

import pytest

from rigprov.facts.inventory_said import cause, tree

NO_PLUGIN = (
    "[WARNING]: Failed to parse inventory with 'auto' plugin: no root 'plugin' key found, '/h' is not a valid YAML inventory\n"
)
PLUGIN = (
    "[WARNING]: Failed to parse inventory with 'auto' plugin: {}\n[WARNING]: Failed to parse inventory with 'ini' plugin: x\n"
)
AFTER = "Failed to parse inventory: Invalid host pattern 'plugin:' supplied\nOrigin: /h/runpod.yml:3\n[ERROR]: all failed\n"
NO_LIST = (
    '[WARNING]: Failed to parse inventory with \'yaml\' plugin: Invalid "hosts" entry for "all" group, requires a dictionary, '
    "found \"<class 'ansible.module_utils._internal._datatag._AnsibleTaggedList'>\" instead.\n"
)
UNKNOWN = "inventory config '/h/aws_ec2.yml' specifies unknown plugin 'amazon.aws.aws_ec2'"


@pytest.mark.parametrize(
    ("stderr", "expected"),
    [
        (
            "[WARNING]: x\nFailed to parse inventory: not enough values\nOrigin: /h/hosts:3\n[ERROR]: all failed\n",
            ("not enough values (/h/hosts:3)", None),
        ),
        (
            "[ERROR]: Completely failed to parse inventory source /h/x\n",
            ("Completely failed to parse inventory source /h/x", None),
        ),
        ("something else\n", ("something else", None)),
        ("", ("no reason given", None)),
        (NO_PLUGIN + AFTER, ("Invalid host pattern 'plugin:' supplied (/h/runpod.yml:3)", None)),
        (PLUGIN.format("the API is down. try again later") + AFTER, ("the API is down", "try again later")),
        (PLUGIN.format("it says no (Bad key. See z.). mend it") + AFTER, ("it says no (Bad key. See z.)", "mend it")),
        (NO_PLUGIN + NO_LIST + AFTER, ('Invalid "hosts" entry for "all" group, requires a dictionary, found list instead', None)),
        (PLUGIN.format("https://a.b/v1.2 is down.") + AFTER, ("https://a.b/v1.2 is down", None)),
        (
            PLUGIN.format(UNKNOWN) + AFTER,
            (UNKNOWN, "`ansible-galaxy collection install amazon.aws` beside rigprov's Ansible"),
        ),
    ],
)
def test_cause(stderr: str, expected: tuple[str, str | None]) -> None:
    assert cause(stderr) == expected


def unsafe(text: str) -> dict[str, str]:
    return {"__ansible_unsafe": text}


@pytest.mark.parametrize(
    ("value", "read"),
    [
        (unsafe("203.0.113.7"), "203.0.113.7"),
        ([unsafe("a"), {"b": unsafe("c")}], ["a", {"b": "c"}]),
        (unsafe("a {b} }} #}"), "a {b} }} #}"),
        (unsafe("{{ lookup('pipe', 'id') }}"), unsafe("{{ lookup('pipe', 'id') }}")),
        (unsafe("{% set x = 1 %}"), unsafe("{% set x = 1 %}")),
        (unsafe("{# x #}"), unsafe("{# x #}")),
        ({**unsafe("a"), "b": 1}, {**unsafe("a"), "b": 1}),
        ("{{ ansible_playbook_python }}", "{{ ansible_playbook_python }}"),  # the user's own
    ],
)
def test_text_from_elsewhere_stays_text(value: object, read: object) -> None:
    assert tree(json.dumps({"_meta": {"hostvars": {"h": {"x": value}}}})) == {"_meta": {"hostvars": {"h": {"x": read}}}}
