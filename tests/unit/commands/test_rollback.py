import pytest

from rigprov.catalog.roles import ORDER, built
from rigprov.commands.rollback import split
from rigprov.errors import UsageError

CARRIED = ", ".join(role for role in ORDER if built(role))


@pytest.mark.parametrize(
    ("words", "hosts", "roles"),
    [
        (["web"], ["web"], []),
        (["web", "docker"], ["web"], ["docker"]),
        (["web", "docker", "base"], ["web"], ["docker", "base"]),
        (["docker", "docker"], ["docker"], ["docker"]),
    ],
)
def test_the_first_word_is_a_host_and_roles_are_known_by_name(words: list[str], hosts: list[str], roles: list[str]) -> None:
    assert split(words) == (hosts, roles)


@pytest.mark.parametrize(
    ("word", "hint"),
    [
        ("web_ui", f"one of: {CARRIED}; several hosts are given as a group"),
        ("doker", "did you mean `docker`?"),
        ("web2", f"one of: {CARRIED}; several hosts are given as a group"),
    ],
)
def test_a_second_word_that_is_no_role_is_never_taken_for_a_host(word: str, hint: str) -> None:
    with pytest.raises(UsageError, match=f"no role `{word}` to take out") as refused:
        split(["web", word])
    assert refused.value.hint == hint
