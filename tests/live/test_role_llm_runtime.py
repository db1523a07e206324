"""Role llm_runtime on live machines: the model answers, under systemd and without it."""

import json
import re
from typing import Any

import pytest

from rigprov.catalog.models import MODELS, wanted
from tests.live.play import Played, apply, cut, out, rollback, start, state
from tests.targets import Target

pytestmark = pytest.mark.live
ROLE = ["llm_runtime"]
SMALL = wanted(MODELS["smollm2-135m"])
MODEL = f"/srv/models/{SMALL['file']}"
NIGHTLY = pytest.mark.nightly
# One of the two in every run, both at night.
MOSTLY_SYSTEMD = pytest.mark.parametrize("supervisor", ["systemd", pytest.param("script", marks=NIGHTLY)])
MOSTLY_SCRIPT = pytest.mark.parametrize("supervisor", [pytest.param("systemd", marks=NIGHTLY), "script"])
SERVERS = "ps -eo args | grep -c '[s]erve.py serve'; true"
ASK = (
    "sudo sed 's/.*/header = \"Authorization: Bearer &\"/' /etc/rigprov/llm/api_key"
    " | curl -sS --config - http://127.0.0.1:8080/completion"
    """ -d '{"prompt": "The capital of France is", "n_predict": 16, "temperature": 0}'"""
)


@pytest.fixture
def host(target: Target) -> Target:
    done = apply(target, ["models"], models_wanted=[SMALL])
    assert done.rc == 0, done.text
    return target


def converge(target: Target, supervisor: str, *, check: bool = False, **values: object) -> Played:
    return apply(target, ROLE, check=check, llm_runtime_model=MODEL, llm_runtime_supervisor=supervisor, **values)


def works(target: Target) -> None:
    reply = json.loads(out(target, ASK))
    assert "Paris" in reply["content"]
    assert reply["timings"]["predicted_n"] == 16


def key(target: Target) -> str:
    return out(target, "sudo cat /etc/rigprov/llm/api_key")


@NIGHTLY
def test_the_other_supervisor_takes_over(host: Target) -> None:
    for supervisor, unit in (("script", "not-found"), ("systemd", "enabled"), ("script", "not-found")):
        done = converge(host, supervisor)
        assert done.rc == 0, done.text
        works(host)
        assert out(host, SERVERS) == "1"
        assert out(host, "systemctl is-enabled rigprov-llm.service 2>/dev/null || echo not-found") == unit
        assert converge(host, supervisor).verdict == (0, 0)


@MOSTLY_SYSTEMD
def test_life_of_the_role(host: Target, supervisor: str) -> None:
    before = state(host)
    assert converge(host, supervisor, check=True).rc == 0
    assert state(host) == before

    first = converge(host, supervisor)
    assert first.rc == 0, first.text
    works(host)
    made = key(host)
    second = converge(host, supervisor)
    assert second.verdict == (0, 0), second.text
    assert (key(host), bool(re.fullmatch("[0-9a-f]{64}", made)), made in first.text + second.text) == (made, True, False)
    assert out(host, "stat -c '%a %U %G' /etc/rigprov/llm/api_key") == "640 root llm"
    assert out(host, "curl -s -o /dev/null -w '%{http_code}' http://127.0.0.1:8080/v1/models") == "401"
    assert "<!doctype html>" in out(host, "curl -s --compressed http://127.0.0.1:8080/").lower()
    assert out(host, "ps -C python -o user= | sort -u") == "llm"
    places = "sudo cat /proc/[0-9]*/cmdline /proc/[0-9]*/environ 2>/dev/null; sudo rigprov-llm logs 500; sudo journalctl"
    spelt = f"[{made[0]}]{made[1:]}"  # finds the key and not this search for it
    assert host.run(f"({places}) | tr '\\0' '\\n' | grep {spelt}").stdout == ""

    assert rollback(host, ROLE).rc == 0
    assert out(host, SERVERS) == "0"
    assert out(host, "getent passwd llm; ls -d /opt/rigprov /etc/rigprov/llm 2>/dev/null; true") == ""
    assert out(host, f"stat -c %s {MODEL}") == str(SMALL["size_bytes"])
    assert rollback(host, ROLE).verdict == (0, 0)
    assert converge(host, supervisor).rc == 0
    works(host)


