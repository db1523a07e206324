"""Text of strangers becomes harmless."""

import string

import pytest
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st

from rigprov.cloud import plain


@pytest.mark.parametrize(
    ("value", "expected"),
    [
        ("chat", "chat"),
        ("  a \n\t b ", "a b"),
        ("{{ 7*7 }} {% x %} {# y #}", "(( 7*7 )) (% x %) (# y #)"),
        ("a\x1b[2Jb\x07\u202ec\ud800", "a[2Jbc"),
        ("x" * 500, "x" * 120),
        ("\x00", None),
        ("", None),
        (7, None),
        (None, None),
    ],
)
def test_text(value: object, expected: str | None) -> None:
    assert plain.text(value) == expected


@settings(deadline=None, suppress_health_check=[HealthCheck.too_slow])
@given(st.text())
def test_no_text_can_begin_a_template_or_a_line(value: str) -> None:
    found = plain.text(value) or ""
    assert set(found).isdisjoint("{}\n\r\x1b\x00")
    found.encode()


@settings(deadline=None, suppress_health_check=[HealthCheck.too_slow])
@given(st.text())
def test_a_slug_is_small_letters_digits_and_what_is_between(value: str) -> None:
    found = plain.slug(value, "-")
    assert set(found) <= set(string.ascii_lowercase + string.digits + "-")
    assert len(found) <= 48
    assert not found.startswith("-")
    assert not found.endswith("-")


@pytest.mark.parametrize(
    ("value", "expected"),
    [
        ("203.0.113.7", "203.0.113.7"),
        ("198.51.100.5\n", "198.51.100.5"),
        ("2001:db8::7", "2001:db8::7"),
        ("fe80::1%eth0", None),
        ("fe80::1%{{ 7*7 }}", None),
        ("fe80::1%\x1b[2J", None),
        ("ssh5.vast.ai", "ssh5.vast.ai"),
        ("0.0.0.0", None),  # noqa: S104
        ("999.1.1.1", None),
        ("-oProxyCommand=id", None),
        ("a b", None),
        ("a..b", None),
        ("{{ x }}", None),
        ("", None),
        (None, None),
    ],
)
def test_address(value: object, expected: str | None) -> None:
    assert plain.address(value) == expected


@pytest.mark.parametrize(
    ("value", "expected"),
    [
        (22, 22),
        ("40022", 40022),
        (65535, 65535),
        (0, None),
        (65536, None),
        ("-1", None),
        ("٢٢", None),
        (True, None),
        (22.0, None),
    ],
)
def test_port(value: object, expected: int | None) -> None:
    assert plain.port(value) == expected


@pytest.mark.parametrize(
    ("value", "expected"),
    [(0.35, 0.35), (1, 1.0), (0, 0.0), (-1, None), (float("nan"), None), (10**400, None), ("1", None), (True, None)],
)
def test_amount(value: object, expected: float | None) -> None:
    assert plain.amount(value) == expected


@pytest.mark.parametrize(
    ("setting", "name", "expected"),
    [
        ("advanced", "tier=starter", "advanced"),
        ("my_tier", "", "my_tier"),
        ("./tier.py", "", None),  # a file would be run here
        ("/tmp/x.py", "tier=starter", "starter"),  # noqa: S108
        (None, "chat tier=starter", "starter"),
        (None, "rigprov_tier=starter", "starter"),
        (None, "Tier-Intermediate", "intermediate"),
        (None, "tier:advanced/7", "advanced"),
        (None, "frontier-starter", None),
        (None, "tier=starters", None),
        (None, "tier-list", None),
        (None, None, None),
        (7, 7, None),
    ],
)
def test_tier(setting: object, name: object, expected: str | None) -> None:
    assert plain.tier(setting, name) == expected


@pytest.mark.parametrize(
    ("value", "expected"),
    [
        ("NVIDIA GeForce RTX 4090", "RTX 4090"),
        ("RTX 4090", "RTX 4090"),
        ("NVIDIA H100 80GB HBM3", "H100 80GB HBM3"),
        ("Tesla T4", "T4"),
        ("AMD Instinct MI300X OAM", "AMD Instinct MI300X OAM"),
        (None, None),
    ],
)
def test_gpu_name_is_the_same_whoever_says_it(value: object, expected: str | None) -> None:
    assert plain.gpu_name(value) == expected
