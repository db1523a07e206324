"""Values of a listing, brought into a form that can do no harm.

Names and labels are free text, sometimes of other people of the same account: what comes out holds no template, no control
character, and nothing that a program could take for an option.
"""

import ipaddress
import math
import re
import unicodedata
from typing import Any

from rigprov.tiers import BUILT_IN

_LONGEST_TEXT = 120
_LONGEST_SLUG = 48
_LAST_PORT = 65535
_HOST_NAME = re.compile(r"(?=.{1,253}$)[A-Za-z0-9]([A-Za-z0-9-]*[A-Za-z0-9])?(\.[A-Za-z0-9]([A-Za-z0-9-]*[A-Za-z0-9])?)*")
_USER = re.compile(r"[a-z_][a-z0-9_-]{0,31}")
_TIER = re.compile(r"[a-z][a-z0-9_-]{0,31}")
_BUILT_IN = "|".join(tier.name for tier in BUILT_IN)
_TIER_IN_TEXT = re.compile(rf"(?:^|[^a-z0-9])tier[=:_-]({_BUILT_IN})(?![a-z0-9])")
_BRAND = re.compile(r"^(?:nvidia\s+)?(?:geforce\s+|tesla\s+)?", re.IGNORECASE)


def text(value: object) -> str | None:
    """One line without control characters and braces (Jinja would begin there); None where nothing is left."""
    if not isinstance(value, str):
        return None
    kept = "".join(" " if char.isspace() else char for char in value if char.isspace() or unicodedata.category(char)[0] != "C")
    line = " ".join(kept.translate({ord("{"): "(", ord("}"): ")"}).split())
    return line[:_LONGEST_TEXT].rstrip() or None


def slug(value: str | None, between: str) -> str:
    """Small letters and digits, words joined by `between`; empty where nothing is left."""
    plain = unicodedata.normalize("NFKD", value or "").encode("ascii", "ignore").decode().lower()
    return re.sub(r"[^a-z0-9]+", between, plain).strip(between)[:_LONGEST_SLUG].rstrip(between)


def identifier(value: object) -> str | None:
    """What the provider calls the machine, of letters, digits, `_` and `-`."""
    if isinstance(value, bool) or not isinstance(value, str | int):
        return None
    return str(value) if re.fullmatch(r"[A-Za-z0-9][A-Za-z0-9_-]{0,63}", str(value)) else None


def address(value: object) -> str | None:
    """An IP address or a host name that another machine can reach."""
    if not isinstance(value, str):
        return None
    found = value.strip()  # Vast's may end in a newline
    try:
        parsed = ipaddress.ip_address(found)
    except ValueError:
        return found if _HOST_NAME.fullmatch(found) and not re.fullmatch(r"[0-9.]+", found) else None
    # What stands behind the `%` of an IPv6 address is any text, and names an interface of the machine that says it.
    return None if parsed.is_unspecified or "%" in found else found


def port(value: object) -> int | None:
    """A TCP port, written as a number or as digits."""
    digits = str(value) if isinstance(value, int | str) and not isinstance(value, bool) else ""
    if not digits.isascii() or not digits.isdigit() or len(digits) > len(str(_LAST_PORT)):
        return None
    return int(digits) if 1 <= int(digits) <= _LAST_PORT else None


def user(value: object) -> str | None:
    """A login name."""
    return value if isinstance(value, str) and _USER.fullmatch(value) else None


def amount(value: object) -> float | None:
    """A finite number from 0 on."""
    if isinstance(value, bool) or not isinstance(value, int | float):
        return None
    try:
        found = float(value)
    except OverflowError:  # JSON's whole numbers have no end
        return None
    return found if math.isfinite(found) and found >= 0 else None


def count(value: object) -> int | None:
    """A whole number from 1 on."""
    return value if isinstance(value, int) and not isinstance(value, bool) and value > 0 else None


def gpu_name(value: object) -> str | None:
    """A GPU's name without its brand, so that both providers' names are the same."""
    name = text(value)
    return _BRAND.sub("", name) or None if name else None


def tier(setting: object, *texts: object) -> str | None:
    """The tier that the machine's owner means it to be.

    Args:
        setting: value of `RIGPROV_TIER` in the machine's environment: any tier's name. A tier of a file is no name: it would
            have whoever may write a label choose what Python runs on this side.
        texts: names and labels; in them `tier=starter` as a word of its own counts, of the tiers that come with rigprov.
    """
    if isinstance(setting, str) and _TIER.fullmatch(setting.strip()):
        return setting.strip()
    words = (_TIER_IN_TEXT.search(one.lower()) for one in texts if isinstance(one, str))
    return next((found[1] for found in words if found), None)


def mapping(value: Any) -> dict[str, Any]:
    """The value where it is an object, else an empty one: in a listing null stands for "not there"."""
    return value if isinstance(value, dict) else {}


def items(value: Any) -> list[Any]:
    """The value where it is a list, else an empty one."""
    return value if isinstance(value, list) else []
