"""Where models lie."""

import pytest

from rigprov.model.plan import Blocker
from rigprov.plan import storage
from tests.unit.plan.disks import root_disk
from tests.unit.plan.hosts import blank_disk, case, container, mount, rig, unread


@pytest.mark.parametrize(
    ("facts", "flags", "expected"),
    [
        (rig(), {}, ("/srv/models", "no other file system was named", "")),
        (rig(mounts=(mount(), mount("/srv", "xfs"))), {}, ("/srv/models", "no other file system was named", "/srv")),
        (rig(mounts=(mount(), mount("/srv/mod", "xfs"))), {}, ("/srv/models", "no other file system was named", "")),
        (rig(mounts=(mount(), mount("/data"))), {"models_path": "/data/llm/"}, ("/data/llm", "`models_path` is set", "/data")),
        (rig(), {"model_storage_path": "/opt/m"}, ("/opt/m", "`model_storage_path` is set", "")),
        (
            container(provider="runpod", mounts=(mount(filesystem="overlay"), mount("/workspace", "fuse"))),
            {},
            ("/workspace/models", "/workspace is the volume that survives a stop of this rented container", "/workspace"),
        ),
        (container(provider="runpod"), {}, ("/srv/models", "no other file system was named", "")),
        (rig(mounts=unread()), {}, ("/srv/models", "no other file system was named", "")),
    ],
)
def test_place(facts, flags, expected):
    place = storage.choose(case(facts, flags=flags))
    assert (place.path, place.reason, place.own_mount) == expected


@pytest.mark.parametrize(
    ("flags", "facts", "blockers"),
    [
        ({}, rig(), ()),
        (
            {"models_path": "/a", "model_storage_path": "/b"},
            rig(),
            (
                Blocker(
                    "models-path",
                    "models_path /a lies outside of model_storage_path /b",
                    "set only one of the two; the other follows",
                ),
            ),
        ),
        ({"models_path": "/b/gguf", "model_storage_path": "/b"}, rig(), ()),
        (
            {},
            rig(mounts=(mount(options=("ro",)),)),
            (
                Blocker(
                    "models-read-only",
                    "/, where /srv/models would lie, is mounted read-only",
                    "mount -o remount,rw /, or name another directory",
                ),
            ),
        ),
    ],
)
def test_blockers(flags, facts, blockers):
    made = case(facts, flags=flags)
    assert storage.decide(made, storage.choose(made)).blockers == blockers


@pytest.mark.parametrize(
    ("facts", "warnings"),
    [
        (rig(), ()),
        (
            rig(disks=(root_disk(), blank_disk(gb=500), blank_disk("nvme2n1", 2000))),
            (
                "Samsung SSD 990, 2000 GB, now nvme2n1, is blank and stays unused; it is formatted for models with "
                "--format /dev/disk/by-id/nvme-Samsung_SSD_990_S-nvme2n1",
            ),
        ),
        (rig(mounts=(mount(filesystem="nfs4"),)), ("/srv/models lies on nfs4: models load at the speed of the network",)),
        (
            rig(mounts=unread()),
            ("the file system under /srv/models is not known, so its free space is checked only while the role runs",),
        ),
    ],
)
def test_warnings(facts, warnings):
    made = case(facts)
    assert storage.decide(made, storage.choose(made)).warnings == warnings


def test_files_that_the_probe_saw():
    facts = rig(extra={"models": "100 /srv/models/a.gguf\n7 /srv/models/b c.gguf\nnonsense\n"})
    assert storage.present(facts) == {"/srv/models/a.gguf": 100, "/srv/models/b c.gguf": 7}
    place = storage.choose(case(facts))
    assert (place.has("a.gguf", 100), place.has("a.gguf", 99), place.has("x.gguf", 1)) == (True, False, False)
