"""Role model_storage on a live machine."""

from typing import Any

import pytest

from tests.live.play import apply, out, rollback, state
from tests.targets import Target

pytestmark = pytest.mark.live
ROLE = ["model_storage"]
PROFILE = "/etc/profile.d/rigprov-models.sh"
CACHES = "HF_HUB_CACHE=/srv/models/huggingface/hub\nLLAMA_CACHE=/srv/models/llama.cpp\nOLLAMA_MODELS=/srv/models/ollama"
SHOW = "sudo -iu ops sh -lc env | grep -E '^(HF|OLLAMA|LLAMA)_' | sort"


def test_life_of_the_role(target: Target) -> None:
    bare = state(target)
    values: dict[str, Any] = {"model_storage_users": ["ops"]}
    assert apply(target, ROLE, check=True, **values).rc == 0
    assert state(target) == bare

    first, second = apply(target, ROLE, **values), apply(target, ROLE, **values)
    assert first.rc == 0, first.text
    assert second.verdict == (0, 0), second.text
    assert out(target, "stat -c '%a %U %G' /srv/models") == "2775 root models"
    assert out(target, SHOW) == CACHES
    assert out(target, f"HF_HUB_CACHE=/mine; . {PROFILE}; echo $HF_HUB_CACHE") == "/mine"
    out(target, "sudo -u ops touch /srv/models/ollama/kept")

    assert rollback(target, ROLE).rc == 0
    kept = out(target, f"sudo find /srv/models {PROFILE} 2>/dev/null; true")
    assert kept.split() == ["/srv/models", "/srv/models/ollama", "/srv/models/ollama/kept"]
    assert apply(target, ROLE, **values).rc == 0
    assert apply(target, ROLE, **values).verdict == (0, 0)


def test_who_may_not_write_there_keeps_his_own_caches(module_target: Target) -> None:
    assert apply(module_target, ROLE).rc == 0
    assert out(module_target, f"{SHOW}; true") == ""


@pytest.mark.parametrize(
    ("made", "path", "rc", "message"),
    [
        ("mkdir -m 755 /srv/a; touch /srv/a/f; chown ops:ops /srv/a", "/srv/a", 0, "its owner and mode stay (mode=ops:ops 755)"),
        ("mkdir -m 750 /srv/b; touch /srv/b/f; chown ops:ops /srv/b", "/srv/b", 2, "only its owner's group may read it"),
        ("touch /srv/c", "/srv/c", 2, "exists and is not a directory"),
    ],
)
def test_what_somebody_made_keeps_its_owner(module_target: Target, made: str, path: str, rc: int, message: str) -> None:
    out(module_target, f"sudo sh -c '{made}'")
    before = out(module_target, f"stat -c '%F %a %U %G' {path}")
    done = apply(module_target, ROLE, model_storage_path=path)

    assert (done.rc, message in done.words) == (rc, True), done.text
    assert out(module_target, f"stat -c '%F %a %U %G' {path}") == before


def test_an_empty_file_system_is_taken_over(module_target: Target) -> None:
    out(module_target, "sudo mkdir -p /srv/fresh/lost+found")
    assert apply(module_target, ROLE, model_storage_path="/srv/fresh").rc == 0
    assert out(module_target, "stat -c '%a %G' /srv/fresh") == "2775 models"


def test_models_move_to_another_directory(module_target: Target) -> None:
    out(module_target, "sudo sh -c 'mkdir -m 700 /opt/secret; touch /opt/secret/file; chown -R ops: /opt/secret'")
    secret = apply(module_target, ROLE, model_storage_path="/srv/moved", model_storage_move_from="/opt/secret")
    assert (secret.verdict, "only its owner's group may read it" in secret.words) == ((2, 0), True), secret.text

    files = "mkdir -p /opt/old/hub/blobs; echo a > /opt/old/hub/blobs/a; ln -s blobs/a /opt/old/hub/model; chown -R ops: /opt/old"
    out(module_target, f"sudo sh -c '{files}; chmod 755 /opt/old'")
    out(module_target, "sudo systemd-run --unit=reader --working-directory=/opt/old sleep 6000")
    values: dict[str, Any] = {"model_storage_path": "/srv/moved", "model_storage_move_from": "/opt/old"}
    predicted = apply(module_target, ROLE, check=True, **values)
    assert "/opt/old would be copied to /srv/moved, compared, and put aside" in predicted.words, predicted.text

    done = apply(module_target, ROLE, **values)
    assert (done.rc, "these go on with the old files: sleep (" in done.words) == (0, True), done.text
    assert apply(module_target, ROLE, **values).verdict == (0, 0)
    show = "sudo find {}/hub -printf '%P %M %u %l\\n' | sort"
    assert out(module_target, show.format("/srv/moved")) == out(module_target, show.format("/opt/old.before-rigprov"))
    assert out(module_target, "ls -d /opt/old 2>/dev/null; cat /srv/moved/hub/model") == "a"

    busy = apply(module_target, ROLE, **values, model_storage_remove_old=True)
    assert (busy.rc, "is not removed: sleep (" in busy.words) == (2, True), busy.text
    out(module_target, "sudo systemctl stop reader")
    assert apply(module_target, ROLE, **values, model_storage_remove_old=True).rc == 0
    assert apply(module_target, ROLE, **values, model_storage_remove_old=True).verdict == (0, 0)
    assert out(module_target, "ls -d /opt/old* 2>/dev/null; true") == ""


@pytest.mark.nightly
@pytest.mark.parametrize(
    ("values", "message"),
    [
        ({"model_storage_users": ["nobodyhere"]}, "this host has no such account"),
        ({"model_storage_path": "/srv"}, "a directory for models alone"),
        ({"model_storage_path": "/srv/../etc"}, "without spaces, .."),
        ({"model_storage_mount": "/srv/models"}, "model_storage_devices one disk"),
        ({"model_storage_move_from": "/srv/models"}, "not the place to which it is to be moved"),
        (
            {
                "model_storage_mount": "/srv/models",
                "model_storage_devices": [{"device": "/dev/disk/by-id/none", "serial": "S", "size_bytes": 1}],
            },
            "/dev/disk/by-id/none is not there",
        ),
    ],
)
def test_values_that_cannot_be_meant(module_target: Target, values: dict[str, Any], message: str) -> None:
    done = apply(module_target, ROLE, **values)
    assert (done.rc, done.changed, message in done.words) == (2, 0, True), done.text
