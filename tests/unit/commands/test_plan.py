"""`rigprov plan` and `rigprov tiers` from recordings: no host, no network."""

import json
import shutil
from pathlib import Path

import pytest

from rigprov.catalog.roles import built
from rigprov.cli import main
from rigprov.errors import Exit
from rigprov.tiers import BUILT_IN

RECORDINGS = Path(__file__).parents[2] / "fixtures" / "facts"
NO_GPU, DESKTOP = str(RECORDINGS / "container-no-systemd"), str(RECORDINGS / "desktop-3090")


def run(capsys, *words):
    code = main(list(words))
    return code, *capsys.readouterr()


def test_a_machine_without_gpu_is_blocked_for_the_gpu_tier_and_told_by_how_much(capsys):
    code, out, err = run(capsys, "plan", "--tier", "intermediate", "--from", NO_GPU)
    assert (code, err) == (Exit.BLOCKED, "")
    assert "tier intermediate needs 64 GiB of RAM, has 23.5 GiB [ram-short]" in out
    assert "tier intermediate needs 1 GPU with 24 GiB of VRAM, has none [gpu-short]" in out


def test_the_desktop_fits(capsys):
    code, out, err = run(capsys, "plan", "--tier", "intermediate", "--from", DESKTOP)
    assert (code, err) == (Exit.OK, "")
    assert out.endswith("Ready: 9 roles would run.\n")


def test_a_recording_made_with_a_sudo_password_plans_without_it(tmp_path, capsys):
    shutil.copytree(RECORDINGS / "nspawn", tmp_path / "rec")
    privilege = tmp_path / "rec" / "privilege.txt"
    privilege.write_text(privilege.read_text().replace("how=sudo\n", "how=sudo-password\n"))
    assert "how=sudo-password" in privilege.read_text()
    code, _, err = run(capsys, "plan", "--tier", "starter", "--from", str(tmp_path / "rec"))
    assert (code, err) == (Exit.OK, "")


def test_json_is_one_document(capsys):
    code, out, err = run(capsys, "plan", "--tier", "starter", "--from", NO_GPU, "--json")
    document = json.loads(out)
    ((host, plan),) = document["data"]["hosts"].items()
    assert (code, err, document["command"], document["status"], document["data"]["tier"]) == (0, "", "plan", "ok", "starter")
    assert (plan["host"], plan["environment"]["kind"], plan["blockers"]) == (host, "container", [])
    assert {step["role"]: step["state"] for step in plan["steps"]}["docker"] == "skip"


def test_several_recordings_are_several_hosts(capsys):
    code, out, _ = run(capsys, "plan", "--tier", "intermediate", "--from", NO_GPU, "--from", DESKTOP, "--json")
    assert (code, len(json.loads(out)["data"]["hosts"])) == (Exit.BLOCKED, 2)


def test_the_users_value_and_its_consequences_are_shown(capsys):
    code, out, _ = run(capsys, "plan", "--tier", "starter", "--from", NO_GPU, "--set", "models.path=/data/m")
    assert code == Exit.OK
    assert "models_path = /data/m  <- flag" in out
    assert "model_storage_path = /data/m  <- plan (`models_path` is set)" in out


@pytest.mark.parametrize(
    ("words", "sentence"),
    [
        (
            ("plan", "--tier", "startr", "--from", NO_GPU),
            "error: unknown tier `startr`\nhint: did you mean `starter`?\n",
        ),
        (
            ("plan", "--tier", "starter"),
            "error: no host is named\nhint: name a host, or a recording with --from DIR\n",
        ),
        (
            ("plan", "--tier", "starter", "rig", "--from", NO_GPU),
            "error: --from stands in the place of hosts and inventories\nhint: leave one of them out\n",
        ),
        (
            ("plan", "--tier", "starter", "--from", NO_GPU, "--set", "swop.size_mib=1"),
            "error: `--set swop.size_mib`: there is no role `swop`\nhint: did you mean `swap`?\n",
        ),
        (
            ("plan", "--tier", "starter", "--from", NO_GPU, "--from", NO_GPU),
            "error: host `container-no-systemd` is in two of the recordings\nhint: give one of them\n",
        ),
        (("tiers", "rig"), "error: a host was named, but nothing to do with it\nhint: add --fit\n"),
        (("tiers", "--fit"), "error: no host is named\nhint: name a host, or a recording with --from DIR\n"),
    ],
)
def test_wrong_input_is_one_sentence_with_the_way_out(words, sentence, capsys):
    assert run(capsys, *words) == (Exit.USAGE, "", sentence)


def test_a_recording_that_is_none(tmp_path, capsys):
    code, out, err = run(capsys, "plan", "--tier", "starter", "--from", str(tmp_path / "nowhere"))
    assert (code, out) == (Exit.USAGE, "")
    assert err.startswith(f"error: there is no directory `{tmp_path}/nowhere`\nhint: ")


def test_fit(capsys):
    code, out, err = run(capsys, "tiers", "--fit", "--from", DESKTOP, "--json")
    ((_, tiers),) = json.loads(out)["data"]["hosts"].items()
    assert (code, err) == (Exit.OK, "")
    assert {name: found["fits"] for name, found in tiers.items()} == {"starter": True, "intermediate": True, "advanced": False}


def test_list(capsys):
    code, out, _ = run(capsys, "tiers", "--json")
    listed = json.loads(out)["data"]["tiers"]
    assert (code, [tier["name"] for tier in listed]) == (Exit.OK, ["starter", "intermediate", "advanced"])
    assert [tier["not_built"] for tier in listed] == [[role for role in tier.roles if not built(role)] for tier in BUILT_IN]


@pytest.mark.parametrize(
    "name", ["/dev/nvme1n1", "nvme1n1", "/dev/disk/by-uuid/1", "/dev/disk/by-id/nvme-A_1-part1", "/dev/disk/by-id/"]
)
def test_a_disk_is_named_by_its_link_only(name, capsys):
    code, out, err = run(capsys, "plan", "--tier", "starter", "--from", DESKTOP, "--format", name)
    assert (code, out) == (Exit.USAGE, "")
    assert f"--format {name}" in err
    assert "Traceback" not in err


def test_a_disk_that_may_be_formatted_is_in_the_plan_as_destructive(capsys):
    aws = str(RECORDINGS / "aws-g5")
    link = "/dev/disk/by-id/nvme-Amazon_EC2_NVMe_Instance_Storage_AWS00000000000000001"
    code, out, _ = run(capsys, "plan", "--tier", "starter", "--from", aws, "--format", link, "--json")
    made = json.loads(out)["data"]["hosts"]["aws-g5"]
    assert (code, made["storage"]["format"], made["storage"]["devices"]) == (Exit.OK, True, [link])
    assert made["destructive"][0]["consent"] == f"--format {link}"
    assert "comes back blank" in made["storage"]["ephemeral"] or "back blank after a stop" in made["storage"]["ephemeral"]
