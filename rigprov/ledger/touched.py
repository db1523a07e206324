"""What a module wrote, read from its result. Pure."""

from collections.abc import Mapping

from rigprov.ledger.declared import Thing

# They write nothing, or only what is declared by the role itself since nobody can tell from outside (`command`).
QUIET = frozenset({
    "assert", "command", "debug", "fail", "import_role", "import_tasks", "include_role", "include_tasks", "include_vars", "meta",
    "pause", "plan", "ledger", "reboot", "set_fact", "slurp", "stat", "validate_argument_spec", "wait_for", "wait_for_connection",
})  # fmt: skip
_PATHS = frozenset({"blockinfile", "copy", "file", "lineinfile", "template"})
_NAMES = {"apt": "package", "dpkg_selections": "package", "group": "group", "systemd_service": "unit", "user": "user"}
WATCHED = _PATHS | set(_NAMES)
_UNIT_KINDS = (".service", ".socket", ".path", ".timer", ".mount", ".target", ".slice", ".swap", ".automount")


def plain(action: str) -> str:
    """A module's name without its collection."""
    return action.rpartition(".")[2]


def touched(action: str, result: Mapping[str, object]) -> list[Thing]:
    """Things that one task wrote, or would have written had they not been as wanted already.

    Args:
        action: the module's name, with or without its collection.
        result: of one host; of a loop, with all its items.

    Raises:
        ValueError: a module that is not known here, so nobody knows what it wrote.
    """
    name = plain(action)
    items = result.get("results")
    if isinstance(items, list) and name != "apt":
        return [thing for item in items if isinstance(item, Mapping) for thing in touched(action, item)]
    if name in QUIET or result.get("skipped"):
        return []
    if name not in WATCHED:
        raise ValueError(f"the ledger does not know what the module {action} writes")
    given = _given(result)
    if name in _PATHS:
        path = result.get("dest") or result.get("path") or given.get("dest") or given.get("path")
        return [{"kind": "path", "name": str(path).rstrip("/")}] if path else []
    return [{"kind": _NAMES[name], "name": _name(name, each)} for each in _list(given.get("name"))]


def _given(result: Mapping[str, object]) -> Mapping[str, object]:
    invocation = result.get("invocation")
    arguments = invocation.get("module_args") if isinstance(invocation, Mapping) else None
    return arguments if isinstance(arguments, Mapping) else {}


def _list(value: object) -> list[str]:
    if isinstance(value, list | tuple):
        return [str(each) for each in value]
    return [str(value)] if value else []


def _name(action: str, name: str) -> str:
    if action == "apt":
        return name.partition("=")[0]
    return f"{name}.service" if action == "systemd_service" and not name.endswith(_UNIT_KINDS) else name
