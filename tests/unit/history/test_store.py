import os
from dataclasses import replace

import pytest

from rigprov.history.folder import folder_of, newest_first
from rigprov.history.store import keep, last, read_all
from tests.unit.report.cases import STARTER, TWO_GPUS


@pytest.fixture
def warnings():
    return []


def put(folder, record, warnings=None):
    said = [] if warnings is None else warnings
    keep(folder, record, mask=lambda text: text, warn=said.append)


def at(median, record=STARTER):
    return replace(record, proof=replace(record.proof, median=median))


def anyone(_record):
    return True


def test_kept_and_read_back(tmp_path, warnings):
    for record in (at(1.0), at(2.0), TWO_GPUS):
        put(tmp_path, record, warnings)
    assert read_all(tmp_path, warnings.append) == {"demo": [at(2.0), at(1.0)], "rig-01": [TWO_GPUS]}
    assert last(tmp_path, "demo", anyone, warnings.append) == at(2.0)
    assert last(tmp_path, "demo", lambda record: record.proof.median == 1.0, warnings.append) == at(1.0)
    assert last(tmp_path, "demo", lambda record: record.proof.median == 9.0, warnings.append) is None
    assert warnings == []


def test_nothing_kept_yet(tmp_path, warnings):
    assert read_all(tmp_path / "none", warnings.append) == {}
    assert last(tmp_path / "none", "demo", anyone, warnings.append) is None
    assert warnings == []


def damage_with_bytes(path):
    path.write_bytes(b"\x00\xff")


def damage_by_cutting(path):
    path.write_text(path.read_text()[:100])


def damage_with_a_directory(path):
    path.unlink()
    path.mkdir()


def damage_with_a_pipe(path):
    path.unlink()
    os.mkfifo(path)


def damage_with_a_dead_link(path):
    path.unlink()
    path.symlink_to(path.parent / "nowhere")


def damage_with_size(path):
    os.truncate(path, 2**26)


@pytest.mark.parametrize(
    "damage",
    [
        damage_with_bytes,
        damage_by_cutting,
        damage_with_a_directory,
        damage_with_a_pipe,
        damage_with_a_dead_link,
        damage_with_size,
    ],
)
def test_a_damaged_file_is_skipped_with_one_warning(tmp_path, warnings, damage):
    put(tmp_path, at(1.0))
    put(tmp_path, at(2.0))
    put(tmp_path, at(3.0))
    for path in newest_first(folder_of(tmp_path, "demo"))[:2]:
        damage(path)
    assert read_all(tmp_path, warnings.append) == {"demo": [at(1.0)]}
    assert len(warnings) == 1
    assert warnings[0].startswith(f"a kept proof is skipped: {tmp_path}/demo/")
    assert warnings[0].endswith(", and 1 more in the same directory")
    assert "\n" not in warnings[0]


def test_another_hosts_record_in_the_directory_is_not_taken_for_this_hosts(tmp_path, warnings):
    put(tmp_path, TWO_GPUS)
    folder_of(tmp_path, "rig-01").rename(folder_of(tmp_path, "demo"))
    assert last(tmp_path, "demo", anyone, warnings.append) is None
    assert list(read_all(tmp_path, warnings.append)) == ["rig-01"]


def test_a_state_that_cannot_be_written_is_a_warning(tmp_path, warnings):
    (tmp_path / "file").write_text("in the way")
    put(tmp_path / "file/proofs", STARTER, warnings)
    assert warnings == [
        f"the proof of demo is not kept: {tmp_path}/file/proofs cannot be written (Not a directory); set XDG_STATE_HOME"
    ]


@pytest.mark.parametrize("broken", [at(float("inf")), replace(STARTER, no_samples="\ud800")])
def test_what_has_no_json_form_is_a_warning(tmp_path, warnings, broken):
    put(tmp_path, broken, warnings)
    assert len(warnings) == 1
    assert warnings[0].startswith("the proof of demo is not kept: it has no JSON form (")
    assert read_all(tmp_path, warnings.append) == {}
