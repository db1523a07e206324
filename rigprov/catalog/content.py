"""Where the roles and playbooks lie: in the wheel, or in the checkout this package is imported from."""

import tempfile
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path

PACKAGE = Path(__file__).resolve().parent.parent
NAMESPACE, NAME = "rigprov", "workstation"
_SHIPPED = PACKAGE / "_collections"


def content_root() -> Path:
    """Directory that holds `roles/` and `playbooks/`."""
    if _SHIPPED.is_dir():
        return _SHIPPED / "ansible_collections" / NAMESPACE / NAME
    return PACKAGE.parent


@contextmanager
def collections_path() -> Iterator[Path]:
    """A directory fit for `ANSIBLE_COLLECTIONS_PATH` in which `rigprov.workstation` is found.

    The wheel carries one. A checkout gets a temporary one with a link to its root, so that roles are edited in place.
    """
    if _SHIPPED.is_dir():
        yield _SHIPPED
        return
    with tempfile.TemporaryDirectory(prefix="rigprov-collections-") as made:
        parent = Path(made, "ansible_collections", NAMESPACE)
        parent.mkdir(parents=True)
        (parent / NAME).symlink_to(PACKAGE.parent, target_is_directory=True)
        yield Path(made)
