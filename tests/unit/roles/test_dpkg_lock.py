"""What counts as a dpkg that is locked: its own words, and no others that packages' scripts say."""

import re
from typing import Any

import jinja2
import pytest
import yaml

from tests.meta.checkout import ROOT

FILES = ("nvidia_driver/tasks/repair.yml", "nvidia_driver/tasks/rollback.yml", "base/tasks/packages.yml")
LOCKED = (
    "dpkg: error: dpkg frontend lock was locked by another process with pid 812\nNote: removing the lock file is always wrong",
    "dpkg: error: dpkg frontend is locked by another process",
    "dpkg: error: dpkg status database is locked by another process",
)
OTHER = ("make[1]: warning: Clock skew detected", "update-initramfs: block device not found", "")


def waiting(node: Any) -> list[dict[str, Any]]:
    """Tasks that wait for dpkg, at any depth."""
    if isinstance(node, list):
        return [task for one in node for task in waiting(one)]
    if not isinstance(node, dict):
        return []
    own = [node] if "lock" in str(node.get("until", "")) else []
    return own + [task for key in ("block", "rescue", "always") for task in waiting(node.get(key))]


@pytest.mark.parametrize("file", FILES)
@pytest.mark.parametrize("said", [*LOCKED, *OTHER])
def test_what_is_waited_for(file: str, said: str) -> None:
    environment = jinja2.Environment(autoescape=False)  # noqa: S701  (no page is made)
    environment.tests["search"] = lambda text, pattern: re.search(pattern, text) is not None
    (task,) = waiting(yaml.safe_load((ROOT / "roles" / file).read_text(encoding="utf-8")))
    answer = {task["register"]: {"stderr": said}}

    assert environment.compile_expression(task["until"])(**answer) is (said in OTHER)
    assert environment.compile_expression(task["failed_when"])(**answer) is (said in LOCKED)
