"""One version, said alike everywhere."""

import re

import yaml

import rigprov
from tests.meta.checkout import ROOT


def test_the_collection_has_the_packages_version() -> None:
    galaxy = yaml.safe_load((ROOT / "galaxy.yml").read_text())

    assert galaxy["version"] == rigprov.__version__


def test_the_changelog_knows_it() -> None:
    assert re.search(rf"^## .*{re.escape(rigprov.__version__)}", (ROOT / "CHANGELOG.md").read_text(), re.MULTILINE)
