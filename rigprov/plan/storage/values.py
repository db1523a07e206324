"""Values that the role `model_storage` refuses on any host, each with what it should be."""

import re
from collections.abc import Iterator, Mapping

from rigprov.model.plan import Blocker
from rigprov.plan import paths
from rigprov.plan.case import Case
from rigprov.plan.storage.place import Place

_NAMES = ("", "home", "root", "srv", "var", "usr", "etc", "opt", "mnt", "media", "tmp", "boot", "dev", "proc", "sys")
SYSTEM = tuple(f"/{name}" for name in _NAMES)  # they hold more than models
_FORMS: Mapping[str, tuple[str, str]] = {
    "model_storage_group": (r"[a-z_][a-z0-9_-]*", "the name of a group"),
    "model_storage_mount_options": (r"[A-Za-z0-9._=,:@/+-]+", "mount options with commas between"),
}


def wrong(case: Case, place: Place) -> Iterator[Blocker]:
    """One blocker for each."""
    if not (place.set_up and place.set_up.mount == place.path in SYSTEM):
        yield from _path(place.path)
    for name, (form, words) in _FORMS.items():
        value = case.wish(name)
        if value is not None and not re.fullmatch(form, str(value)):
            yield Blocker("storage-value", f"{name} must be {words}, not {value!r}", "change it, or leave it out")
    old = case.wish("model_storage_move_from")
    if old and (not paths.fit(str(old)) or old in SYSTEM):
        message = f"model_storage_move_from must be {paths.WORDS}, and hold models alone, not {old!r}"
        yield Blocker("storage-value", message, "name the directory with the models, or leave it out")
    if place.set_up and place.set_up.mount in SYSTEM:
        fix = "let it be a directory of its own, such as /srv/models"
        yield Blocker("disk-mount", f"the disk for models cannot be mounted on {place.set_up.mount}", fix)
    elif place.set_up and place.set_up.mount != place.path and not paths.fit(place.set_up.mount):
        message = f"the disk's mount point must be {paths.WORDS}, not {place.set_up.mount!r}"
        yield Blocker("disk-mount", message, "for example --set model_storage.mount=/srv/models")


def _path(path: str) -> Iterator[Blocker]:
    fix = "for example --set models.path=/srv/models"
    if not path.startswith("/") or path == "/":
        yield Blocker("models-path", f"the models' directory must be an absolute path below /, not {path}", fix)
    elif path in SYSTEM:
        yield Blocker("models-path", f"{path} holds more than models", fix)
    elif not paths.fit(path):
        yield Blocker("models-path", f"the models' directory must be {paths.WORDS}, not {path!r}", fix)
