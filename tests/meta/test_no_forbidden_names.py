"""No file names the host of a package registry: where packages come from is for the installers' own configuration to say."""

import re

import pytest

from tests.meta.checkout import name, tracked

# written in pieces, or this file would be the first hit
HOSTS = ("pypi" + ".org", "files.python" + "hosted.org", "registry.npm" + "js.org")
PATTERN = re.compile("|".join(map(re.escape, HOSTS)).encode())


def test_no_file_names_a_registry() -> None:
    assert [name(path) for path in tracked() if PATTERN.search(path.read_bytes())] == []


@pytest.mark.parametrize("host", HOSTS)
def test_each_would_be_found(host: str) -> None:
    assert PATTERN.search(f"see https://{host}/x".encode())
