"""Planted faults that `rigprov verify` must name, on one machine that was set up; and servers of others."""

import base64
import json
import threading
import time
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from pathlib import Path
from typing import Any

import pytest

from tests.live.faulty_server import KEY, TOKEN_S
from tests.live.test_verify import MODEL, Rigprov, sudo, tier
from tests.targets import Target

pytestmark = pytest.mark.live

Proof = dict[str, Any]
Verify = Callable[..., tuple[int, Proof]]
CONFIG = "/etc/rigprov/llm/server.json"
HOG = "while True: b = bytearray(64 << 20); c = bytes(b)"
AGAIN = "rigprov-llm restart; rigprov-llm wait 120"


@pytest.fixture
def verify(module_target: Target, rigprov: Rigprov, tmp_path: Path) -> Verify:
    """Exit code and proof of `rigprov verify` with these words; the machine is set up first where it is not yet."""
    way = ("-F", module_target.ssh_config, module_target.name)
    if module_target.run("test -e /usr/local/bin/rigprov-llm").returncode:
        done = rigprov("apply", "--tier", tier(tmp_path, 1.0), "--no-verify", "--yes", *way)
        assert done.returncode == 0, done.stderr

    def call(*words: str | Path, floor: float | None = 1.0, env: dict[str, str] | None = None) -> tuple[int, Proof]:
        judged = () if floor is None else ("--tier", tier(tmp_path, floor))
        ended = rigprov("verify", "--json", *judged, *words, *way, env=env)
        assert KEY not in ended.stdout + ended.stderr
        assert "Traceback" not in ended.stderr
        proof: Proof = json.loads(ended.stdout)["data"]["hosts"][module_target.name]
        return ended.returncode, proof

    return call


def test_synthetic_weights(verify: Verify, module_target: Target) -> None:
    left = (
        "ls -A /srv/models /dev/shm; ls -A /tmp | grep -v systemd-private- || true"  # those of a restarted service have new names
    )
    before = sudo(module_target, left)
    code, proof = verify("--synthetic", "--soak", "12")
    assert (code, proof["verdict"], proof["weights"]) == (0, "pass", "synthetic"), proof["reason"]
    assert len(proof["runs"]) == 5
    assert proof["load_s"] > 0
    assert proof["bytes_per_token"] == 96_576_768  # as of the real file
    soaked = proof["raw"]["soak"]
    assert soaked[-1]["at"] >= 12
    # on a busy machine too few runs may be undisturbed to judge
    assert (proof["soak"] is None) == (sum(not run["disturbed"] for run in soaked) < 5)
    assert any("engine" in line or "model" in line for line in proof["raw"]["engine_log"])
    assert sudo(module_target, left) == before
    sudo(module_target, "rigprov-llm status && rigprov-llm wait 120")


def test_one_thread(verify: Verify, module_target: Target) -> None:
    cores = int(sudo(module_target, "nproc"))
    one_thread = r"s/\"threads\": [0-9]*/\"threads\": 1/"
    sudo(module_target, f'cp {CONFIG} /root/config; sed -i "{one_thread}" {CONFIG}; {AGAIN}')
    try:
        code, proof = verify(floor=1e6)
        assert (code, proof["verdict"], proof["threads"]) == (5, "slow", 1)
        assert f"the engine decodes with 1 thread on {cores} cores" in proof["reason"]
        assert f"--set llm_runtime.threads={cores}" in proof["fix"]
    finally:
        sudo(module_target, f"cp /root/config {CONFIG}; {AGAIN}")


@pytest.mark.nightly
def test_a_program_that_takes_the_bandwidth(verify: Verify, module_target: Target) -> None:
    units = " ".join(f"hog{index}" for index in range(int(sudo(module_target, "nproc"))))
    sudo(module_target, f'for unit in {units}; do systemd-run --quiet --unit=$unit python3 -c "{HOG}"; done')
    try:
        code, proof = verify(floor=1e6)
        assert (code, proof["verdict"]) == (5, "slow")
        assert "other processes used " in proof["reason"]
        assert "python3" in proof["reason"]
        assert "end them" in proof["fix"]
    finally:
        sudo(module_target, f"systemctl stop {units}")


@pytest.mark.parametrize(
    ("damage", "said"),
    [
        (f"dd if=/dev/urandom of={MODEL} bs=4096 count=1 seek=9999 conv=notrunc status=none", "its sha256 is "),
        (f'echo "<!DOCTYPE html><html>Please log in</html>" > {MODEL}', "it is a web page, not a model"),
        (f"truncate -s 50M {MODEL}", "it is cut off: it has 52428800 of 98362432 bytes"),
    ],
    ids=["corrupted", "web page", "truncated"],
)
def test_a_bad_file_is_never_loaded(verify: Verify, module_target: Target, damage: str, said: str) -> None:
    sudo(module_target, f"rigprov-llm stop; cp -p {MODEL} /root/good; {damage}")
    started = "systemctl show --property=ExecMainStartTimestampMonotonic rigprov-llm"
    before = sudo(module_target, started)
    try:
        for words in ((), ("--model", "smollm2-135m")):
            code, proof = verify(*words)
            assert (code, proof["verdict"], proof["median"]) == (5, "wrong", None)
            assert f"{MODEL} is not the planned file: {said}" in proof["reason"]
            assert "rigprov apply" in proof["fix"]
        assert sudo(module_target, started) == before
    finally:
        sudo(module_target, f"mv /root/good {MODEL}; rigprov-llm start; rigprov-llm wait 120")


