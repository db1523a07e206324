"""What the callback plugin keeps, and what of it speaks against noting a role."""

import os
import subprocess
import sys

from rigprov.ledger.watch import Watch, gone, token, words


def began() -> Watch:
    watch = Watch()
    watch.start()
    watch.take("a", "", "rigprov.workstation.ledger", {"begun": True})
    return watch


def test_a_role_that_was_seen_whole_can_be_noted():
    watch = began()
    watch.take("a", "base", "ansible.builtin.copy", {"dest": "/etc/x", "content": "secret"})
    assert watch.why_not("a", "base") == ""
    assert watch.seen == {("a", "base"): [{"kind": "path", "name": "/etc/x"}]}, "names only"


def test_without_the_plugin_nothing_is_noted():
    assert "is not enabled" in Watch().why_not("a", "base")


def test_a_run_that_began_in_the_middle_notes_nothing():
    assert "first task did not take the host" in began().why_not("b", "base")


def test_a_module_that_is_not_known_costs_its_role_only():
    watch = began()
    watch.take("a", "base", "some.odd.module", {})
    assert "some.odd.module" in watch.why_not("a", "base")
    assert watch.why_not("a", "docker") == ""


def test_a_defect_of_the_plugin_costs_the_role():
    watch = began()
    watch.lost("a", "base", "it failed")
    assert watch.why_not("a", "base") == "it failed"


def test_a_run_of_this_machine_that_has_ended_is_gone_and_no_other():
    child = subprocess.Popen([sys.executable, "-c", "input()"], stdin=subprocess.PIPE)
    alive = token(child.pid)
    assert not gone(alive)
    child.communicate(b"\n")
    assert gone(alive)
    assert not gone(token(os.getpid()))
    assert not gone(alive.replace("|", "elsewhere|", 1)), "what another machine's process is doing nobody can tell"
    assert not gone("")
    assert not gone("nonsense|x")


def test_a_run_in_words():
    assert words(5, "10:00").endswith("(process 5, since 10:00)")
