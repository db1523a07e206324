"""Secrets never enter a recording; what is no secret stays as it is."""

import json
from pathlib import Path

import pytest
from hypothesis import given
from hypothesis import strategies as st

from rigprov.facts import recording
from rigprov.facts.redact import _RULES, redact, redact_sections
from tests.unit.facts.rigs import RIGS, rig

# Made up, in parts, so that no scanner takes them for real ones.
HUB = "hf_" + "QwErTyUiOpAsDfGhJkLzXcVbNm"
FORGE = "gho_" + "0123456789abcdefghijABCDEFGHIJ012345"
CLOUD = "AKIA" + "ABCDEFGHIJKLMNOP"
PHRASE = "correct-horse-battery"
JOT = "eyJhbGciOiJIUzI1NiJ9" + ".eyJzdWIiOiIxMjM0In0" + ".c2lnbmF0dXJl"
KEY = "-----BEGIN OPENSSH PRIVATE KEY-----\nb3BlbnNzaC1rZXktdjEAAAA\nAAABG5vbmUAAAAE\n-----END OPENSSH PRIVATE KEY-----"


@pytest.mark.parametrize(
    ("text", "expected"),
    [
        (f"deb https://user:{PHRASE}@apt.example/ubuntu jammy main", "deb https://<redacted>@apt.example/ubuntu jammy main"),
        (f"https://{PHRASE}@index.example/simple", "https://<redacted>@index.example/simple"),
        (f"token {HUB} end", "token <redacted> end"),
        (f"x={FORGE};", "x=<redacted>;"),
        (f"id {CLOUD}", "id <redacted>"),
        (f"Authorization: Bearer {PHRASE}", "Authorization: Bearer <redacted>"),
        (f"jwt {JOT}", "jwt <redacted>"),
        (f"RUNPOD_API_KEY={PHRASE}\nA=1", "RUNPOD_API_KEY=<redacted>\nA=1"),
        (f"HF_TOKEN='{PHRASE} two'", "HF_TOKEN=<redacted>"),
        (f"root=/dev/sda1 password={PHRASE} quiet", "root=/dev/sda1 password=<redacted> quiet"),
        (
            f"//nas/share /mnt cifs user=me,password={PHRASE},uid=1 0 0",
            "//nas/share /mnt cifs user=me,password=<redacted>,uid=1 0 0",
        ),
        (f"https://a.example/?a=1&access_key={PHRASE}&b=2", "https://a.example/?a=1&access_key=<redacted>&b=2"),
        (f"machine apt.example login me password {PHRASE}", "machine apt.example login <redacted> password <redacted>"),
        (f'{{"auth": "{PHRASE}", "n": 1}}', '{"auth": "<redacted>", "n": 1}'),
        (f"password: {PHRASE}", "password: <redacted>"),
        (
            f"before\n{KEY}\nafter",
            "before\n-----BEGIN OPENSSH PRIVATE KEY----- <redacted> -----END OPENSSH PRIVATE KEY-----\nafter",
        ),
        (KEY[:60], "-----BEGIN OPENSSH PRIVATE KEY----- <redacted> "),  # cut short
    ],
)
def test_secret_is_taken_out(text: str, expected: str) -> None:
    assert redact(text) == expected


@pytest.mark.parametrize(
    "text",
    [
        "deb [arch=amd64 signed-by=/etc/apt/keyrings/docker.asc] https://download.docker.com/linux/ubuntu jammy stable",
        "0000:0b:00.0 0x10de 0x2204 0x030000 0x1043 0x87af nouveau",
        "ii  gnome-keyring 40.0-3",
        "10.0.0.7",
        "nvidia_uvm",
        "ii  libpam-passwdqc 1.4.0",
        "HF_TOKEN=",
    ],
)
def test_what_is_no_secret_stays(text: str) -> None:
    assert redact(text) == text


@pytest.mark.parametrize("name", RIGS)
def test_fixtures_hold_no_secret_and_stay_as_they_are(name: str) -> None:
    sections = rig(name).sections
    assert redact_sections(sections) == sections


def test_json_stays_json() -> None:
    text = json.dumps({"proxies": {"http-proxy": f"http://me:{PHRASE}@proxy.example:3128"}, "registry-token": PHRASE}, indent=1)
    assert json.loads(redact(text)) == {
        "proxies": {"http-proxy": "http://<redacted>@proxy.example:3128"},
        "registry-token": "<redacted>",
    }


def test_planted_everywhere_found_nowhere(tmp_path: Path) -> None:
    planted = f"https://me:{PHRASE}@x.example {HUB}\nPASSWORD={PHRASE} {FORGE} {CLOUD}\n{KEY}\nBearer {JOT}"
    fresh = rig("dual-3090")
    sections = {
        name: recording.Section(name, f"{section.command} token={PHRASE}", f"{section.output}\n{planted}", planted, section.rc)
        for name, section in fresh.sections.items()
    }
    recording.write(recording.Recording("rig", "t", redact_sections(sections)), tmp_path / "rec")
    text = "".join(path.read_text() for path in (tmp_path / "rec").iterdir())
    assert [secret for secret in (PHRASE, HUB, FORGE, CLOUD, JOT, "b3BlbnNzaC1rZXk") if secret in text] == []
    assert "580.95.05" in text


_SECRETS = (HUB, FORGE, CLOUD, JOT, KEY, KEY[:60], PHRASE)
_NAMES = ("password", "Api-Key", "ACCE\u017f\u017f_KEY", "to\u212aen", "TOKEN", "auth", "Secret")
_BETWEEN = (
    "=",
    ": ",
    '": "',
    '"',
    "'",
    "\n",
    " ",
    "https://",
    "@",
    "a",
    "machine",
    " login ",
    " password ",
    "Bearer ",
    "basic\t",
    "sk-",
)
_PIECES = st.sampled_from((*_SECRETS, *_NAMES, *_BETWEEN))


@given(st.lists(_PIECES, max_size=12).map("".join))
def test_looking_for_a_word_first_lets_nothing_through(text: str) -> None:
    """With every pattern tried on every text the outcome is the same."""
    whole = text
    for _, pattern, instead in _RULES:
        whole = pattern.sub(instead, whole)
    assert redact(text) == whole
