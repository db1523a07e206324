"""`ansible-inventory -vvvv` on files of a test's own; and the key must not be in anything that comes of it."""

import json
import os
import subprocess
import sys
from collections.abc import Callable
from dataclasses import dataclass
from pathlib import Path
from typing import Any

import pytest

from rigprov.catalog.content import collections_path
from tests.unit.cloud.api import KEY

BIN = Path(sys.executable).parent
_WARNING = "[WARNING]: Failed to parse inventory with 'auto' plugin: "


@dataclass
class Ran:
    """What came out. `warnings`: what Ansible says that the plugins said, in the files' order."""

    code: int
    inventory: dict[str, Any]
    warnings: list[str]

    @property
    def variables(self) -> dict[str, dict[str, Any]]:
        """By host."""
        found: dict[str, dict[str, Any]] = self.inventory["_meta"]["hostvars"]
        return found


def _plain(node: dict[str, Any]) -> Any:
    """Without Ansible's mark for text from elsewhere."""
    return node.get("__ansible_unsafe", node)


def listed(folder: Path, files: tuple[tuple[str, str, str], ...], variables: dict[str, str]) -> Ran:
    """The merged inventory of files (provider, its API's address, options), with both keys in the environment."""
    sources = [folder / f"{number}-{provider}.yml" for number, (provider, _, _) in enumerate(files)]
    for source, (provider, url, text) in zip(sources, files, strict=True):
        once = "" if "retries:" in text else "retries: 0\n"
        source.write_text(f"plugin: rigprov.workstation.{provider}\napi_url: {url}\n{once}{text}")
    made = folder / "collections"
    collections = made if made.exists() else collections_path(folder)
    own = {"ANSIBLE_COLLECTIONS_PATH": str(collections), "ANSIBLE_NOCOLOR": "1", "RUNPOD_API_KEY": KEY, "VAST_API_KEY": KEY}
    done = subprocess.run(
        [BIN / "ansible-inventory", "-vvvv", "--list", *(word for source in sources for word in ("-i", source))],
        cwd=folder, env={**os.environ, **own, **variables}, capture_output=True, text=True, check=False,
    )  # fmt: skip
    paths = [path for place in (folder, Path(os.environ["HOME"])) for path in place.rglob("*") if path.is_file()]
    texts = [path.read_text(errors="replace") for path in paths if path not in sources]
    assert [text for text in (*texts, done.stdout, done.stderr) if KEY in text or KEY[4:16] in text] == []
    begin = done.stdout.find("{\n")
    found = json.loads(done.stdout[begin:], object_hook=_plain) if begin >= 0 else {}
    lines = done.stderr.splitlines()
    return Ran(done.returncode, found, [line.removeprefix(_WARNING) for line in lines if line.startswith(_WARNING)])


@pytest.fixture
def ansible(tmp_path: Path) -> Callable[..., Ran]:
    """`ansible((provider, url, options)..., VARIABLE=...)`: see `listed`."""
    return lambda *files, **variables: listed(tmp_path, files, variables)
