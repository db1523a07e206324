"""Role models on a live machine: from a package index, and from a server that misbehaves."""

import hashlib
import json
import time
from collections.abc import Iterator
from pathlib import Path
from typing import Any

import pytest

from rigprov.catalog.models import MODELS, wanted
from tests.live.model_server import MODEL, TOKEN, ModelServer
from tests.live.play import apply, cut, out, rollback, start, state
from tests.targets import Target

pytestmark = pytest.mark.live
ROLE = ["models"]
FILE = "/srv/models/test.gguf"
LITTLE: dict[str, Any] = {"models_min_free_mib": 16, "models_retries": 2}
SMALL = wanted(MODELS["smollm2-135m"])
DIGEST = hashlib.sha256(MODEL).hexdigest()


@pytest.fixture(scope="module")
def server(module_target: Target, tmp_path_factory: pytest.TempPathFactory) -> Iterator[ModelServer]:
    gateway = out(module_target, "ip route show default").split()[2]
    made = ModelServer(gateway, tmp_path_factory.mktemp("tls"))
    made.be_trusted_by(module_target)
    yield made
    made.close()


@pytest.fixture
def host(module_target: Target) -> Target:
    out(module_target, "sudo rm -rf /srv/models")
    return module_target


def left(host: Target) -> str:
    return out(host, "sudo ls -A /srv/models")


def digest(host: Target) -> str:
    return out(host, f"sha256sum {FILE}").split()[0]


def wait_for_part(host: Target, process: object) -> None:
    """Until a MiB has come."""
    assert process is not None
    for _ in range(600):
        if host.run("find /srv/models -name '.test.gguf.*.part' -size +1M | grep -q .").returncode == 0:
            return
        time.sleep(0.1)
    pytest.fail("the download did not begin")


def test_life_of_the_role_with_the_model_of_the_demo(target: Target) -> None:
    path = f"/srv/models/{SMALL['file']}"
    bare = state(target)
    checked = apply(target, ROLE, check=True, models_wanted=[SMALL])
    assert (checked.rc, "would be fetched" in checked.words) == (0, True), checked.text
    assert state(target) == bare

    first, second = apply(target, ROLE, models_wanted=[SMALL]), apply(target, ROLE, models_wanted=[SMALL])
    assert first.rc == 0, first.text
    assert second.verdict == (0, 0), second.text
    assert out(target, f"sha256sum {path}; stat -c '%a %U %G' {path}").split() == [SMALL["sha256"], path, "644", "root", "models"]
    assert left(target).split() == [f".{SMALL['file']}.sha256", SMALL["file"]]

    assert rollback(target, ROLE).rc == 0
    assert out(target, f"stat -c %s {path}") == str(SMALL["size_bytes"]), "rollback took a model away"
    assert apply(target, ROLE, models_wanted=[SMALL]).verdict == (0, 0)


def test_a_broken_download_is_resumed(host: Target, server: ModelServer) -> None:
    done = apply(host, ROLE, models_wanted=[server.wanted("half")], **LITTLE)

    assert done.rc == 0, done.text
    assert digest(host) == DIGEST
    ranges = [asked for path, asked in server.seen if path == "/half"]
    assert len(ranges) == 2
    assert int(ranges[1].removeprefix("bytes=").rstrip("-")) > 1024 * 1024


@pytest.mark.parametrize(
    ("path", "changes", "message"),
    [
        ("page", {}, "sent a web page, not a model"),
        ("other", {}, f"pinned is {DIGEST}"),
        ("short", {}, f"the pinned file has {len(MODEL)}"),
        ("model", {"size_bytes": len(MODEL) - 1}, "larger file than the pinned one"),
        ("gone", {}, "no such file at this address"),
        ("gated", {}, "Set models_token"),
    ],
)
def test_what_is_not_the_pinned_file_is_refused(
    host: Target, server: ModelServer, path: str, changes: dict[str, Any], message: str
) -> None:
    done = apply(host, ROLE, models_wanted=[server.wanted(path, **changes)], **LITTLE)

    assert (done.rc, message in done.words) == (2, True), done.text
    assert left(host) == ""


