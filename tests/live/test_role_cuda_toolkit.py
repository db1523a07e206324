"""Roles cuda_toolkit, apt_repository and apt_packages on a live machine, with stand-ins for NVIDIA's repository.

What comes from them has the names and relations of NVIDIA's packages; nothing of NVIDIA's software is in it.
"""

import json
from typing import Any

import pytest

from tests.live import vendors
from tests.live.play import apply, cut, out, rollback, start, state
from tests.targets import Target

pytestmark = pytest.mark.live
CUDA = ["cuda_toolkit"]
URL = vendors.URL
OFFICIAL = "EB693B3035CD5710E231E123A4B469963BF863CC"


@pytest.fixture(scope="module")
def keys(module_target: Target) -> tuple[str, str]:
    """Fingerprints of the keys that the stand-in repositories are signed with: the vendor's and a stranger's."""
    return vendors.serve(module_target)


@pytest.fixture
def values(keys: tuple[str, str]) -> dict[str, Any]:
    pins = [
        {"package": "cuda-nvcc-*", "pin": "origin 127.0.0.1", "priority": 600},
        {"package": "nvidia-* libnvidia-* cuda-drivers*", "pin": "origin 127.0.0.1", "priority": -1},
    ]
    return {
        "cuda_toolkit_repository": vendors.entry("cuda", keys[0]),
        "cuda_toolkit_pins": pins,
        "cuda_toolkit_hold": ["cuda-nvcc-12-9"],
    }


def traces(target: Target) -> str:
    """What of ours apt knows, and whether it still works."""
    files = "sudo find /etc/apt /var/lib/rigprov /tmp ! -type d -path '*rigprov*' 2>/dev/null || true"
    return out(target, f"{files}; sudo apt-get update 2>&1 | grep '^[WE]:' || true")


def test_life_of_the_role(module_target: Target, values: dict[str, Any]) -> None:
    bare = state(module_target)
    checked = apply(module_target, CUDA, check=True, **values)
    assert checked.rc == 0, checked.text
    assert state(module_target) == bare

    first, second = apply(module_target, CUDA, **values), apply(module_target, CUDA, **values)
    assert first.rc == 0, first.text
    assert second.verdict == (0, 0), second.text
    assert out(module_target, "bash -lc 'nvcc --version' | tail -1; bash -lc '. /etc/profile; echo $PATH'").split("\n") == [
        "Cuda compilation tools, release 12.9, V12.9.86",
        out(module_target, "bash -lc 'echo $PATH'"),
    ]
    assert out(module_target, "apt-mark showhold; dpkg-query -W -f '${Package} ' 'cuda-*' libcublas-1*") == (
        "cuda-nvcc-12-9\ncuda-cudart-12-9 cuda-cudart-dev-12-9 cuda-nvcc-12-9 libcublas-12-9"
    )
    assert out(module_target, "apt-cache policy cuda-drivers | sed -n 3p; sudo apt-get update 2>&1 | grep '^[WE]:' || true") == (
        "Candidate: (none)"
    )

    taken_out = rollback(module_target, CUDA)
    assert taken_out.rc == 0, taken_out.text
    assert traces(module_target) == ""
    assert out(module_target, "apt-mark showhold; ls /etc/profile.d/rigprov* /usr/local/cuda-12.9 2>/dev/null || true") == ""
    assert out(module_target, "dpkg-query -W -f '${db:Status-Abbrev}' cuda-nvcc-12-9 libcublas-12-9 2>/dev/null || true") == ""
    assert rollback(module_target, CUDA).verdict == (0, 0)


BAD: dict[str, tuple[dict[str, Any], str]] = {
    "wrong key": (
        {"key_fingerprint": OFFICIAL},
        f"{URL}/vendor.asc is not the key {OFFICIAL}, but {{0}}. It was not installed",
    ),
    "expired": (
        {"url": f"{URL}/expired"},
        f"The repository {URL}/expired / cannot be used: its Release file has expired (invalid since",
    ),
    "two keys": ({"key_url": f"{URL}/two.asc"}, f"{URL}/two.asc is not the key {{0}}, but {{0}}, {{1}}. It was not installed"),
    "no key": ({"key_url": f"{URL}/none.asc"}, f"{URL}/none.asc is not the key {{0}}, but no key at all"),
    "key is not there": ({"key_url": f"{URL}/x.asc"}, f"The key {URL}/x.asc was not fetched: the server has nothing there (404)"),
    "unreachable": (
        {"url": "http://127.0.0.1:9/x"},
        "The repository http://127.0.0.1:9/x / cannot be used: it cannot be reached (Could not connect to 127.0.0.1:9",
    ),
    "no release": ({"url": f"{URL}/none"}, f"The repository {URL}/none / cannot be used: the server has nothing there (404)"),
    "another's signature": (
        {"url": f"{URL}/stranger"},
        f"The repository {URL}/stranger / cannot be used: it is signed with another key, {{2}}",
    ),
    "unsigned": ({"url": f"{URL}/unsigned"}, f"The repository {URL}/unsigned / cannot be used: it is not signed"),
}
QUICK = ("wrong key", "expired")


