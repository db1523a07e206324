"""Forms of values: what a role would refuse on any host is refused before one is touched, and nothing that rigprov chooses is."""

import pytest

from rigprov.catalog import forms
from rigprov.catalog.roles import ORDER, options
from rigprov.catalog.typed import problem
from rigprov.errors import UsageError
from rigprov.plan.build import build_plan
from rigprov.plan.consent import Consent
from rigprov.plan.wishes import read_flags
from rigprov.tiers import ADVANCED, INTERMEDIATE, STARTER
from tests.unit.facts.rigs import RIGS, facts

KNOWN = {name: option for role in ORDER for name, option in options(role).items()}


def test_every_form_is_of_a_variable():
    nested = {item.name for option in KNOWN.values() for item in option.options.values()}
    assert set(forms.FORMS) <= set(KNOWN) | nested


@pytest.mark.parametrize("option", KNOWN.values(), ids=KNOWN)
def test_every_default_fits(option):
    assert option.default is None or problem(option, option.default) is None


@pytest.mark.parametrize("rig", RIGS)
@pytest.mark.parametrize("tier", [STARTER, INTERMEDIATE, ADVANCED], ids=lambda tier: tier.name)
def test_every_value_that_is_planned_fits(rig, tier):
    planned = build_plan(facts(rig), tier, consent=Consent()).variables()
    wrong = {name: problem(KNOWN[name], value) for name, value in planned.items() if name in KNOWN}
    assert {name: why for name, why in wrong.items() if why} == {}


@pytest.mark.parametrize(
    ("setting", "words"),
    [
        ("models.path=relative", "must be an absolute path such as /srv/models"),
        ("models.path=", "a directory for models alone"),
        ("models.path=/etc", "a directory for models alone"),
        ("models.path=~/models", "absolute"),
        ("models.path=/a b", "absolute"),
        ("models.path=/a/../b", "no .. and"),
        ("models.path=/a//b", "absolute"),
        ("models.path=/a/", "absolute"),
        ("models.path=/run/models", "not below /dev"),
        ("model_storage.mount=/srv", "a directory for models alone"),
        ("model_storage.move_from=old", "absolute"),
        ("model_storage.mount_options=noatime nofail", "commas"),
        ("model_storage.group=Bad Group", "lower-case"),
        ("model_storage.users=[ada, 'a b']", "item 2 must be the name of an account"),
        ("swap.file=swapfile", "/swapfile"),
        ("swap.file=/dev/nvme0n1", "not below /dev"),
        ("swap.size_mib=-5", "8192 makes 8 GiB"),
        ("swap.size_mib=8", "16 or more"),
        ("swap.swappiness=201", "0 to 200"),
        ("docker.data_root=data", "absolute"),
        ("docker.log_max_size=large", "such as 50m"),
        ("docker.log_max_file=0", "at least 1"),
        ("docker.repository_fingerprint=9dc8", "40 hexadecimal digits"),
        ("docker.repository_url=file:///srv", "https:// or http://"),
        ("base.packages=['a; reboot']", "item 1 must be a package's name"),
        ("llm_runtime.port=0", "1 to 65535"),
        ("llm_runtime.port=65536", "1 to 65535"),
        ("llm_runtime.context=0", "at least 1"),
        ("llm_runtime.home=/opt", "such as /opt/llm"),
        ("llm_runtime.gpu_layers=-1", "all, or a whole number"),
        ("llm_runtime.build_flags=[GGML_CUDA=ON]", "item 1 must be an option of CMake"),
        ("llm_runtime.host=a b", "an address or name"),
        ("llm_runtime.archive=http://a.test/x", "https"),
        ("nvidia_driver.branch=newest", "such as 580"),
        ("cuda_toolkit.release=12", "such as 12.9"),
        ("models.wanted=[{name: a, file: ../a.gguf, sha256: '', size_bytes: 1, source: url}]", "item 1 key `file` must be"),
    ],
)  # fmt: skip
def test_what_does_not_fit_is_one_sentence(setting, words):
    with pytest.raises(UsageError, match=r"in --set (must|item)") as refused:
        read_flags([setting])
    assert words in str(refused.value)


@pytest.mark.parametrize(
    "setting",
    [
        "models.path=/data/llm-models_2", "model_storage.mount=", "model_storage.users=[first.last, root, DOM\\\\ada]",
        "swap.size_mib=0", "swap.size_mib=16", "swap.swappiness=0", "docker.log_max_size=100", "docker.log_max_size=1G",
        "base.packages=[curl, libc6:amd64, 'g++-12=12.2.0-14']", "llm_runtime.host=::1", "llm_runtime.gpu_layers=all",
        "llm_runtime.port=65535", "llm_runtime.build_architectures=", "docker.repository_url=http://mirror.lan:8080/docker",
    ],
)  # fmt: skip
def test_what_fits(setting):
    assert read_flags([setting])
