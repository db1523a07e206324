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


@pytest.mark.nightly
@pytest.mark.parametrize(
    ("values", "message"),
    [
        ({"model_storage_users": ["nobodyhere"]}, "this host has no such account"),
        ({"model_storage_path": "/srv"}, "a directory for models alone"),
        ({"model_storage_path": "/srv/../etc"}, "without spaces, .."),
    ],
)
def test_values_that_cannot_be_meant(module_target: Target, values: dict[str, Any], message: str) -> None:
    done = apply(module_target, ROLE, **values)
    assert (done.rc, done.changed, message in done.words) == (2, 0, True), done.text