@pytest.mark.parametrize(
    "case", [pytest.param(case, marks=() if case in QUICK else pytest.mark.nightly) for case in BAD], ids=lambda case: case
)
def test_a_repository_that_is_not_right_leaves_nothing(
    module_target: Target, keys: tuple[str, str], values: dict[str, Any], case: str
) -> None:
    changes, words = BAD[case]

    refused = apply(module_target, CUDA, **{**values, "cuda_toolkit_repository": vendors.entry("cuda", keys[0], **changes)})

    assert refused.rc == 2, refused.text
    assert words.format(*keys, keys[1][-16:]) in refused.words
    assert refused.words.count("FAILED!") + refused.words.count("[ERROR]") <= 2, refused.text
    assert traces(module_target) == ""


@pytest.mark.nightly
def test_a_signature_that_went_bad_is_refused_though_apt_has_an_index_from_before(
    module_target: Target, values: dict[str, Any]
) -> None:
    assert apply(module_target, CUDA, **values).rc == 0
    assert rollback(module_target, CUDA).rc == 0
    assert out(module_target, "ls /var/lib/apt/lists | grep -c 8001") != "0"
    vendors.sign_again(module_target, "cuda", "stranger")
    try:
        refused = apply(module_target, CUDA, **values)
    finally:
        vendors.sign_again(module_target, "cuda", "vendor")

    assert refused.rc == 2
    assert "it is signed with another key" in refused.words
    assert traces(module_target) == ""


@pytest.mark.nightly
def test_a_binary_key_serves_as_well(module_target: Target, keys: tuple[str, str], values: dict[str, Any]) -> None:
    repository = vendors.entry("cuda", keys[0], key_url=f"{URL}/binary.gpg")

    done = apply(module_target, CUDA, **{**values, "cuda_toolkit_repository": repository})

    assert done.rc == 0, done.text
    assert rollback(module_target, CUDA).rc == 0


@pytest.mark.nightly
def test_no_driver_comes_along(module_target: Target, values: dict[str, Any]) -> None:
    named = apply(module_target, CUDA, **{**values, "cuda_toolkit_packages": ["cuda-12-9", "cuda-nvcc-12-9"]})
    assert named.rc == 2
    assert "cuda_toolkit_packages names cuda-12-9, which belongs to the driver or brings one along" in named.words

    pulled = {**values, "cuda_toolkit_packages": ["cuda-nvcc-12-8"], "cuda_toolkit_hold": [], "cuda_toolkit_pins": []}
    dragged = apply(module_target, CUDA, **pulled)
    assert dragged.rc == 2
    assert "With cuda-nvcc-12-8 apt would also touch cuda-drivers, nvidia-driver-580, which is not the business" in dragged.words
    pinned = apply(module_target, CUDA, **{**pulled, "cuda_toolkit_pins": values["cuda_toolkit_pins"]})
    assert pinned.rc == 2
    assert "apt cannot install cuda-nvcc-12-8: " in pinned.words
    assert "cuda-drivers" in pinned.words
    assert out(module_target, "dpkg-query -W 'cuda*' 'nvidia-driver*' 2>/dev/null || true") == ""
    other = apply(module_target, CUDA, **{**values, "cuda_toolkit_release": "12.8"})
    assert other.rc == 2
    assert "/usr/local/cuda-12.9/bin/nvcc should be release 12.8, but says release 12.9. Check" in other.words
    assert rollback(module_target, CUDA).rc == 0