@MOSTLY_SCRIPT
def test_control_command(host: Target, supervisor: str) -> None:
    assert converge(host, supervisor).rc == 0
    assert host.run("sudo rigprov-llm status").returncode == 0
    out(host, "sudo rigprov-llm stop")
    assert (host.run("sudo rigprov-llm status").returncode, out(host, SERVERS)) == (3, "0")
    out(host, "sudo rigprov-llm start && sudo rigprov-llm start && sudo rigprov-llm wait 60")
    out(
        host,
        "sudo kill -KILL $(pgrep -o -u llm); sleep 1; for i in 1 2 3 4 5 6; do sudo rigprov-llm wait 30 && break; sleep 2; done",
    )
    works(host)
    assert out(host, SERVERS) == "1"
    assert converge(host, supervisor).verdict == (0, 0)


@pytest.mark.nightly
def test_supervisor_signals_nothing_but_itself(host: Target) -> None:
    assert converge(host, "script").rc == 0
    out(host, "sudo kill -KILL $(sudo cat /run/rigprov-llm.pid); sleep 2")
    assert (out(host, SERVERS), host.run("sudo rigprov-llm status").returncode) == ("0", 3)
    innocent = "sleep 600 < /dev/null > /dev/null 2>&1 & echo $! > /run/rigprov-llm.pid"
    out(host, f"sudo sh -c '{innocent}'; sudo rigprov-llm stop; pgrep -x sleep")
    done = converge(host, "script")
    assert done.rc == 0, done.text
    assert out(host, SERVERS) == "1"
    works(host)


@pytest.mark.nightly
def test_interrupted_work_is_finished(host: Target) -> None:
    process = start(host, ROLE, llm_runtime_model=MODEL)
    out(host, "for i in $(seq 600); do ls -d /opt/rigprov/llm/*-py*/scratch 2>/dev/null && break; sleep 0.1; done")
    host.kill()
    cut(process)
    host.start()
    assert converge(host, "systemd").rc == 0
    works(host)

    # A run that was cut between writing the settings and the restart.
    out(host, "sudo sed -i 's/4096/2048/' /etc/rigprov/llm/server.json")
    assert converge(host, "systemd", llm_runtime_context=2048).verdict == (0, 1)
    asked = ASK.partition("/completion")[0] + "/props"
    assert json.loads(out(host, asked))["default_generation_settings"]["n_ctx"] == 2048

    # An engine that was damaged.
    out(host, "sudo rm -r /opt/rigprov/llm/current/.complete /opt/rigprov/llm/current/lib/python3*/site-packages/xllamacpp")
    assert converge(host, "systemd", llm_runtime_context=2048).rc == 0
    works(host)


@MOSTLY_SYSTEMD
def test_why_it_does_not_start(host: Target, supervisor: str) -> None:
    missing = apply(host, ROLE, llm_runtime_model="/srv/models/none.gguf", llm_runtime_supervisor=supervisor)
    assert (missing.rc, "llm cannot read /srv/models/none.gguf" in missing.words) == (2, True), missing.text

    out(host, "sudo systemd-run -q --unit=other python3 -m http.server 8080 --bind 127.0.0.1")
    taken = converge(host, supervisor)
    assert (taken.rc, "cannot listen on 127.0.0.1 port 8080: Address already in use" in taken.words) == (2, True), taken.text

    out(host, "sudo systemctl stop other; printf 'GGUF and no more' | sudo tee /srv/models/broken.gguf")
    broken = apply(host, ROLE, llm_runtime_model="/srv/models/broken.gguf", llm_runtime_supervisor=supervisor)
    assert (broken.rc, "broken.gguf could not be served" in broken.words) == (2, True), broken.text

    assert converge(host, supervisor).rc == 0
    works(host)


@pytest.mark.nightly
@pytest.mark.parametrize(
    ("values", "message"),
    [
        ({"llm_runtime_user": "ops"}, "ops is an account with a login shell"),
        ({"llm_runtime_port": 70000}, "A value of llm_runtime cannot be used"),
        ({"llm_runtime_wheel_sha256": ["0" * 64]}, "DO NOT MATCH THE HASHES"),
    ],
)
def test_values_that_cannot_be_used(module_target: Target, values: dict[str, Any], message: str) -> None:
    done = apply(module_target, ROLE, llm_runtime_model=MODEL, **values)
    assert (done.rc, message in done.words) == (2, True), done.text
