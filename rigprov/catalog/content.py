"""Where the roles and playbooks lie: in the wheel, or in the checkout this package is imported from."""

from pathlib import Path

PACKAGE = Path(__file__).resolve().parent.parent
NAMESPACE, NAME = "rigprov", "workstation"
_SHIPPED = PACKAGE / "_collections"


def content_root() -> Path:
    """Directory that holds `roles/` and `playbooks/`."""
    if _SHIPPED.is_dir():
        return _SHIPPED / "ansible_collections" / NAMESPACE / NAME
    return PACKAGE.parent


def collections_path(run: Path) -> Path:
    """A directory fit for `ANSIBLE_COLLECTIONS_PATH` in which `rigprov.workstation` is found.

    The wheel carries one. A checkout gets one in `run`, a directory of the run's own, with a link to the checkout's root, so
    that roles are edited in place.
    """
    if _SHIPPED.is_dir():
        return _SHIPPED
    parent = run / "collections/ansible_collections" / NAMESPACE
    parent.mkdir(parents=True)
    (parent / NAME).symlink_to(PACKAGE.parent, target_is_directory=True)
    return run / "collections"
