import pytest

from rigprov.history.quarantine import find, note_of, put, quarantine_folder, release
from rigprov.model.fleet import Quarantine

ENTRY = Quarantine("ops@rig:22", "2026-11-26T10:00:00+00:00", "roles", "the disk is full", "free some")


def test_a_host_goes_in_and_out(tmp_path):
    folder = quarantine_folder({"XDG_STATE_HOME": str(tmp_path)})
    assert folder == tmp_path / "rigprov/quarantine"
    assert find(folder, ENTRY.host) is None
    put(folder, ENTRY)
    put(folder, ENTRY)
    assert find(folder, ENTRY.host) == ENTRY
    assert find(folder, "ops@rig") is None
    assert note_of(folder, ENTRY.host).stat().st_mode & 0o777 == 0o600
    assert [path.name for path in folder.iterdir()] == ["ops@rig:22.json"]
    assert release(folder, ENTRY.host)
    assert not release(folder, ENTRY.host)
    assert find(folder, ENTRY.host) is None


@pytest.mark.parametrize(
    "text", ["", "{", "[]", "{}", '{"host": "x", "since": "", "gate": "roles", "reason": "", "fix": ""}', "\xff", '{"host": 1}']
)
def test_a_damaged_note_still_counts(tmp_path, text):
    put(tmp_path, ENTRY)
    note_of(tmp_path, ENTRY.host).write_text(text, encoding="latin-1")
    found = find(tmp_path, ENTRY.host)
    assert found is not None
    assert (found.host, found.reason) == (ENTRY.host, "its note cannot be read (it is damaged)")


def test_a_name_stays_below_the_directory(tmp_path):
    for host in ("../x", "/etc/passwd", "..", "é" * 200):
        assert note_of(tmp_path, host).parent == tmp_path
        put(tmp_path, Quarantine(host, "", "reach", ""))
        assert find(tmp_path, host) == Quarantine(host, "", "reach", "")
