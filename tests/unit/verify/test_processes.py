import os
import subprocess
import sys
import time

from rigprov.verify.host.processes import busiest, snapshot, stat, tree

SEEN = {1: (0, "init", 5.0), 2: (1, "engine", 10.0), 3: (2, "worker", 20.0), 4: (3, "deep", 1.0), 5: (1, "hog", 50.0)}


def test_tree() -> None:
    assert tree(2, SEEN) == {2, 3, 4}
    assert tree(5, SEEN) == {5}


def test_busiest_are_foreign_and_noticeable() -> None:
    after = SEEN | {3: (2, "worker", 40.0), 5: (1, "hog", 59.0), 6: (1, "new", 3.0), 1: (0, "init", 5.5)}
    found = busiest(SEEN, after, {2, 3, 4}, 10.0)
    assert found == [{"name": "hog", "pid": 5, "cores": 0.9}, {"name": "new", "pid": 6, "cores": 0.3}]


def test_three_at_most() -> None:
    after = {pid: (1, f"p{pid}", float(pid)) for pid in range(10, 20)}
    assert [one["pid"] for one in busiest({}, after, set(), 1.0)] == [19, 18, 17]


def test_this_process_and_a_child() -> None:
    with subprocess.Popen([sys.executable, "-c", "while True: pass"]) as child:
        try:
            time.sleep(0.5)
            seen = snapshot()
        finally:
            child.kill()
    assert child.pid in tree(os.getpid(), seen)
    assert seen[child.pid][2] > 0
    assert stat(child.pid) is None
