"""What went wrong when an API was asked, in one sentence with the way out. No sentence ever holds the key."""

import http.client
import json
import re
import ssl
import unicodedata
from http import HTTPStatus
from typing import Any

from rigprov.cloud.access import Api
from rigprov.cloud.retry import worth_another
from rigprov.errors import RigprovError, UnreachableError, UsageError

_LONGEST_DETAIL = 160
_SHORTEST_SECRET = 4
_DAY_S = 86400
_SHOWN_OF_IT = 8  # characters that a server may show of a key it does not like


# HTTP status -> what the API does (after "<name>'s API at <address>"), and the way out.
_REFUSALS: dict[int, tuple[str, str]] = {
    HTTPStatus.UNAUTHORIZED: ("does not accept the API key", "put a valid one into {key}"),
    HTTPStatus.FORBIDDEN: ("does not let this API key list machines", "give the key {needs}"),
    HTTPStatus.NOT_FOUND: ("knows no listing of machines (HTTP 404)", "look at `api_url`"),
    HTTPStatus.GONE: ("has no such listing any more (HTTP 410)", "look at `api_url`, and for a newer rigprov"),
    HTTPStatus.TOO_MANY_REQUESTS: ("has had too many questions from this key (HTTP 429)", "try again later"),
}


def of_status(api: Api, status: int, body: bytes, location: str | None = None) -> RigprovError:
    """An HTTP answer that is no listing."""
    said = f" ({detail})" if (detail := _detail(api, body)) else ""
    where = f"{api.name}'s API at {api.address}"
    if HTTPStatus.MULTIPLE_CHOICES <= status < HTTPStatus.BAD_REQUEST:
        to = f" to {_clean(api, location)}" if location else ""
        hint = "the key is not sent after it: if that address is right, make it the inventory's `api_url`"
        return UsageError(f"{where} sends elsewhere{to} (HTTP {status})", hint=hint)
    if worth_another(status):
        fault, hint = _REFUSALS.get(status, (f"is out of order (HTTP {status})", "try again later"))
        return UnreachableError(f"{where} {fault}{said}", hint=hint)
    fault, hint = _REFUSALS.get(status, (f"does not take the question (HTTP {status})", "look at `api_url`"))
    return UsageError(f"{where} {fault}{said}", hint=hint.format(key=api.key, needs=api.needs))


def of_network(api: Api, error: Exception, timeout_s: float) -> UnreachableError:
    """No answer at all, or half of one."""
    reason = getattr(error, "reason", error)
    where = f"{api.name}'s API at {api.address}"
    if isinstance(reason, TimeoutError):
        return UnreachableError(
            f"{where} gave no whole answer within {timeout_s:g} s", hint="try again later, or raise the inventory's `timeout`"
        )
    if isinstance(reason, ssl.SSLError):
        said = _clean(api, reason.reason or str(reason)).replace("_", " ").lower()
        return UnreachableError(f"the connection to {where} is not secure: {said}", hint="look at the clock and at `api_url`")
    if isinstance(reason, http.client.IncompleteRead):
        return UnreachableError(f"{where} broke off in the middle of its answer", hint="try again later")
    said = _clean(api, reason if isinstance(reason, str) else getattr(reason, "strerror", None) or type(reason).__name__)
    return UnreachableError(f"{where} cannot be reached: {said}", hint="look at the network, a proxy and `api_url`")


def too_long(api: Api, wanted_s: float, left_s: float) -> UnreachableError:
    """It asks to wait for longer than anybody does."""
    wanted = f"{wanted_s:.0f} s" if wanted_s < _DAY_S else "for more than a day"
    return UnreachableError(
        f"{api.name}'s API at {api.address} asks to wait {wanted}, and {max(0.0, left_s):.0f} s are left",
        hint="try again then",
    )


def decoded(api: Api, body: bytes, kind: str) -> Any:
    """The JSON document in `body`; `kind` is its Content-Type.

    Raises:
        UsageError: it is something else.
    """
    where = f"{api.name}'s API at {api.address}"
    if "html" in kind.lower() or body.lstrip()[:1] == b"<":
        hint = "look at `api_url`, and whether a proxy or a login page stands between"
        raise UsageError(f"{where} answers with a web page instead of JSON", hint=hint)
    try:
        return json.loads(body)
    except json.JSONDecodeError as error:
        place = f"line {error.lineno}, column {error.colno}"
        raise UsageError(f"{where} answers with broken JSON ({place})", hint="try again later; look at `api_url`") from None
    except (UnicodeDecodeError, RecursionError, ValueError):
        raise UsageError(f"{where} answers with something that is not JSON", hint="look at `api_url`") from None


def _detail(api: Api, body: bytes) -> str:
    """What a JSON error says of itself: RFC 9457's `detail` (RunPod), `msg` (Vast)."""
    try:
        document = json.loads(body)
    except (ValueError, RecursionError):
        return ""
    found = document if isinstance(document, dict) else {}
    return next(
        (_clean(api, said) for key in ("detail", "msg", "message", "error") if isinstance(said := found.get(key), str)), ""
    )


def _clean(api: Api, text: object) -> str:
    """One short line without the key (servers repeat it) and without control characters (a terminal obeys them)."""
    if len(api.token) < _SHORTEST_SECRET:  # not to be told from other text, so nothing is shown
        return "no details"
    # A server may repeat the key, or only its beginning or its end.
    ends = f"{re.escape(api.token[:_SHOWN_OF_IT])}|{re.escape(api.token[-_SHOWN_OF_IT:])}"
    said = re.sub(rf"\S*(?:{ends})\S*", "<redacted>", str(text))
    line = " ".join("".join(char if unicodedata.category(char)[0] != "C" else " " for char in said).split())
    return line[:_LONGEST_DETAIL].rstrip(" .")
