"""What the user wrote, checked before a host is touched."""

import pytest

from rigprov.errors import UsageError
from rigprov.model.plan import Source
from rigprov.model.target import Target
from rigprov.plan.wishes import Wishes, read_flags, read_inventory

pytestmark = pytest.mark.usefixtures("starter_roles")


@pytest.mark.parametrize(
    ("setting", "value"),
    [
        ("docker.log_max_file=5", {"docker_log_max_file": 5}),
        ("docker.log_max_size=50", {"docker_log_max_size": "50"}),
        ("llm_runtime.version=2026.10", {"llm_runtime_version": "2026.10"}),
        ("docker.users=[ada, alan]", {"docker_users": ["ada", "alan"]}),
        ("docker.remove_conflicts=yes", {"docker_remove_conflicts": True}),
        ("docker.daemon_options={mtu: 1400}", {"docker_daemon_options": {"mtu": 1400}}),
        ("llm_runtime.archive=https://a.test/b?c=d", {"llm_runtime_archive": "https://a.test/b?c=d"}),
        ("docker.source=distribution", {"docker_source": "distribution"}),
        ("llm_runtime.archive=", {"llm_runtime_archive": ""}),
    ],
)
def test_flags_take_the_variables_type(setting, value):
    assert read_flags([setting]) == value


@pytest.mark.parametrize(
    ("setting", "message", "hint"),
    [
        ("docker", "`--set docker` is not of the form ROLE.KEY=VALUE", "for example --set docker.log_max_file=5"),
        ("docker=3", "`--set docker=3` is not of the form ROLE.KEY=VALUE", "for example --set docker.log_max_file=5"),
        ("dokcer.users=[]", "`--set dokcer.users`: there is no role `dokcer`", "did you mean `docker`?"),
        (
            "docker.log_max_fil=3",
            "`--set docker.log_max_fil`: role docker has no key `log_max_fil`",
            "did you mean `log_max_file`?",
        ),
        ("base.zzz=1", "`--set base.zzz`: role base has no key `zzz`", "there are needrestart_quiet"),
        (
            "nvidia_driver.branch=580",
            "`--set nvidia_driver.branch`: role nvidia_driver is not built in this version",
            "leave the value out",
        ),
        (
            "models.token=hf_abc",
            "`--set models.token` would show a secret in the process list",
            "put models_token into the inventory, best encrypted with ansible-vault",
        ),
        ("docker.log_max_file=many", "`docker.log_max_file` in --set must be a whole number, and 'many' is not", None),
        (
            "docker.log_max_file=2026-13-45",
            "`docker.log_max_file` in --set must be a whole number, and '2026-13-45' is not",
            None,
        ),
        ("docker.log_max_file=true", "`docker.log_max_file` in --set must be a whole number, and True is not", None),
        (
            "docker.source=snap",
            "`docker.source` in --set must be one of repository, distribution, and 'snap' is not",
            None,
        ),
        ("docker.users=ada", "`docker.users` in --set must be a list, for example [a, b], and 'ada' is not", None),
        ("docker.users=[1]", "`docker.users` in --set item 1 must be text, and 1 is not", None),
        (
            "docker.daemon_options={a: [",
            "`docker.daemon_options` in --set must be a mapping, for example {key: value}, and '{a: [' is not",
            None,
        ),
        ("models.wanted=[{file: a}]", "`models.wanted` in --set item 1 lacks the key `source`", None),
        (
            "models.wanted=[{file: a, source: wheel, sha: b}]",
            "`models.wanted` in --set item 1 has the unknown key `sha`; known are file, source",
            None,
        ),
        (
            "models.wanted=[{file: a.gguf, source: ftp}]",
            "`models.wanted` in --set item 1 key `source` must be one of url, wheel, and 'ftp' is not",
            None,
        ),
    ],
)
def test_wrong_flags_are_one_sentence(setting, message, hint):
    with pytest.raises(UsageError) as refused:
        read_flags([setting])
    assert (str(refused.value), refused.value.hint) == (message, hint)


def test_inventory_takes_role_values_and_leaves_the_rest():
    target = Target("web1", variables={"ansible_user": "me", "docker_users": ["ada"], "color": "red"}, where="hosts.yml")
    assert read_inventory(target) == {"docker_users": ["ada"]}


@pytest.mark.parametrize(
    ("variables", "message", "hint"),
    [
        (
            {"docker_edition": "ce"},
            "`docker_edition` of host web1 in hosts.yml: role docker has no key `edition`",
            "there are source, data_root, containerd_root, log_max_size, log_max_file, users, daemon_options, "
            "remove_conflicts, conflicts, required_mount",
        ),
        (
            {"docker_log_max_file": "3"},
            "`docker_log_max_file` in hosts.yml (host web1) must be a whole number, and '3' is not",
            None,
        ),
        (
            {"models_path": "{{ disk }}/models"},
            "`models_path` in hosts.yml (host web1) is a template, and rigprov decides before Ansible runs; give the plain value",
            None,
        ),
    ],
)
def test_wrong_inventory_values_name_the_file(variables, message, hint):
    with pytest.raises(UsageError) as refused:
        read_inventory(Target("web1", variables=variables, where="hosts.yml"))
    assert (str(refused.value), refused.value.hint) == (message, hint)


def test_a_secret_may_stand_in_the_inventory():
    assert read_inventory(Target("a", variables={"models_token": "hf_abc"})) == {"models_token": "hf_abc"}


def test_a_flag_wins_over_the_inventory():
    wishes = Wishes(inventory={"a": 1, "b": 2}, flags={"a": 3})
    assert [(wishes.get(name), wishes.source(name)) for name in ("a", "b", "c")] == [
        (3, Source.FLAG),
        (2, Source.INVENTORY),
        (None, None),
    ]
    assert wishes.names() == ("a", "b")
