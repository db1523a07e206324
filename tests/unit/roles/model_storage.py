"""The programs of the role model_storage, which import one another."""

import sys
from types import ModuleType
from typing import Any

import yaml

from tests.unit.roles.scripts import ROLES

ROLE = ROLES / "model_storage"


def load() -> Any:
    """All of them, as attributes; loaded as the role does it on a host, in the order of its list."""
    names = yaml.safe_load((ROLE / "vars/main.yml").read_text())["__model_storage_names"]
    before = {name: sys.modules.get(name) for name in names}
    made = ModuleType("model_storage")
    try:
        for name in names:
            module = sys.modules[name] = ModuleType(name)
            exec(compile((ROLE / f"files/{name}.py").read_text(), f"{name}.py", "exec"), module.__dict__)  # noqa: S102
            setattr(made, name, module)
    finally:
        for name, module_before in before.items():
            if module_before is None:
                sys.modules.pop(name, None)
            else:
                sys.modules[name] = module_before
    return made
