"""A file that is carried to hosts is looked at first."""

import hashlib

import pytest

from rigprov.apply.carried import settled
from rigprov.errors import UsageError

CONTENT = b"an engine"
HASH = hashlib.sha256(CONTENT).hexdigest()


@pytest.fixture
def engine(tmp_path, monkeypatch):
    (tmp_path / "engine.tar.gz").write_bytes(CONTENT)
    monkeypatch.chdir(tmp_path)
    return tmp_path / "engine.tar.gz"


@pytest.mark.parametrize("values", [{}, {"swap_size_mib": 5}, {"llm_runtime_archive": "https://example.org/x.tar.gz"}])
def test_what_carries_nothing_stays(values):
    assert settled(values, "--set") == values


@pytest.mark.parametrize("more", [{}, {"llm_runtime_archive_sha256": HASH}])
def test_a_path_becomes_absolute(engine, more):
    given = {"llm_runtime_archive": "engine.tar.gz", **more}
    assert settled(given, "--set") == {"llm_runtime_archive": str(engine), **more}


@pytest.mark.parametrize(
    ("values", "message"),
    [
        (
            {"llm_runtime_archive": "engine.tar.gz", "llm_runtime_archive_sha256": "00"},
            f"has sha256 {HASH}, and --set gives 00",
        ),
        ({"llm_runtime_archive": "none.tar.gz"}, "cannot be read: No such file or directory"),
        ({"llm_runtime_archive": "."}, "cannot be read: Is a directory"),
        ({"llm_runtime_archive": "http://example.org/x"}, "is neither a file nor an https address"),
    ],
)
def test_a_file_that_cannot_be_carried(engine, values, message):
    with pytest.raises(UsageError, match=message):
        settled(values, "--set")
