"""The client against servers that behave badly."""

import socket
from datetime import UTC, datetime, timedelta
from email.utils import format_datetime

import pytest

from rigprov.cloud.access import Api
from rigprov.cloud.client import Client
from rigprov.errors import RigprovError, UnreachableError, UsageError
from tests.unit.cloud import api as stand_in
from tests.unit.cloud.api import KEY, Reply, said, serving

pytestmark = pytest.mark.process


class Waits(list[float]):
    """Stands in for `sleep`."""

    def __call__(self, seconds: float) -> None:
        self.append(seconds)


def client(url: str, **changes):
    told = Api("RunPod", url, KEY, needs="read access to pods", key="RUNPOD_API_KEY")
    return Client(told, **{"timeout_s": 20, "sleep": Waits(), **changes})


def failure(replies, **changes) -> tuple[RigprovError, str, list[float], int]:
    """The error, its whole text with the server's address as URL, the waits, and how often it was asked."""
    with serving(replies) as server:
        asking = client(server.url, **changes)
        with pytest.raises(RigprovError) as caught:
            asking.get("/pods")
        text = f"{caught.value} | {caught.value.hint}".replace(server.url, "URL")
        return caught.value, text, list(asking.sleep), len(server.asked)


def test_the_key_goes_into_the_header_and_nowhere_else() -> None:
    with serving([said({"pods": []})]) as server:
        assert client(server.url).get("/pods", {"a": "b c"}) == {"pods": []}
    assert server.asked == [("/pods", {"a": "b c"}, f"Bearer {KEY}")]


@pytest.mark.parametrize(
    ("reply", "kind", "times", "text"),
    [
        (
            stand_in.DENIED,
            UsageError,
            1,
            "does not accept the API key (no such key: <redacted>) | put a valid one into RUNPOD_API_KEY",
        ),
        (
            stand_in.FORBIDDEN,
            UsageError,
            1,
            "does not let this API key list machines (access denied) | give the key read access to pods",
        ),
        (said({}, 404), UsageError, 1, "knows no listing of machines (HTTP 404) | look at `api_url`"),
        (said({"msg": "x"}, 400), UsageError, 1, "does not take the question (HTTP 400) (x) | look at `api_url`"),
        (stand_in.BROKEN, UnreachableError, 4, "is out of order (HTTP 500) (traceback for Bearer <redacted>) | try again later"),
        (
            stand_in.PAGE,
            UsageError,
            1,
            "answers with a web page instead of JSON | look at `api_url`, and whether a proxy or a login page stands between",
        ),
        (
            stand_in.MALFORMED,
            UsageError,
            1,
            "answers with broken JSON (line 2, column 2) | try again later; look at `api_url`",
        ),
        (Reply(body=b'"\xff"'), UsageError, 1, "answers with something that is not JSON | look at `api_url`"),
        (stand_in.CUT, UnreachableError, 4, "broke off in the middle of its answer | try again later"),
        (
            stand_in.SLOW,
            UnreachableError,
            2,
            "gave no whole answer within 0.5 s | try again later, or raise the inventory's `timeout`",
        ),
        (
            stand_in.DRIPPING,
            UnreachableError,
            2,
            "gave no whole answer within 0.5 s | try again later, or raise the inventory's `timeout`",
        ),
    ],
    ids=["401", "403", "404", "400", "500", "html", "malformed", "bytes", "cut", "slow", "dripping"],
)
def test_one_sentence_for_each_failure(reply: Reply, kind: type[RigprovError], times: int, text: str) -> None:
    retries = times - 1 if times > 1 else 3
    error, whole, waits, asked = failure([reply], retries=retries, timeout_s=0.5 if "0.5 s" in text else 20)
    assert whole == f"RunPod's API at URL {text}"
    assert (type(error), asked, len(waits)) == (kind, times, times - 1)
    assert KEY not in whole
    assert KEY[:8] not in whole


