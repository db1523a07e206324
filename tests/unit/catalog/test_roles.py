"""What roles there are and which variables they take."""

import pytest

from rigprov.catalog.roles import Option, built, options, owner


@pytest.mark.parametrize(
    ("variable", "role"),
    [
        ("docker_users", "docker"),
        ("models_path", "models"),
        ("model_storage_path", "model_storage"),
        ("nvidia_container_toolkit_version", "nvidia_container_toolkit"),
        ("ansible_user", None),
        ("docker", None),
        ("dockerx_y", None),
    ],
)
def test_owner(variable, role):
    assert owner(variable) == role


def test_options_of_a_role(starter_roles):
    known = options("models")
    assert list(known) == ["models_path", "models_group", "models_wanted", "models_token"]
    assert known["models_path"] == Option("models_path", "path", "/srv/models")
    assert known["models_token"].secret
    assert known["models_wanted"].options["source"].choices == ("url", "wheel")


def test_a_role_that_is_not_built_has_no_options(starter_roles):
    assert (built("nvidia_driver"), dict(options("nvidia_driver"))) == (False, {})
