"""What a role declares to manage: the variable `__ROLE_managed` in its vars/main.yml, with the role's values filled in. Pure."""

from collections.abc import Mapping

KINDS = {
    "paths": "path",  # files, directories, links; also what must not be there
    "big": "big",  # files too large to be read at each run
    "trees": "tree",  # everything below a directory; {path, seal}: a file in it without which the role makes it anew
    "blocks": "block",  # {path, marker}: lines of a file that others write as well
    "packages": "package",  # names; "=VERSION" is left off: what is installed counts
    "units": "unit",
    "locks": "lock",  # files that a program locks for as long as it runs, where there are no units
    "sysctls": "sysctl",
    "mounts": "mount",
    "swaps": "swap",
    "users": "user",
    "groups": "group",
    "members": "member",  # "user:group"
}
UNWATCHED = "unwatched"  # why the ledger cannot see all of it; "": it can

# What roles note for their rollback says how the host was before, which no role could bring about again; and apt's own lists.
_LEFT_OUT = ("/var/lib/rigprov/", "/var/lib/apt/lists/")

Thing = dict[str, str]


def things(managed: object) -> list[Thing]:
    """Everything that is declared, each once.

    Raises:
        ValueError: not a mapping of known kinds to lists of names.
    """
    if not isinstance(managed, Mapping) or set(managed) - {*KINDS, UNWATCHED}:
        raise ValueError(f"what a role manages is told as a mapping with the keys {', '.join(KINDS)}")
    found: dict[tuple[str, str], Thing] = {}
    for key, kind in KINDS.items():
        names = managed.get(key, [])
        if isinstance(names, str):
            raise ValueError(f"`{key}` is one text, not a list")  # noqa: TRY004 - a value, to whoever wrote it
        for each in names:
            thing = _thing(kind, each)
            found[thing["kind"], thing["name"]] = thing
    return list(found.values())


def unwatched(managed: object) -> str:
    """Why a role has to run each time; "" where the ledger sees all that it manages."""
    return str(managed.get(UNWATCHED) or "") if isinstance(managed, Mapping) else ""


def _thing(kind: str, each: object) -> Thing:
    if kind == "block" and isinstance(each, Mapping):
        return {"kind": kind, "name": str(each["path"]), "marker": str(each["marker"])}
    if kind == "tree" and isinstance(each, Mapping):
        return {"kind": kind, "name": str(each["path"]), "seal": str(each["seal"])}
    if not isinstance(each, str) or not each:
        raise ValueError(f"{each!r} is no name of a {kind}")
    return {"kind": kind, "name": each.partition("=")[0] if kind == "package" else str(each)}


def covered(thing: Thing, declared: list[Thing]) -> bool:
    """Whether what a module wrote is among the declared things."""
    kind, name = thing["kind"], thing["name"]
    names = {(each["kind"], each["name"]) for each in declared}
    if (kind, name) in names:
        return True
    if kind == "user":
        return any(each["kind"] == "member" and each["name"].startswith(f"{name}:") for each in declared)
    if kind != "path":
        return False
    fstab = name == "/etc/fstab" and any(each["kind"] in {"swap", "mount"} for each in declared)
    below = any(each["kind"] == "tree" and name.startswith(f"{each['name']}/") for each in declared)
    return fstab or below or ("big", name) in names or ("block", name) in names or name.startswith(_LEFT_OUT)
