"""What `ansible-inventory` says: the tree that it prints, and why it could not. Pure."""

import json
import re
from typing import Any

_UNSAFE = "__ansible_unsafe"
_TEMPLATE = re.compile(r"\{[{%#]")
_PLUGIN = re.compile(r"^\[WARNING\]: Failed to parse inventory with 'auto' plugin: (.+)$", re.MULTILINE)
_YAML = re.compile(r"^\[WARNING\]: Failed to parse inventory with 'yaml' plugin: (.+)$", re.MULTILINE)
_TAGGED = re.compile(r"""["']*<class '[\w.]*?(?:_AnsibleTagged)?(\w+)'>["']*""")
_UNKNOWN_PLUGIN = re.compile(r"specifies unknown plugin '(\w+\.\w+)\.\w+'")


def tree(printed: str) -> dict[str, Any]:
    """The inventory that `--list` printed.

    Ansible marks text that came from elsewhere (a provider's listing) as no template. Plain words lose the mark; what looks like
    a template keeps it, in the form in which Ansible knows it again: nobody's label may run here.
    """
    found: dict[str, Any] = json.loads(printed, object_hook=_plain)
    return found


def _plain(node: dict[str, Any]) -> Any:
    if list(node) == [_UNSAFE] and not _TEMPLATE.search(str(node[_UNSAFE])):
        return node[_UNSAFE]
    return node


def cause(stderr: str) -> tuple[str, str | None]:
    """The most telling sentence, and the way out where it is known.

    A file that names an inventory plugin is that plugin's, and one of YAML is YAML's: what the others, tried after it, say of the
    file means nothing.
    """
    plugin = _PLUGIN.search(stderr)
    if plugin and "no root 'plugin' key" not in plugin[1]:
        if unknown := _UNKNOWN_PLUGIN.search(plugin[1]):
            return plugin[1], f"`ansible-galaxy collection install {unknown[1]}` beside rigprov's Ansible"
        # The last one ends the sentence: before it, a provider's own words may hold several.
        sentence, end, hint = plugin[1].rpartition(". ")
        return (sentence, hint.rstrip(".") or None) if end else (hint.rstrip("."), None)
    if told := _YAML.search(stderr):
        return _TAGGED.sub(lambda found: found[1].lower(), told[1]).rstrip("."), None
    origin = re.search(r"^Origin: (\S+:\d+)", stderr, re.MULTILINE)
    reasons = re.findall(r"^(?:Failed to parse inventory: |\[ERROR\]: )(.+)$", stderr, re.MULTILINE)
    reason = reasons[0] if reasons else (stderr.strip().splitlines() or ["no reason given"])[-1]
    return f"{reason} ({origin[1]})" if origin else reason, None
