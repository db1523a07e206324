"""A role's defaults and its argument specification say the same."""

from pathlib import Path
from typing import Any

import pytest
import yaml

from rigprov.catalog import engines
from tests.meta.checkout import ROLES


def load(path: Path) -> Any:
    return yaml.safe_load(path.read_text()) if path.exists() else None


def spec(role: Path) -> dict[str, Any]:
    options: dict[str, Any] = load(role / "meta/argument_specs.yml")["argument_specs"]["main"].get("options", {})
    return options


@pytest.mark.parametrize("role", ROLES, ids=lambda role: role.name)
def test_defaults_are_the_specs(role: Path) -> None:
    documented = {key: option["default"] for key, option in spec(role).items() if "default" in option}

    assert (load(role / "defaults/main.yml") or {}) == documented


@pytest.mark.parametrize("role", ROLES, ids=lambda role: role.name)
def test_every_option_has_type_description_and_prefix(role: Path) -> None:
    found = [
        key
        for key, option in spec(role).items()
        if not option.get("type") or not option.get("description") or not key.startswith(f"{role.name}_")
    ]

    assert found == []


@pytest.mark.parametrize("role", ROLES, ids=lambda role: role.name)
def test_every_option_is_optional_with_a_default_or_required(role: Path) -> None:
    assert [key for key, option in spec(role).items() if ("default" in option) == bool(option.get("required"))] == []


@pytest.mark.parametrize("role", ROLES, ids=lambda role: role.name)
def test_the_readme_names_every_option(role: Path) -> None:
    readme = (role / "README.md").read_text()

    assert [key for key in spec(role) if key not in readme] == []


def test_the_engine_that_the_role_would_install_by_itself_is_the_catalogue_s() -> None:
    own = load(ROLES[0].parent / "llm_runtime/defaults/main.yml")
    wheel, source = engines.XLLAMACPP, engines.LLAMA_CPP_SOURCE

    assert (own["llm_runtime_version"], sorted(own["llm_runtime_wheel_sha256"])) == (wheel.version, sorted(wheel.sha256.values()))
    assert (own["llm_runtime_sdist"], own["llm_runtime_sdist_sha256"]) == (source.requirement, source.sha256)
