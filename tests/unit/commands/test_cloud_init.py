"""`rigprov cloud-init`: checked as `apply` would, and never over a file that is there."""

import json
import os

import pytest
import yaml

from rigprov.cli import main
from rigprov.errors import Exit

HASH = "0123456789abcdef" * 4
GOOD = ["cloud-init", "--tier", "starter", "--sha256", HASH]


def test_it_prints_user_data_and_nothing_else(capsys):
    assert main([*GOOD, "--model", "smollm2-135m", "--set", "docker.log_max_size=20m", "--no-verify"]) == 0
    out, err = capsys.readouterr()
    assert (out.splitlines()[0], err) == ("#cloud-config", "")
    files = {file["path"]: file["content"] for file in yaml.safe_load(out)["write_files"]}
    settings = yaml.safe_load(files["/etc/rigprov/pull.yml"])
    wanted = {"tier": "starter", "model": "smollm2-135m", "set": ["docker.log_max_size=20m"], "verify": False}
    assert settings == wanted


@pytest.mark.parametrize(
    ("words", "message"),
    [
        (["--tier", "startre"], "unknown tier `startre`"),
        (["--tier", "./none.py"], "there is no tier file none.py"),
        (["--model", "qwen3-32b"], "tier `starter` has no floor for the model `qwen3-32b`"),
        (["--set", "docker.log_max_fil=3"], "role docker has no key `log_max_fil`"),
        (["--set", "models.token=hf_PlantHub4711abcdefgh"], "would show a secret"),
        (["--format", "/dev/sdb"], "does not name a disk by its link"),
        (["--source", "rigprov"], "names no exact version"),
        (["--sha256", "12"], "is not a SHA-256"),
        (["--every", "hourly"], "is not a time between two pulls"),
        (["--every", ""], "is not a time between two pulls"),
        (["--set", f"docker.log_max_size={'9' * 20000}"], "and AWS takes 16384\nhint: say less with --set"),
        (["--reboot", "ask"], "--reboot"),
        (["-o", "/none/such/file"], "cannot be written: No such file or directory"),
    ],
)
def test_bad_input_is_one_sentence(words, message, capsys, tmp_path, monkeypatch):
    monkeypatch.chdir(tmp_path)
    assert main([*GOOD, *words]) == Exit.USAGE
    out, err = capsys.readouterr()
    assert (out, message in err, err.startswith("error: "), "hf_Plant" in err) == ("", True, True, False)


def test_a_wheel_without_a_hash_is_refused(capsys):
    assert main(["cloud-init", "--tier", "starter"]) == Exit.USAGE
    assert "give it with --sha256" in capsys.readouterr().err


def test_a_tier_of_ones_own_goes_along(tmp_path, capsys):
    own = tmp_path / "mine.py"
    own.write_text(
        "from dataclasses import replace\nfrom rigprov.tiers.starter import STARTER\nTIER = replace(STARTER, name='mine')\n"
    )
    assert main([*GOOD, "--tier", str(own)]) == 0
    files = {file["path"]: file["content"] for file in yaml.safe_load(capsys.readouterr().out)["write_files"]}
    assert files["/etc/rigprov/tiers/mine.py"] == own.read_text()
    assert yaml.safe_load(files["/etc/rigprov/pull.yml"]) == {"tier": "/etc/rigprov/tiers/mine.py"}


@pytest.mark.parametrize(
    ("name", "head", "message"),
    [
        ("a\nruncmd: [x].py", b"", "has a name that no file on another machine can have"),
        (os.fsdecode(b"a\xff.py"), b"", "has a name that no file on another machine can have"),
        ("mine.py", b"# -*- coding: latin-1 -*-\n# \xe4\n", "is not UTF-8"),
    ],
)
def test_a_tier_file_that_cannot_go_along(name, head, message, tmp_path, capsys):
    own = tmp_path / name
    own.write_bytes(head + b"from rigprov.tiers.starter import STARTER as TIER\n")
    assert main([*GOOD, "--tier", str(own)]) == Exit.USAGE
    out, err = capsys.readouterr()
    assert (out, message in err) == ("", True)


def test_a_file_that_is_there_is_kept(tmp_path, capsys):
    path = tmp_path / "user-data"
    assert main([*GOOD, "-o", str(path)]) == 0
    first = path.read_text()
    assert first.startswith("#cloud-config\n")
    assert main([*GOOD, "-o", str(path), "--every", "1h"]) == Exit.USAGE
    assert path.read_text() == first
    assert main([*GOOD, "-o", str(path), "--every", "1h", "--force"]) == 0
    assert "--every 1h" in path.read_text()
    assert capsys.readouterr().err == f"error: {path} is there already\nhint: name another file, or replace it with --force\n"


def test_json(capsys):
    assert main([*GOOD, "--json"]) == 0
    data = json.loads(capsys.readouterr().out)["data"]
    assert (data["sha256"], data["user_data"].splitlines()[0]) == (HASH, "#cloud-config")
