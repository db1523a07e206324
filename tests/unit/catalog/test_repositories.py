"""Repositories that the plan knows and roles pin: one truth in two places."""

import yaml

from rigprov.catalog import repositories
from tests.meta.checkout import ROOT


def test_docker_s_is_the_one_that_its_role_pins() -> None:
    role = yaml.safe_load((ROOT / "roles/docker/defaults/main.yml").read_text(encoding="utf-8"))
    known = repositories.docker("debian", "bookworm")
    assert known.key_fingerprint == role["docker_repository_fingerprint"]
    assert known.url == f"{role['docker_repository_url']}/debian/"
