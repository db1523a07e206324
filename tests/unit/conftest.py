"""Roles of a test's own, so that no test of the plan hangs on what a role's default happens to be."""

import pytest

from rigprov.catalog import roles
from tests.unit.plan.hosts import use_roles, write_roles


@pytest.fixture
def starter_roles(tmp_path, monkeypatch):
    """The roles of tier starter, and no others."""
    write_roles(tmp_path / "content")
    use_roles(tmp_path / "content", monkeypatch)
    yield
    roles.options.cache_clear()
