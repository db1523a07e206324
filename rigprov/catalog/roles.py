"""Which roles exist, and which variables each takes: read from `roles/<role>/meta/argument_specs.yml`."""

from collections.abc import Mapping
from dataclasses import dataclass, field
from functools import cache
from types import MappingProxyType

from rigprov.catalog.content import content_root

# In the order in which they run (playbooks/site.yml); Docker's data may lie on the disk for models.
# A role that has no directory yet is not built.
ORDER = (
    "base",
    "nvidia_driver",
    "cuda_toolkit",
    "model_storage",
    "docker",
    "nvidia_container_toolkit",
    "swap",
    "models",
    "llm_runtime",
    "web_ui",
)


@dataclass(frozen=True)
class Option:
    """One variable of a role. `name` is the full variable name, which begins with the role's name; of a key, also that."""

    name: str
    type: str  # Ansible's word: str, path, int, float, bool, list, dict, raw
    default: object = None
    required: bool = False
    choices: tuple[object, ...] = ()
    elements: str = ""  # type of a list's items
    secret: bool = False  # no_log
    description: str = ""
    options: Mapping[str, "Option"] = field(default_factory=dict)  # of a dictionary, or of a list's items


def built(role: str) -> bool:
    """Whether this version carries the role."""
    return (content_root() / "roles" / role / "tasks" / "main.yml").is_file()


@cache
def options(role: str) -> Mapping[str, Option]:
    """Variables of a role by their full name; empty for a role that is not built."""
    import yaml  # here, because most commands read no roles

    file = content_root() / "roles" / role / "meta" / "argument_specs.yml"
    if not built(role) or not file.is_file():
        return MappingProxyType({})
    loader = getattr(yaml, "CSafeLoader", yaml.SafeLoader)  # libyaml, where this PyYAML has it: ten times as fast
    spec = yaml.load(file.read_text(encoding="utf-8"), Loader=loader)  # noqa: S506 - both are safe ones
    return MappingProxyType({name: _option(name, raw) for name, raw in spec["argument_specs"]["main"]["options"].items()})


def owner(variable: str) -> str | None:
    """Role whose name the variable begins with; None when there is none."""
    return next((role for role in sorted(ORDER, key=len, reverse=True) if variable.startswith(f"{role}_")), None)


def _option(name: str, raw: Mapping[str, object]) -> Option:
    described = raw.get("description", "")
    choices, nested = raw.get("choices"), raw.get("options")
    return Option(
        name=name,
        type=str(raw.get("type", "str")),
        default=raw.get("default"),
        required=bool(raw.get("required", False)),
        choices=tuple(choices) if isinstance(choices, list) else (),
        elements=str(raw.get("elements", "")),
        secret=bool(raw.get("no_log", False)),
        description=" ".join(map(str, described)) if isinstance(described, list) else str(described),
        options={key: _option(f"{name}.{key}", item) for key, item in nested.items()} if isinstance(nested, dict) else {},
    )
