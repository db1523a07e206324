"""Reading the user's Ansible inventories, by `ansible-inventory`, with errors that name file and line."""

import os
import subprocess
import sys
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from pathlib import Path
from typing import Any

from rigprov.catalog.content import collections_path
from rigprov.errors import UnreachableError, UsageError
from rigprov.facts import inventory_said
from rigprov.facts.scratch import scratch

UNREACHABLE = "RIGPROV_UNREACHABLE"  # environment: the file that a plugin of rigprov's makes where its provider does not answer
_TIMEOUT_S = 120  # a dynamic inventory may ask a cloud


@dataclass(frozen=True)
class Inventory:
    """Hosts with their variables, and groups with all their hosts (those of child groups included)."""

    sources: tuple[str, ...]
    hosts: Mapping[str, Mapping[str, Any]]
    groups: Mapping[str, tuple[str, ...]]

    def groups_of(self, host: str) -> tuple[str, ...]:
        """Groups that hold the host, sorted, without Ansible's own `all` and `ungrouped`."""
        return tuple(
            sorted(name for name, members in self.groups.items() if host in members and name not in {"all", "ungrouped"})
        )


def load(sources: Sequence[str]) -> Inventory:
    """Merge the inventories the way Ansible does.

    Raises:
        UsageError: a file is missing or cannot be parsed.
        UnreachableError: a provider's API does not answer, or is out of order.
    """
    for source in sources:
        _check(source)
    listed = _ansible("ansible-inventory", "--list", *_options(sources), sources=sources)
    tree = inventory_said.tree(listed)
    variables: dict[str, dict[str, Any]] = tree.pop("_meta", {}).get("hostvars", {})
    names = {"all", *tree, *(child for group in tree.values() for child in group.get("children", ()))}
    groups = {name: tuple(_members(tree, name)) for name in sorted(names)}
    hosts = {host: variables.get(host, {}) for members in groups.values() for host in members}
    return Inventory(tuple(sources), hosts, groups)


def match(pattern: str, sources: Sequence[str]) -> tuple[str, ...]:
    """Hosts that an Ansible host pattern (`web:!old`, `rig*`) selects, in inventory order."""
    listed = _ansible("ansible", pattern, "--list-hosts", *_options(sources), sources=sources)
    return tuple(line.strip() for line in listed.splitlines()[1:] if line.strip())


def _options(sources: Sequence[str]) -> list[str]:
    return [word for source in sources for word in ("-i", source)]


def _members(tree: Mapping[str, Any], name: str) -> dict[str, None]:
    """Ordered set of a group's hosts. Ansible has refused loops already."""
    group = tree.get(name, {})
    found = dict.fromkeys(group.get("hosts", ()))
    for child in group.get("children", ()):
        found |= _members(tree, child)
    return found


def _check(source: str) -> None:
    """Find the faults that Ansible reports badly (bad YAML) or not at all (a key that appears twice)."""
    if "," in source:  # Ansible's inline form: "host1,host2"
        return
    path = Path(source)
    if not source or not path.exists():
        raise UsageError(f"inventory `{source}` does not exist", hint="give the path of an Ansible inventory with `-i`")
    if not os.access(path, os.R_OK):
        raise UsageError(f"inventory `{source}` is not readable", hint="change its permissions")
    if path.is_file() and path.suffix in {".yml", ".yaml"}:
        _check_yaml(path)


def _check_yaml(path: Path) -> None:
    import yaml

    try:
        tree = yaml.compose(path.read_text(encoding="utf-8"), Loader=yaml.SafeLoader)
    except yaml.MarkedYAMLError as error:
        mark = error.problem_mark or error.context_mark
        line = mark.line + 1 if mark else 1
        raise UsageError(f"`{path}` line {line} is not valid YAML: {error.problem}", hint="mend that line") from None
    except RecursionError:
        raise UsageError(f"`{path}` is nested too deep", hint="give a file that Ansible takes") from None
    except (yaml.YAMLError, UnicodeDecodeError) as error:
        raise UsageError(f"`{path}` is not valid YAML: {str(error).splitlines()[0]}", hint="save it as UTF-8 text") from None
    if tree is None:
        raise UsageError(f"inventory `{path}` is empty", hint="name at least one host in it")
    no_key_twice(tree, str(path))


def no_key_twice(tree: Any, where: str) -> None:
    """Ansible, and YAML for Python, take the last of two keys of one name and say nothing.

    Raises:
        UsageError: a mapping of this composed YAML holds a key twice.
    """
    import yaml

    # Each node once: an alias can lead to one that holds itself.
    waiting, known = [tree], {id(tree)}
    while waiting:
        node = waiting.pop()
        children: list[Any] = list(node.value) if isinstance(node, yaml.SequenceNode) else []
        if isinstance(node, yaml.MappingNode):
            children = [value for _, value in node.value]
            _keys_once(node, where)
        fresh = [child for child in children if id(child) not in known]
        known.update(map(id, fresh))
        waiting += reversed(fresh)


def _keys_once(node: Any, where: str) -> None:
    seen: set[str] = set()
    for key in (key for key, _ in node.value if isinstance(key.value, str)):
        if key.value in seen:
            line = key.start_mark.line + 1
            raise UsageError(f"`{where}` line {line}: `{key.value}` appears twice", hint="keep one; else the last would be taken")
        seen.add(key.value)


def _ansible(tool: str, *arguments: str, sources: Sequence[str]) -> str:
    bin_dir = Path(sys.executable).parent  # under pipx the tools are beside Python, not on PATH
    beside = bin_dir / tool
    command = [str(beside) if beside.exists() else tool, *arguments]
    try:
        with scratch("inventory") as made:
            away = made / "unreachable"
            done = subprocess.run(  # noqa: S603  (no shell; the words are the user's own inventory paths)
                command, env=_environment(bin_dir, collections_path(made)) | {UNREACHABLE: str(away)},
                capture_output=True, text=True, timeout=_TIMEOUT_S, check=False, stdin=subprocess.DEVNULL,
            )  # fmt: skip
            kind = UnreachableError if away.exists() else UsageError
    except FileNotFoundError:
        raise UsageError(f"`{tool}` is not installed", hint="install `ansible-core` beside rigprov") from None
    except subprocess.TimeoutExpired:
        raise UsageError(
            f"inventory {_names(sources)} gave no answer within {_TIMEOUT_S} s", hint="try `ansible-inventory --list`"
        ) from None
    if done.returncode != 0:
        reason, hint = inventory_said.cause(done.stderr)
        raise kind(f"inventory {_names(sources)} cannot be read: {reason}", hint=hint or "try `ansible-inventory --list`")
    return done.stdout


def _environment(bin_dir: Path, collections: Path) -> dict[str, str]:
    # Ansible finds collections along Python's path too. Its own setting stays the user's, for the collections that are there.
    python_path = [str(collections), *filter(None, [os.environ.get("PYTHONPATH")])]
    return os.environ | {
        "PATH": f"{bin_dir}{os.pathsep}{os.environ.get('PATH', os.defpath)}",
        "PYTHONPATH": os.pathsep.join(python_path),
        "ANSIBLE_INVENTORY_ANY_UNPARSED_IS_FAILED": "true",
        "ANSIBLE_NOCOLOR": "1",
        "ANSIBLE_FORCE_COLOR": "0",
        # Either would put other lines before the listing.
        "ANSIBLE_VERBOSITY": "0",
        "ANSIBLE_DEBUG": "0",
    }


def _names(sources: Sequence[str]) -> str:
    return ", ".join(f"`{source}`" for source in sources)
