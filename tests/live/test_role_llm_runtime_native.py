"""Role llm_runtime with llama.cpp's own llama-server: from an archive of the controller, and built on the machine."""

import json
from typing import Any

import pytest

from tests.live.engine import archive, sha256, source
from tests.live.play import Played, apply, cut, out, rollback, start, state
from tests.live.test_role_llm_runtime import ASK, MODEL, ROLE, SMALL, key, works
from tests.targets import Target

pytestmark = [pytest.mark.live, pytest.mark.nightly]  # the engine takes six minutes to build
SERVERS = "ps -eo user=,args= | grep -c '^llm .*[l]lama-server --model'; true"
# Nothing can be installed or fetched: no index of packages, and every address of the outside refused.
NO_NETWORK = (
    "sudo sh -c 'mkdir /root/apt && mv /etc/apt/sources.list.d/* /root/apt/ && rm -rf /var/lib/apt/lists/*;"
    ' ip route del default; printf "nameserver 127.0.0.1\\n" > /etc/resolv.conf\''
)


@pytest.fixture
def host(target: Target) -> Target:
    done = apply(target, ["models"], models_wanted=[SMALL])
    assert done.rc == 0, done.text
    return target


def carried() -> dict[str, Any]:
    path = archive()
    return {"llm_runtime_source": "archive", "llm_runtime_archive": str(path), "llm_runtime_archive_sha256": sha256(path)}


def converge(target: Target, *, check: bool = False, supervisor: str = "systemd", **values: object) -> Played:
    return apply(target, ROLE, check=check, llm_runtime_model=MODEL, llm_runtime_supervisor=supervisor, **(carried() | values))


@pytest.mark.parametrize("supervisor", ["systemd", "script"])
def test_life_with_a_carried_engine(host: Target, supervisor: str) -> None:
    out(host, "sudo apt-get -qq update; sudo apt-get -qq -y install libgomp1 libstdc++6")
    out(host, NO_NETWORK)
    before = state(host)
    checked = converge(host, check=True, supervisor=supervisor)
    assert (checked.rc, state(host) == before) == (0, True), checked.text

    first = converge(host, supervisor=supervisor)
    assert first.rc == 0, first.text
    works(host)
    made = key(host)
    assert (out(host, SERVERS), made in out(host, "sudo cat /proc/[0-9]*/cmdline | tr '\\0' ' '")) == ("1", False)
    assert "build 11434" in out(host, "cat /opt/rigprov/llm/current/.complete")
    assert "usage" in out(host, "/opt/rigprov/llm/current/llama-bench --help")
    assert converge(host, supervisor=supervisor).verdict == (0, 0)
    # settings reach the engine
    assert converge(host, supervisor=supervisor, llm_runtime_context=2048).rc == 0
    assert json.loads(out(host, ASK.partition("/completion")[0] + "/props"))["default_generation_settings"]["n_ctx"] == 2048

    assert rollback(host, ROLE).rc == 0
    assert (out(host, SERVERS), out(host, "ls -d /opt/rigprov /etc/rigprov/llm 2>/dev/null; true")) == ("0", "")
    assert rollback(host, ROLE).verdict == (0, 0)


def test_an_engine_beside_the_service(host: Target) -> None:
    assert converge(host).rc == 0
    started = out(host, "sudo cat /run/rigprov-llm/started")
    settings = {"model": MODEL, "host": "127.0.0.1", "port": 8099, "context": 512, "threads": 1, "key_file": "/srv/key"}
    config = json.dumps(settings)
    out(host, f"printf secret | sudo tee /srv/key; printf '%s' '{config}' | sudo tee /srv/own.json")
    parent = (
        "import os, subprocess as s, time; os.environ['RIGPROV_SUPERVISOR'] = str(os.getpid());"
        "s.Popen(['/usr/local/bin/rigprov-llm', 'serve', '/srv/own.json'], stderr=open('/srv/log', 'w')); time.sleep(20)"
    )
    ask = "curl -s -o /dev/null -w '%{http_code}' -H 'Authorization: Bearer secret' http://127.0.0.1:8099/v1/models"
    waits = f'for i in $(seq 150); do [ "$({ask})" = 200 ] && break; sleep 0.1; done; {ask}'
    out(host, f'sudo systemd-run -q --unit=parent /usr/bin/python3 -c "{parent}"')
    assert out(host, waits) == "200"
    assert (out(host, SERVERS), out(host, "sudo cat /run/rigprov-llm/started")) == ("2", started)
    # SIGKILL for the parent alone: the engine has to see it end by itself
    out(host, "sudo systemctl kill --kill-who=main --signal=KILL parent; sleep 1; sudo systemctl stop parent; true")
    assert out(host, f"{SERVERS}; {ask}; true") == "1\n000"
    works(host)


def test_why_it_does_not_run(host: Target) -> None:
    blind = converge(host, llm_runtime_gpu_layers="all")
    assert (blind.rc, "the engine sees no GPU, and layers are to lie on one" in blind.words) == (2, True), blind.text
    wrong = converge(host, llm_runtime_archive=str(source()), llm_runtime_archive_sha256=sha256(source()))
    assert (wrong.rc, "the archive holds no llama-server" in wrong.words) == (2, True), wrong.text
    other = converge(host, llm_runtime_archive_sha256="0" * 64)
    assert (other.rc, "and llm_runtime_archive_sha256 is 0000" in other.words) == (2, True), other.text

    mended = converge(host)
    assert mended.rc == 0, mended.text
    works(host)
    assert out(host, "sudo find /opt/rigprov/llm -maxdepth 1 -name '.*-*'") == ""
    # from one engine to the other and back
    assert apply(host, ROLE, llm_runtime_model=MODEL).rc == 0
    works(host)
    assert out(host, "ls -d /opt/rigprov/llm/archive-* 2>/dev/null; true") == ""
    assert converge(host).rc == 0
    assert out(host, "ls -d /opt/rigprov/llm/*-py* 2>/dev/null; true") == ""


def test_built_on_the_machine(host: Target) -> None:
    path = source()
    values: dict[str, Any] = {
        "llm_runtime_source": "build",
        "llm_runtime_archive": str(path),
        "llm_runtime_archive_sha256": sha256(path),
    }
    process = start(host, ROLE, llm_runtime_model=MODEL, **values)
    out(
        host, "for i in $(seq 3000); do ls /opt/rigprov/llm/.build-*.work/build/build.ninja 2>/dev/null && break; sleep 0.1; done"
    )
    host.kill()
    cut(process)
    host.start()
    first = apply(host, ROLE, llm_runtime_model=MODEL, **values)
    assert first.rc == 0, first.text
    works(host)
    assert apply(host, ROLE, llm_runtime_model=MODEL, **values).verdict == (0, 0)
    assert out(host, "ls -A /opt/rigprov/llm | grep '^[.]'; true") == ""
    assert "version: " in out(host, "cat /opt/rigprov/llm/current/.complete")
