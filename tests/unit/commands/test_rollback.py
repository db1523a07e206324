import pytest

from rigprov.commands.rollback import split
from rigprov.errors import UsageError


@pytest.mark.parametrize(
    ("words", "hosts", "roles"),
    [
        (["web"], ["web"], []),
        (["web", "docker"], ["web"], ["docker"]),
        (["a", "b", "docker", "base"], ["a", "b"], ["docker", "base"]),
        (["docker", "docker"], ["docker"], ["docker"]),
    ],
)
def test_the_first_word_is_a_host_and_roles_are_known_by_name(words: list[str], hosts: list[str], roles: list[str]) -> None:
    assert split(words) == (hosts, roles)


def test_a_role_that_is_not_built_is_an_error() -> None:
    with pytest.raises(UsageError, match="cuda_toolkit is not built"):
        split(["web", "cuda_toolkit"])
