from dataclasses import replace

from rigprov.model.proof import Proof
from rigprov.report.proof import proof_text, proofs_text

PASS = Proof(
    host="web1",
    verdict="pass",
    reason="all 5 runs reached the floor of 10 tok/s",
    fix="",
    model="tiny",
    model_sha256="0123456789abcdef" * 4,
    engine="engine 1",
    floor=10.0,
    runs=(82.0, 82.1, 80.9, 83.0, 82.5),
    median=82.1,
    minimum=80.9,
    maximum=83.0,
    spread=0.0256,
    prompt_tokens_per_s=310.4,
    time_to_first_token_s=0.05,
    load_s=0.91,
    bytes_per_token=97_000_000,
    bandwidth_gb_s=18.6,
    bandwidth_share=0.43,
    limit_tokens_per_s=190.2,
    threads=2,
    context=2048,
    notes=("the web page of the engine answers",),
)
NOTHING = Proof("host10", "not measured", "port 8080 is taken by nginx (process 9)", "stop it", "tiny", "", "", 10.0)


def test_pass() -> None:
    assert proof_text(PASS).splitlines() == [
        "web1  pass  82.1 tok/s decode (floor 10; this machine's limit 190: 43 % of the measured 18.6 GB/s)",
        "      all 5 runs reached the floor of 10 tok/s",
        "      5 runs 80.9-83.0 tok/s, spread 2.6 %; prompt 310 tok/s; first token 0.05 s; loaded in 0.9 s",
        "      engine engine 1; 2 threads, context 2048; model tiny, sha256 0123456789abcdef",
        "      note: the web page of the engine answers",
    ]


def test_what_was_not_measured_is_not_printed() -> None:
    bare = replace(PASS, limit_tokens_per_s=None, bandwidth_share=None, load_s=None, prompt_tokens_per_s=None, notes=())
    assert proof_text(bare).splitlines() == [
        "web1  pass  82.1 tok/s decode (floor 10)",
        "      all 5 runs reached the floor of 10 tok/s",
        "      5 runs 80.9-83.0 tok/s, spread 2.6 %; first token 0.05 s",
        "      engine engine 1; 2 threads, context 2048; model tiny, sha256 0123456789abcdef",
    ]


def test_not_measured_is_one_line_and_the_log() -> None:
    assert proof_text(replace(NOTHING, notes=("the engine's last words:", "  no memory"))).splitlines() == [
        "host10  not measured  port 8080 is taken by nginx (process 9)",
        "      note: the engine's last words:",
        "        no memory",
    ]


def test_hosts_stand_in_a_column() -> None:
    assert [line[:12] for line in proofs_text([PASS, NOTHING]).splitlines() if not line.startswith(" ")] == [
        "web1    pass",
        "host10  not ",
    ]
