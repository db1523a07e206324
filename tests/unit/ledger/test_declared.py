"""What a role declares, and whether something is among it."""

import pytest

from rigprov.ledger.declared import covered, things, unwatched

DECLARED = things(
    {
        "paths": ["/etc/x"],
        "big": ["/m/x.gguf"],
        "trees": [{"path": "/opt/e", "seal": "/opt/e/.complete"}],
        "blocks": [{"path": "/etc/b", "marker": "# {mark} r"}],
        "packages": ["curl", "nvidia-driver=580.1"],
        "units": ["a.service"],
        "mounts": ["/m"],
        "members": ["alice:docker"],
    }
)


def test_names_become_things_and_each_is_there_once():
    assert things({"paths": ["/a", "/a"], "packages": ("p=1", "p")}) == [
        {"kind": "path", "name": "/a"},
        {"kind": "package", "name": "p"},
    ]
    assert {"kind": "tree", "name": "/opt/e", "seal": "/opt/e/.complete"} in DECLARED
    assert {"kind": "block", "name": "/etc/b", "marker": "# {mark} r"} in DECLARED


@pytest.mark.parametrize(
    "managed", [None, [], "x", {"files": []}, {"paths": "/etc/x"}, {"paths": [""]}, {"paths": [5]}, {"units": [None]}]
)
def test_a_declaration_of_another_shape_is_an_error(managed):
    with pytest.raises(ValueError, match=r"mapping|list|name"):
        things(managed)


@pytest.mark.parametrize(
    ("kind", "name", "seen"),
    [
        ("path", "/etc/x", True),
        ("path", "/etc/y", False),
        ("path", "/m/x.gguf", True),
        ("path", "/opt/e/bin/python", True),
        ("path", "/opt/else", False),
        ("path", "/etc/b", True),
        ("path", "/etc/fstab", True),  # its lines are looked at as mounts
        ("path", "/var/lib/rigprov/docker.json", True),
        ("path", "/var/lib/rigprov2", False),
        ("package", "curl", True),
        ("package", "nvidia-driver", True),
        ("package", "wget", False),
        ("unit", "a.service", True),
        ("unit", "b.service", False),
        ("user", "alice", True),
        ("user", "bob", False),
        ("group", "docker", False),
    ],
)
def test_what_a_module_wrote_is_looked_for_among_it(kind, name, seen):
    assert covered({"kind": kind, "name": name}, DECLARED) is seen


def test_fstab_is_nobody_s_where_neither_mount_nor_swap_is_declared():
    assert not covered({"kind": "path", "name": "/etc/fstab"}, things({"paths": ["/etc/x"]}))


@pytest.mark.parametrize(
    ("managed", "why"), [({}, ""), ({"unwatched": ""}, ""), ({"unwatched": "no systemd"}, "no systemd"), ([], "")]
)
def test_why_a_role_has_to_run_each_time(managed, why):
    assert unwatched(managed) == why
