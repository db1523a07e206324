"""Package sources that are on the host already."""

from dataclasses import replace

import pytest

from rigprov.catalog import repositories
from rigprov.model.host import AptSource, Missing
from rigprov.plan import base, package_sources
from rigprov.tiers import INTERMEDIATE
from tests.unit.plan.hosts import JAMMY, case, rig

URL = "https://developer.download.nvidia.com/compute/cuda/repos/ubuntu2204/x86_64"
KEYRING = "/usr/share/keyrings/cuda-archive-keyring.gpg"
CUDA = repositories.cuda("ubuntu", "jammy", "x86_64")
TOOLKIT = repositories.container_toolkit("x86_64")
D = "/etc/apt/sources.list.d"


def entry(file, uri, signed_by, *, enabled=True):
    return AptSource(f"{D}/{file}", (uri,), ("/",), (), signed_by, enabled)


OLD = entry("cuda.list", f"{URL}/", None)
NEW = entry("cuda-ubuntu2204-x86_64.list", URL, KEYRING)
DOCKER = entry("nvidia-docker.list", "https://nvidia.github.io/nvidia-docker/ubuntu20.04/$(ARCH)", None)
RUNTIME = entry(
    "nvidia-container-runtime.list", "https://nvidia.github.io/nvidia-container-runtime/stable/ubuntu18.04/$(ARCH)", None
)
STABLE = entry("toolkit.list", "https://nvidia.github.io/libnvidia-container/stable/deb/$(ARCH)", "/k.gpg")


@pytest.mark.parametrize(
    ("sources", "wanted", "files"),
    [
        ((), CUDA, ()),
        ((NEW,), CUDA, ()),
        ((RUNTIME, STABLE), TOOLKIT, (RUNTIME.file,)),
        ((OLD, NEW), CUDA, (OLD.file, NEW.file)),
        ((replace(OLD, enabled=False), NEW), CUDA, ()),
        ((NEW, replace(NEW, file=f"{D}/again.list")), CUDA, ()),  # twice the same is only a warning of apt's
        ((STABLE,), TOOLKIT, ()),
        ((STABLE, replace(STABLE, file=f"{D}/other.list", signed_by=None)), TOOLKIT, (STABLE.file, f"{D}/other.list")),
        ((DOCKER,), TOOLKIT, (DOCKER.file,)),
        ((DOCKER, STABLE), TOOLKIT, (DOCKER.file,)),
        ((DOCKER,), CUDA, ()),
        (Missing("needs root"), CUDA, ()),
    ],
)
def test_entries_that_contradict_one_another(sources, wanted, files):
    assert package_sources.clashing(rig(os=JAMMY, apt_sources=sources), wanted) == files


def decide(**consent):
    facts = rig(os=JAMMY, apt_sources=(OLD, NEW))
    return base.decide(case(facts, tier=INTERMEDIATE, **consent))


def test_f27_nothing_is_put_aside_without_consent():
    """The retired key's entry beside the new one: apt would read no source at all."""
    made = decide()
    assert [blocker.code for blocker in made.blockers] == ["apt-sources-clash"]
    assert made.values == {}
    assert [item.given for item in made.destructive] == [False]


def test_with_consent_they_are():
    made = decide(remove_conflicts=True)
    assert made.blockers == ()
    assert made.values["base_replace_sources"].value == [OLD.file, NEW.file]
    assert [(item.role, item.given) for item in made.destructive] == [("base", True)]


DOCKERS = AptSource(f"{D}/docker.list", ("https://download.docker.com/linux/ubuntu",), ("jammy",), ("stable",), "/k.asc", True)
TWICE = replace(DOCKERS, file=f"{D}/docker.sources", uris=("https://download.docker.com/linux/ubuntu/",), signed_by="/k.gpg")


def test_docker_s_own_instructions_followed_twice():
    """The old keyring's entry beside the new one: for every tier, since apt would read no source at all."""
    facts = rig(os=JAMMY, apt_sources=(DOCKERS, TWICE))
    assert [blocker.code for blocker in base.decide(case(facts)).blockers] == ["apt-sources-clash"]
    made = base.decide(case(facts, remove_conflicts=True))
    assert made.blockers == ()
    assert made.values["base_replace_sources"].value == [DOCKERS.file, TWICE.file]


@pytest.mark.parametrize(
    "second",
    [
        replace(TWICE, suites=("noble",)),  # another suite has a key of its own
        replace(TWICE, signed_by="/k.asc"),
        replace(TWICE, enabled=False),
    ],
)
def test_docker_s_entries_that_apt_can_read(second):
    assert base.decide(case(rig(os=JAMMY, apt_sources=(DOCKERS, second)))).blockers == ()


@pytest.mark.parametrize("consent", [False, True])
def test_other_people_s_sources_are_theirs_to_mend(consent):
    mine = AptSource(f"{D}/a.list", ("http://apt.example/x",), ("main", "extra"), (), None, True)
    other = replace(mine, file=f"{D}/b.list", uris=("http://apt.example/x/",), suites=("extra",), signed_by="/k.gpg")
    made = base.decide(case(rig(os=JAMMY, apt_sources=(mine, other)), remove_conflicts=consent))
    (blocker,) = made.blockers
    assert blocker.code == "apt-sources-contradict"
    assert f"{mine.file}, {other.file} name different keys" in blocker.message
    assert "base_replace_sources" not in made.values


def test_of_a_tier_without_gpus_nvidia_s_are_other_people_s():
    found = base.decide(case(rig(os=JAMMY, apt_sources=(OLD, NEW)))).blockers
    assert [blocker.code for blocker in found] == ["apt-sources-contradict"]