def test_no_room_is_said_before_anything_is_asked_for(host: Target, server: ModelServer) -> None:
    asked = len(server.seen)
    done = apply(host, ROLE, models_wanted=[server.wanted("model", size_bytes=40 * 10**9)])

    assert (done.rc, "need 38147 MiB" in done.words, "set models_path" in done.words) == (2, True, True), done.text
    assert len(server.seen) == asked
    assert host.run("test -e /srv/models").returncode == 1


@pytest.mark.nightly
@pytest.mark.parametrize("accident", ["controller killed", "power cut"])
def test_a_run_that_is_cut_off_is_finished_by_the_next(target: Target, server: ModelServer, accident: str) -> None:
    server.be_trusted_by(target)
    values: dict[str, Any] = {"models_wanted": [server.wanted("slow")], **LITTLE}
    process = start(target, ROLE, **values)
    wait_for_part(target, process)
    if accident == "power cut":
        target.kill()
    cut(process)
    if accident == "power cut":
        target.start()
        server.be_trusted_by(target)

    done = apply(target, ROLE, **values)
    assert done.rc == 0, done.text
    assert digest(target) == DIGEST
    assert left(target).split() == [".test.gguf.sha256", "test.gguf"]
    assert apply(target, ROLE, **values).verdict == (0, 0)


@pytest.mark.nightly
def test_a_damaged_file_of_ours_is_fetched_again(host: Target, server: ModelServer) -> None:
    values: dict[str, Any] = {"models_wanted": [server.wanted("model")], **LITTLE}
    assert apply(host, ROLE, **values).rc == 0
    for damage in (
        f"truncate -s 3M {FILE}",
        f": > {FILE}",
        f"printf x | dd of={FILE} bs=1 seek=5000000 conv=notrunc status=none",
    ):
        out(host, f"sudo sh -c '{damage}'")
        done = apply(host, ROLE, **values)
        assert (done.rc, digest(host)) == (0, DIGEST), done.text


@pytest.mark.nightly
@pytest.mark.parametrize("fetched_before", [True, False])
def test_somebody_elses_file_is_left_alone(host: Target, server: ModelServer, fetched_before: bool) -> None:
    values: dict[str, Any] = {"models_wanted": [server.wanted("model")], **LITTLE}
    if fetched_before:
        assert apply(host, ROLE, **values).rc == 0
    out(host, f"sudo mkdir -p /srv/models; printf 'GGUF, my own' | sudo tee {FILE}")
    done = apply(host, ROLE, **values)

    assert (done.rc, "Move it away" in done.words) == (2, True), done.text
    assert out(host, f"cat {FILE}") == "GGUF, my own"


@pytest.mark.nightly
def test_the_right_file_is_taken_over_without_a_download(host: Target, server: ModelServer, tmp_path: Path) -> None:
    values: dict[str, Any] = {"models_wanted": [server.wanted("model")], **LITTLE}
    assert apply(host, ROLE, **values).rc == 0
    out(host, "sudo rm /srv/models/.test.gguf.sha256")
    asked = len(server.seen)

    assert apply(host, ROLE, **values).verdict == (0, 1)
    assert apply(host, ROLE, **values).verdict == (0, 0)
    assert len(server.seen) == asked
    assert json.loads(out(host, "cat /srv/models/.test.gguf.sha256"))["origin"] == "adopted"


def test_the_token_goes_to_its_host_alone_and_shows_nowhere(host: Target, server: ModelServer) -> None:
    values: dict[str, Any] = {"models_wanted": [server.wanted("slow")], "models_token": TOKEN, **LITTLE}
    process = start(host, ROLE, models_token_host=server.address, **values)
    wait_for_part(host, process)
    shown = out(host, "sudo cat /proc/[0-9]*/cmdline /proc/[0-9]*/environ 2>/dev/null | tr '\\0' '\\n'")
    assert ("curl" in shown, TOKEN in shown) == (True, False)
    assert process.wait() == 0
    assert server.tokens[-1] == f"Bearer {TOKEN}"

    out(host, f"sudo rm {FILE}")
    done = apply(host, ROLE, **values)
    assert (done.rc, server.tokens[-1], TOKEN in done.text) == (0, "", False)
    spelt = f"[{TOKEN[0]}]{TOKEN[1:]}"  # finds the token and not this search for it, which sudo logs
    assert host.run(f"sudo journalctl --no-pager | grep {spelt}").stdout == ""
    assert host.run(f"sudo grep -rls {spelt} /etc /root /home /srv /var /tmp").stdout == ""
