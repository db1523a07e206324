"""What a module wrote, from its result."""

import pytest

from rigprov.ledger.touched import touched


def given(**arguments: object) -> dict[str, object]:
    return {"invocation": {"module_args": arguments}}


@pytest.mark.parametrize(
    ("action", "result", "found"),
    [
        ("ansible.builtin.copy", {"dest": "/etc/x", "changed": False}, [("path", "/etc/x")]),
        ("copy", {"dest": "/etc/x"}, [("path", "/etc/x")]),
        ("ansible.builtin.template", given(dest="/etc/t"), [("path", "/etc/t")]),
        ("ansible.builtin.file", {"path": "/d/", "state": "directory"}, [("path", "/d")]),
        ("ansible.builtin.file", {"dest": "/l", "src": "/t"}, [("path", "/l")]),
        ("ansible.builtin.blockinfile", given(path="/etc/fstab"), [("path", "/etc/fstab")]),
        ("ansible.builtin.apt", given(name=["a=1", "b"]), [("package", "a"), ("package", "b")]),
        ("ansible.builtin.apt", given(name=None, update_cache=True), []),
        ("ansible.builtin.systemd_service", given(name="docker"), [("unit", "docker.service")]),
        ("ansible.builtin.systemd_service", given(name="fstrim.timer"), [("unit", "fstrim.timer")]),
        ("ansible.builtin.systemd_service", given(name=None, daemon_reload=True), []),
        ("ansible.builtin.user", given(name="llm"), [("user", "llm")]),
        ("ansible.builtin.group", given(name="models"), [("group", "models")]),
        ("ansible.builtin.command", {"cmd": "touch /etc/x"}, []),
        ("ansible.builtin.copy", {"skipped": True, "dest": "/etc/x"}, []),
        ("ansible.builtin.file", {"results": [{"path": "/a"}, {"path": "/b", "skipped": True}, "x"]}, [("path", "/a")]),
        ("ansible.builtin.copy", {}, []),
    ],
)
def test_what_was_written(action, result, found):
    assert [(thing["kind"], thing["name"]) for thing in touched(action, result)] == found


def test_a_module_that_nobody_told_of_is_an_error():
    with pytest.raises(ValueError, match=r"the module community\.general\.ini_file writes"):
        touched("community.general.ini_file", {"path": "/etc/x"})
