"""Files of the controller that the user's values name: looked at before any host is touched."""

from collections.abc import Mapping
from pathlib import Path

from rigprov.errors import UsageError
from rigprov.model.paths import expanded

ENGINE = "llm_runtime_archive"
_HTTPS = "https://"


def settled(values: Mapping[str, object], where: str) -> dict[str, object]:
    """The same values with the path of a carried file made absolute.

    Args:
        values: by full variable name.
        where: what the user wrote them in, for messages.

    Raises:
        UsageError: the file is not there, cannot be read, or is not the one whose hash is given.
    """
    found = values.get(ENGINE)
    if not isinstance(found, str) or not found or found.startswith(_HTTPS):
        return dict(values)
    if "://" in found:
        raise UsageError(f"`llm_runtime.archive` in {where} is neither a file nor an https address: {found}")
    path = expanded(found).absolute()
    wanted = values.get(f"{ENGINE}_sha256")
    has = _sha256(path, where)
    if wanted and has != wanted:
        raise UsageError(
            f"`{path}` has sha256 {has}, and {where} gives {wanted}",
            hint="the file is another one, or was cut short: fetch it again, or correct the hash",
        )
    return {**values, ENGINE: str(path)}


def _sha256(path: Path, where: str) -> str:
    try:
        with path.open("rb") as file:
            from hashlib import file_digest  # OpenSSL's library comes with it

            return file_digest(file, "sha256").hexdigest()
    except OSError as error:
        raise UsageError(
            f"`llm_runtime.archive` in {where} names `{path}`, which cannot be read: {error.strerror}",
            hint="the file is one of this machine, from where it is carried to the hosts",
        ) from error
