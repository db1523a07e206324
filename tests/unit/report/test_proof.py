from dataclasses import replace

from rigprov.model.proof import Band, Cause, Correctness, Proof, Since, Soak
from rigprov.report.proof import correctness_text, proof_text, proofs_text, since_text, soak_text
from tests.unit.report.cases import RIG

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
        "host10  not measured: port 8080 is taken by nginx (process 9)",
        "      note: the engine's last words:",
        "        no memory",
    ]


def test_hosts_stand_in_a_column() -> None:
    assert [line[:12] for line in proofs_text([PASS, NOTHING]).splitlines() if not line.startswith(" ")] == [
        "web1    pass",
        "host10  not ",
    ]


def test_everything_that_a_proof_can_hold() -> None:
    assert proof_text(RIG).splitlines() == [
        "rig-01  slow  13.9 tok/s decode with SYNTHETIC WEIGHTS (floor 16; healthy machines of this kind 15.6-17.4; "
        "this machine's limit 22: 62 % of the 936.2 GB/s)",
        "      SYNTHETIC WEIGHTS: random numbers in the shape of llama-3.3-70b; the speed counts, what it writes means nothing",
        "      no run reached the floor of 16 tok/s; the best was 14.0",
        "      \u221215 % against 2026-11-20 09:14 UTC (16.3 tok/s); since then: driver 580.95.05 \u2192 590.48.01, "
        "kernel 6.8.0-48-generic \u2192 6.8.0-49-generic",
        "      5 runs 13.8-14.0 tok/s, spread 0.9 %; prompt 413 tok/s; first token 0.31 s; "
        "loaded in 38.4 s (cold; the disk reads 1.6 GB/s)",
        "      disk: cold read 1.6 GB/s, 83 % of the link's 2.0; NVMe nvme1n1 (Samsung SSD 990 PRO 2TB) at PCIe 3.0 x2 "
        "through LVM; 5.3 GB in 3.2 s, parts 1.6-1.7",
        "      soak 75 s, 9 runs: 13.9 tok/s at first, 13.8 at last (\u22120.8 %)",
        "      correctness passed (64 positions, mean KLD 0.00016, same first choice 100.0 %, "
        "a second pass gave the same numbers)",
        "      GPU 0  NVIDIA GeForce RTX 3090: 41 of 81 layers; 19.7 GiB of 24.0 GiB taken; PCIe 4.0 x8; "
        "limited to 280 W (default 350); clock 210-1745 MHz; up to 275 W; up to 73 \u00b0C",
        "      GPU 1  NVIDIA GeForce RTX 3090: 40 of 81 layers; 19.7 GiB of 24.0 GiB taken; PCIe 4.0 x16; "
        "limited to 280 W (default 350); clock 210-1745 MHz; up to 273 W; up to 68 \u00b0C",
        "      GPU 0 to GPU 1: NVLink x4",
        "      cause: GPU 0 and GPU 1 are limited to 280 W of 350 W; fix: `nvidia-smi -pl 350`",
        "      cause: GPU 0 runs on 8 of 16 lanes under load; fix: seat it in the slot that the board wires for sixteen",
        "      warning: NVMe nvme1n1 (Samsung SSD 990 PRO 2TB) runs on 2 of its 4 PCIe lanes (2.0 GB/s at most): "
        "its slot has no more than 2; fix: move it to a slot with 4 lanes",
        "      engine llama.cpp b6940 on CUDA; model llama-3.3-70b, sha256 3f3f3f3f3f3f3f3f",
        "      note: the web page of the engine answers",
    ]


def test_synthetic_weights_are_named_even_where_nothing_was_measured() -> None:
    text = proof_text(replace(NOTHING, weights="synthetic"))
    assert text == "host10  not measured: port 8080 is taken by nginx (process 9) (with SYNTHETIC WEIGHTS)"


def test_the_bands_limit_stands_in_where_no_bandwidth_was_measured() -> None:
    proof = replace(PASS, limit_tokens_per_s=None, bandwidth_share=None, bandwidth_gb_s=None, band=Band(80, 100, 140.4, "x"))
    assert proof_text(proof).splitlines()[0] == (
        "web1  pass  82.1 tok/s decode (floor 10; healthy machines of this kind 80.0-100; physical limit 140)"
    )


def test_a_cause_without_a_fix() -> None:
    assert "      cause: it is old" in proof_text(replace(PASS, causes=(Cause("old", "it is old", ""),))).splitlines()


def test_a_difference_that_may_be_chance_and_one_with_nothing_changed() -> None:
    since = Since("2026-11-20T09:14:00+00:00", 83.0, -0.0108, within_scatter=True)
    assert since_text(since) == "\u22121.1 % against 2026-11-20 09:14 UTC (83.0 tok/s), within the scatter of the runs"


def test_a_soak_that_became_faster() -> None:
    assert soak_text(Soak(60, 10.0, 10.5, 7)) == "soak 60 s, 7 runs: 10.0 tok/s at first, 10.5 at last (+5.0 %)"


def test_numbers_that_are_wrong() -> None:
    found = Correctness(64, None, None, 0.016, repeated=False, passed=False, why="not finite")
    assert correctness_text(found) == (
        "correctness FAILED: not finite (64 positions, mean KLD not finite, same first choice 1.6 %, "
        "a second pass gave OTHER numbers)"
    )


def test_a_server_without_a_floor() -> None:
    text = proof_text(replace(PASS, floor=0.0))
    assert "(no floor" in text.splitlines()[0]
