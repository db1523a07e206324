"""/etc/rigprov/pull.yml."""

import pytest

from rigprov.errors import UsageError
from rigprov.unattended.settings import Settings, parse, read

ALL = Settings(
    tier="starter",
    model="smollm2-135m",
    set=("docker.log_max_size=20m", "base.packages=[tree, jq]"),
    format=("/dev/disk/by-id/nvme-x",),
    verify=False,
    reboot=True,
    inventory="/etc/rigprov/hosts.yml",
)


@pytest.mark.parametrize("settings", [Settings(tier="starter"), ALL])
def test_what_is_written_is_read(settings):
    assert parse(settings.text(), "f") == settings


def test_defaults_are_not_written():
    assert Settings(tier="starter").text().splitlines()[1:] == ["tier: starter"]


def test_as_words_of_apply():
    assert Settings(tier="starter").words() == ["--tier=starter"]
    assert ALL.words() == [
        "--tier=starter",
        "--model=smollm2-135m",
        "--inventory=/etc/rigprov/hosts.yml",
        "--set=docker.log_max_size=20m",
        "--set=base.packages=[tree, jq]",
        "--format=/dev/disk/by-id/nvme-x",
        "--no-verify",
    ]


@pytest.mark.parametrize(
    ("text", "message", "hint"),
    [
        ("", "f is not a mapping", "write one key a line, for example `tier: starter`"),
        ("- tier", "f is not a mapping", "write one key a line, for example `tier: starter`"),
        ("tier: [", "f, line 2 is not YAML: expected the node content, but found '<stream end>'", None),
        ("model: x", "f names no tier", "add a line `tier: starter`; `rigprov tiers` lists them"),
        ("tier: ''", "f names no tier", "add a line `tier: starter`; `rigprov tiers` lists them"),
        ("teir: x", "f has the unknown key `teir`", "did you mean `tier`?"),
        ("1: x", "f has the unknown key `1`", "there are tier, model, set, format, verify, reboot, inventory"),
        ("tier: x\ntier: y", "`f` line 2: `tier` appears twice", "keep one; else the last would be taken"),
        ("tier: 2026-13-45", "f holds a value that is none: month must be in 1..12", "put text between quotes"),
        ("tier: \0", "f is not YAML: unacceptable character #x0000: special characters are not allowed", None),
        ("tier: 7", "`tier` in f must be text, and 7 is not", None),
        ("tier: x\nreboot: maybe", "`reboot` in f must be true or false, and 'maybe' is not", None),
        ("tier: x\nset: a.b=c", "`set` in f must be a list of ROLE.KEY=VALUE, and 'a.b=c' is not", None),
        ("tier: x\nformat: [1]", "`format` in f must be a list of /dev/disk/by-id/..., and [1] is not", None),
    ],
)
def test_what_is_wrong_is_said_with_the_place(text, message, hint):
    with pytest.raises(UsageError) as caught:
        parse(text + "\n" if text else text, "f")
    assert (str(caught.value), caught.value.hint) == (message, hint)


def test_files(tmp_path):
    assert read(tmp_path / "none") is None
    with pytest.raises(UsageError, match="cannot be read: Is a directory"):
        read(tmp_path)
    (tmp_path / "f").write_bytes(b"\xff\xfe")
    with pytest.raises(UsageError, match="it is not text"):
        read(tmp_path / "f")
