"""What GPUs cost each other."""

import pytest

from rigprov.tiers.links import DELAYS, cost_ms, kind_of, slowest


@pytest.mark.parametrize(
    ("words", "kind"),
    [
        ("NVLink x4", "nvlink"),
        ("P2P over PCIe", "p2p"),
        ("through host memory", "host"),
        ("unknown", "unknown"),
        ("", "unknown"),
    ],
)
def test_kinds_as_the_proof_words_them(words, kind):
    assert kind_of(words) == kind


@pytest.mark.parametrize(
    ("kinds", "slow"),
    [
        (["nvlink", "host"], "host"),
        (["nvlink", "p2p"], "p2p"),
        (["nvlink"], "nvlink"),
        (["nvlink", "unknown"], "unknown"),
        ([], "unknown"),
    ],
)
def test_all_wait_for_the_slowest(kinds, slow):
    assert slowest(kinds) == slow


@pytest.mark.parametrize(
    ("split", "gpus", "expected"),
    [
        ("layer", 2, (0.0, 0.0)),
        ("none", 2, (0.0, 0.0)),
        ("tensor", 2, (160 * 15 / 1e3, 160 * 120 / 1e3)),
        ("tensor", 4, (480 * 15 / 1e3, 480 * 120 / 1e3)),
        ("row", 2, (560 * 15 / 1e3, 560 * 120 / 1e3)),
        ("tensor", 1, (0.0, 0.0)),
    ],
)
def test_cost_of_a_token(split, gpus, expected):
    assert cost_ms(split, 80, gpus, "host") == pytest.approx(expected)


def test_better_links_are_never_slower_and_an_unknown_one_spans_all():
    best = [DELAYS[kind].best for kind in ("nvlink", "p2p", "host")]
    worst = [DELAYS[kind].worst for kind in ("nvlink", "p2p", "host")]
    assert (best, worst) == (sorted(best), sorted(worst))
    assert (DELAYS["unknown"].best, DELAYS["unknown"].worst) == (min(best), max(worst))


def test_the_published_tensor_split_lies_within_its_link():
    """RTX 3060 with RTX 4070 SUPER, 27B Q4_K_M of 16.1 GB a token, 64 layers: 21.2 tokens/s by layers, 30.1 by tensors."""
    reading_ms = 16.1 / 2 / 360 / 0.75 * 1e3  # the slower card's half
    best, worst = cost_ms("tensor", 64, 2, "host")
    assert reading_ms + best < 1e3 / 30.05 < reading_ms + worst