def test_a_redirect_is_not_followed_with_the_key() -> None:
    with serving([said({"pods": []})]) as other:
        _, whole, _, asked = failure([Reply(302, headers={"Location": f"{other.url}/v2/pods"})])
    assert asked == 1
    assert other.asked == []
    assert whole.startswith("RunPod's API at URL sends elsewhere to http://127.0.0.1:")


def test_nobody_listens() -> None:
    with socket.socket() as free:
        free.bind(("127.0.0.1", 0))
        port = free.getsockname()[1]
    asking = client(f"http://127.0.0.1:{port}", retries=2)
    with pytest.raises(UnreachableError, match=r"cannot be reached: Connection refused$"):
        asking.get("/pods")
    assert len(asking.sleep) == 2


def test_it_goes_on_after_500_and_after_a_cut_answer() -> None:
    with serving([stand_in.BROKEN, stand_in.CUT, said({"pods": [1]})]) as server:
        assert client(server.url).get("/pods") == {"pods": [1]}
    assert len(server.asked) == 3


def test_a_length_that_is_no_number_is_not_believed() -> None:
    with serving([Reply(body=b'{"pods": []}', headers={"Content-Length": "\xb2"})]) as server:
        assert client(server.url).get("/pods") == {"pods": []}


def test_waits_grow() -> None:
    _, _, waits, _ = failure([stand_in.BROKEN], retries=4)
    assert [low <= wait <= 2 * low for low, wait in zip((0.5, 1, 2, 4), waits, strict=True)] == [True] * 4


def test_429_waits_as_long_as_it_is_told_to() -> None:
    soon = format_datetime(datetime.now(UTC) + timedelta(seconds=30), usegmt=True)
    by_date = said({}, 429, Retry_After=soon)
    with serving([stand_in.LIMITED, by_date, said({"pods": []})]) as server:
        asking = client(server.url)
        asking.get("/pods")
    first, second = asking.sleep
    assert first == 1
    assert 27 < second <= 30


def test_429_that_asks_for_too_long_ends_at_once() -> None:
    error, whole, waits, asked = failure([said({}, 429, Retry_After="3600")])
    assert whole == "RunPod's API at URL asks to wait 3600 s, and 100 s are left | try again then"
    assert (type(error), waits, asked) == (UnreachableError, [], 1)


def test_a_wait_that_nobody_waits_is_told_without_its_length() -> None:
    _, whole, waits, _ = failure([said({}, 429, Retry_After="9" * 400)])
    assert (whole, waits) == ("RunPod's API at URL asks to wait for more than a day, and 100 s are left | try again then", [])


def test_a_proxy_that_is_no_address(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("https_proxy", "http://")
    with pytest.raises(UnreachableError, match=r"cannot be reached: no host given$"):
        client("https://api.example.com", retries=0).get("/pods")


def test_429_for_ever() -> None:
    _, whole, waits, _ = failure([stand_in.LIMITED])
    expected = "has had too many questions from this key (HTTP 429) (rate limit exceeded) | try again later"
    assert whole == f"RunPod's API at URL {expected}"
    assert waits == [1, 1, 1]


def test_the_whole_listing_has_a_budget() -> None:
    now = [0.0]
    with serving([said({})]) as server:
        asking = client(server.url, clock=lambda: now[0])
        asking.get("/pods")
        now[0] = 101
        with pytest.raises(UnreachableError, match=r"took longer than 100 s for the listing$"):
            asking.get("/pods")
    assert len(server.asked) == 1


def test_the_key_does_not_go_through_a_proxy_on_its_way_to_this_machine(monkeypatch: pytest.MonkeyPatch) -> None:
    with serving([said({"proxy": True})]) as proxy, serving([said({"pods": []})]) as server:
        monkeypatch.setenv("http_proxy", proxy.url)
        assert client(server.url).get("/pods") == {"pods": []}
    assert proxy.asked == []


def test_the_key_is_in_no_representation() -> None:
    assert KEY not in repr(client("http://127.0.0.1"))
