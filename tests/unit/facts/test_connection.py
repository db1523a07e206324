"""What Ansible is told must be what `ssh -G` was asked."""

from pathlib import Path

import pytest

from rigprov.errors import UsageError
from rigprov.facts.connection import Access, ansible_variables, become_password, ssh_arguments, ssh_password
from rigprov.model.target import Target

PLAIN = Access()


@pytest.fixture
def config(tmp_path: Path) -> Path:
    path = tmp_path / "my config"
    path.write_text("Host *\n")
    return path


def test_local() -> None:
    assert ansible_variables(Target("localhost", local=True), PLAIN) == {
        "ansible_connection": "local",
        "ansible_python_interpreter": "{{ ansible_playbook_python }}",
    }


def test_the_users_interpreter_wins() -> None:
    target = Target("here", local=True, variables={"ansible_python_interpreter": "/opt/python"})
    assert ansible_variables(target, PLAIN)["ansible_python_interpreter"] == "/opt/python"


def test_ssh(config: Path) -> None:
    variables = {"ansible_ssh_common_args": "-o 'ProxyJump=a b'", "ansible_host": "old", "docker_users": ["x"]}
    target = Target("rig", address="10.0.0.1", user="ops", port=2222, variables=variables)
    assert ansible_variables(target, Access(ssh_config=config)) == {
        "ansible_connection": "ssh",
        "ansible_host": "10.0.0.1",
        "ansible_user": "ops",
        "ansible_port": 2222,
        "ansible_ssh_common_args": f"-o 'ProxyJump=a b' -F '{config}'",
    }


def test_arguments_in_ansibles_order(config: Path) -> None:
    variables = {
        "ansible_ssh_args": "-C",
        "ansible_host_key_checking": False,
        "ansible_ssh_private_key_file": "/k y",
        "ansible_ssh_common_args": "-J gate",
        "ansible_ssh_extra_args": "-o Foo=1",
    }
    target = Target("rig", address="10.0.0.1", user="ops", port=2222, variables=variables)
    assert ssh_arguments(target, Access(ssh_config=config)) == [
        *("-C", "-o", "StrictHostKeyChecking=no", "-o", "Port=2222", "-o", 'IdentityFile="/k y"', "-o", 'User="ops"'),
        *("-J", "gate", "-F", str(config), "-o", "Foo=1"),
    ]


def test_nothing_said_nothing_added() -> None:
    assert ssh_arguments(Target("rig", address="rig"), PLAIN) == []


def test_a_relative_configuration_is_made_absolute(config: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.chdir(config.parent)
    assert ssh_arguments(Target("rig"), Access(ssh_config=Path("my config"))) == ["-F", str(config)]


@pytest.mark.parametrize(
    ("variables", "message"),
    [
        ({"ansible_ssh_common_args": "-o 'x"}, "`ansible_ssh_common_args` of `rig` is malformed: No closing quotation"),
        ({"ansible_ssh_args": "{{ x }}"}, "`ansible_ssh_args` of `rig` must be plain text, it is '{{ x }}'"),
        ({"ansible_ssh_extra_args": ["-C"]}, "`ansible_ssh_extra_args` of `rig` must be plain text, it is ['-C']"),
    ],
)
def test_arguments_that_cannot_be_used(variables: dict[str, object], message: str) -> None:
    with pytest.raises(UsageError) as caught:
        ssh_arguments(Target("rig", variables=variables), PLAIN)
    assert str(caught.value) == message


def test_a_configuration_that_is_not_there() -> None:
    with pytest.raises(UsageError, match="ssh configuration `/none` does not exist"):
        ssh_arguments(Target("rig"), Access(ssh_config=Path("/none")))


@pytest.mark.parametrize(
    ("variables", "expected"),
    [
        ({}, "asked"),
        ({"ansible_become_password": "own"}, "own"),
        ({"ansible_become_pass": 1234}, "1234"),
        ({"ansible_become_password": {"__ansible_vault": "x"}}, "asked"),  # Ansible's to open
        ({"ansible_become_password": "{{ lookup('env', 'X') }}"}, "asked"),
    ],
)
def test_become_password(variables: dict[str, object], expected: str) -> None:
    assert become_password(Target("rig", variables=variables), Access(become_password="asked")) == expected  # noqa: S106


def test_passwords_do_not_show() -> None:
    assert "hunter2" not in repr(Access(become_password="hunter2"))  # noqa: S106
    assert ssh_password(Target("rig", variables={"ansible_ssh_pass": "p"})) == "p"