@pytest.mark.nightly
def test_what_was_here_before_stays(module_target: Target, keys: tuple[str, str], values: dict[str, Any]) -> None:
    """An entry of one's own for the repository, a held package: used as they are, still there after the rollback."""
    entry = f"deb [signed-by=/srv/vendors/vendor.asc] {URL}/cuda /"
    own = f"echo '{entry}' | sudo tee /etc/apt/sources.list.d/own.list; sudo apt-get -qq update"
    out(module_target, f"{own}; sudo apt-get -qqy install libcublas-dev-12-9; sudo apt-mark hold libcublas-12-9")
    before = state(module_target)

    done = apply(module_target, CUDA, **values)
    assert done.rc == 0, done.text
    assert out(module_target, "ls /etc/apt/sources.list.d /etc/apt/keyrings | grep rigprov || true") == ""
    assert apply(module_target, CUDA, **values).verdict == (0, 0)
    assert rollback(module_target, CUDA).rc == 0
    assert [
        line for line in state(module_target) if line not in before and "/var/lib/apt" not in line and "dpkg" not in line
    ] == []

    # The same entry with a key that does not fit: one clear error, and with consent it is moved aside until the rollback.
    out(module_target, "sudo sed -i s/vendor.asc/stranger.asc/ /etc/apt/sources.list.d/own.list")
    refused = apply(module_target, CUDA, **values)
    assert refused.rc == 2
    assert f"{URL}/cuda /, as /etc/apt/sources.list.d/own.list has it, cannot be used: it is signed with another key" in (
        refused.words
    )
    moved = apply(module_target, CUDA, **values, cuda_toolkit_replace_sources=["/etc/apt/sources.list.d/own.list"])
    assert moved.rc == 0, moved.text
    sources = "ls /etc/apt/sources.list.d | grep -v debian"
    assert out(module_target, sources) == "own.list.rigprov-disabled\nrigprov-cuda.sources"
    assert apply(module_target, CUDA, **values).verdict == (0, 0)
    assert rollback(module_target, CUDA).rc == 0
    assert out(module_target, f"{sources}; sudo rm /etc/apt/sources.list.d/own.list") == "own.list"
    out(module_target, "sudo apt-mark unhold libcublas-12-9; sudo apt-get -qqy purge 'libcublas-*12-9'")


@pytest.mark.nightly
def test_two_roles_share_a_repository(module_target: Target, keys: tuple[str, str], values: dict[str, Any]) -> None:
    """The other role is the container toolkit, as where its packages come from the CUDA repository too."""
    roles = ["cuda_toolkit", "nvidia_container_toolkit"]
    shared = {
        **values,
        "nvidia_container_toolkit_repository": values["cuda_toolkit_repository"],
        "nvidia_container_toolkit_packages": ["libcublas-12-9"],
        "nvidia_container_toolkit_cdi": False,
        "nvidia_container_toolkit_docker": False,
    }
    record = "sudo cat /var/lib/rigprov/apt-repository.json"
    assert apply(module_target, roles, **shared).rc == 0
    assert json.loads(out(module_target, record))["repositories"]["cuda"]["users"] == roles
    assert apply(module_target, roles, **shared).verdict == (0, 0)

    assert rollback(module_target, ["cuda_toolkit"]).rc == 0
    assert json.loads(out(module_target, record))["repositories"]["cuda"]["users"] == ["nvidia_container_toolkit"]
    assert (
        out(module_target, "sudo apt-get update 2>&1 | grep -e '^[WE]:' -e 8001 | head -1; ls /etc/apt/keyrings | grep rig") != ""
    )
    assert rollback(module_target, ["nvidia_container_toolkit"]).rc == 0
    assert traces(module_target) == ""


@pytest.mark.nightly
def test_a_run_that_was_cut_off_goes_on(module_target: Target, values: dict[str, Any]) -> None:
    for sign in ("/var/lib/rigprov/apt-repository.json", "/etc/apt/keyrings/rigprov-cuda.asc", "/var/lib/rigprov/apt-packages.*"):
        run = start(module_target, CUDA, **values)
        try:
            module_target.run(f"for i in $(seq 400); do ls {sign} >/dev/null 2>&1 && break; sleep 0.05; done", timeout_s=60)
        finally:
            cut(run)
        out(module_target, "while pgrep -f AnsiballZ > /dev/null; do sleep 0.1; done")  # a module that had begun ends by itself
        done = apply(module_target, CUDA, **values)
        assert done.rc == 0, done.text
        assert apply(module_target, CUDA, **values).verdict == (0, 0)
        assert rollback(module_target, CUDA).rc == 0
        assert traces(module_target) == ""