def test_an_engine_that_is_killed_meanwhile(verify: Verify, module_target: Target) -> None:
    def kill() -> None:
        # as soon as the measuring process is there, and a little into it
        module_target.run("for i in $(seq 600); do pgrep -u nobody >/dev/null && break; sleep 0.1; done; sleep 3")
        module_target.run("sudo systemctl kill --signal=KILL rigprov-llm")

    killer = threading.Thread(target=kill)
    killer.start()
    code, proof = verify("--soak", "60")
    killer.join()
    try:
        assert (code, proof["verdict"], proof["median"] is None or len(proof["runs"]) == 5) == (5, "not measured", True)
        assert proof["reason"] == "the engine ended while it was measured"
    finally:
        sudo(module_target, AGAIN)


@pytest.mark.nightly
def test_two_at_once(verify: Verify, module_target: Target) -> None:
    found: list[tuple[int, Proof]] = []
    first = threading.Thread(target=lambda: found.append(verify("--soak", "20")))
    first.start()
    module_target.run("for i in $(seq 600); do pgrep -u nobody >/dev/null && break; sleep 0.1; done")
    began = time.monotonic()
    code, proof = verify()
    assert time.monotonic() - began < 20
    first.join()
    assert (code, proof["verdict"], proof["fix"]) == (5, "not measured", "wait until it has ended")
    assert proof["reason"].startswith("another `rigprov verify` measures here: process ")
    assert (found[0][0], found[0][1]["verdict"]) == (0, "pass")


@contextmanager
def serving(target: Target, kind: str) -> Iterator[str]:
    """A server with a fault on the machine; its address there."""
    text = base64.b64encode(Path(__file__).with_name("faulty_server.py").read_bytes()).decode()
    start = "systemd-run --quiet --unit=faulty python3 /root/faulty.py 9000 " + kind
    wait = "for i in 1 2 3 4 5 6 7 8 9; do ss -Hltn sport = :9000 | grep -q . && break; sleep 0.5; done"
    sudo(target, f"echo {text} | base64 -d > /root/faulty.py; {start}; {wait}")
    try:
        yield "http://127.0.0.1:9000/v1"
    finally:
        sudo(target, "systemctl stop faulty; rm /root/faulty.py")


@pytest.mark.parametrize(("kind", "remark"), [("bundled", "counted by the server"), ("reasoning", "reasoning, which counts")])
def test_rates_of_servers_are_right(verify: Verify, module_target: Target, kind: str, remark: str) -> None:
    with serving(module_target, kind) as url:
        code, proof = verify("--server", url, "--floor", "10", floor=None)
    assert (code, proof["verdict"], proof["weights"], proof["model"]) == (0, "pass", "unknown", "model-a")
    assert 0.2 / TOKEN_S < proof["median"] < 1.02 / TOKEN_S
    assert any(remark in note for note in proof["notes"])


def test_a_server_that_never_answers(verify: Verify, module_target: Target) -> None:
    with serving(module_target, "silent") as url:
        began = time.monotonic()
        code, proof = verify("--server", url, "--floor", "10", floor=None)
    assert (code, proof["verdict"], proof["median"]) == (5, "not measured", None)
    assert proof["reason"] == "http://127.0.0.1:9000/v1 took the request and said nothing for 15 s"
    assert time.monotonic() - began < 60


def test_a_key_from_a_file(verify: Verify, module_target: Target, tmp_path: Path) -> None:
    (tmp_path / "key").write_text(KEY + "-old\n")
    with serving(module_target, "locked") as url:
        code, proof = verify("--server", url, "--api-key-file", tmp_path / "key", floor=None)
        assert (code, proof["reason"]) == (5, f"{url} refused the API key (HTTP 401)")
        (tmp_path / "key").write_text(KEY + "\n")
        code, proof = verify("--server", url, "--api-key-file", tmp_path / "key", floor=None)
    # on a busy machine the runs may scatter, and without a floor that alone is judged
    said = {0: "no floor was given, so whether that is fast enough was not judged", 5: "too scattered for a figure"}
    assert proof["verdict"] == {0: "pass", 5: "unstable"}[code]
    assert proof["reason"].endswith(said[code])
    assert (proof["floor"], len(proof["runs"])) == (0.0, 5)


@pytest.mark.nightly
def test_the_real_engine_through_its_openai_interface(verify: Verify, module_target: Target, tmp_path: Path) -> None:
    (tmp_path / "key").write_text(sudo(module_target, "cat /etc/rigprov/llm/api_key"))
    words = ("--server", "http://127.0.0.1:8080", "--api-key-file", tmp_path / "key", "--model", "smollm2-135m")
    code, proof = verify(*words)
    assert (code, proof["verdict"], proof["floor"]) == (0, "pass", 1.0)
    assert proof["raw"]["warm_up"]["counted"] == "timings"
    assert proof["median"] > 5
