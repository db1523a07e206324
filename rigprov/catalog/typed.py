"""Does a value have the type and the form that a role's variable wants. The types are those of Ansible's argument specs."""

from collections.abc import Mapping

from rigprov.catalog import forms
from rigprov.catalog.roles import Option

_WORDS = {
    "str": "text",
    "path": "a path",
    "int": "a whole number",
    "float": "a number",
    "bool": "true or false",
    "list": "a list, for example [a, b]",
    "dict": "a mapping, for example {key: value}",
}

_TYPES: Mapping[str, tuple[type, ...]] = {
    "str": (str,),
    "path": (str,),
    "int": (int,),
    "float": (int, float),
    "bool": (bool,),
    "list": (list,),
    "dict": (Mapping,),
}


def problem(option: Option, value: object) -> str | None:
    """What is wrong with `value`, as the rest of a sentence that begins with the variable's name; None when it fits."""
    if isinstance(value, str) and "{{" in value:
        return "is a template, and rigprov decides before Ansible runs; give the plain value"
    if not _fits(option.type, value):
        return f"must be {_WORDS.get(option.type, option.type)}, and {_shown(value)} is not"
    if option.choices and value not in option.choices:
        return f"must be one of {', '.join(map(str, option.choices))}, and {_shown(value)} is not"
    if words := forms.problem(option.name, value):
        return f"must be {words}; {_shown(value)} is not"
    return _inside(option, value)


def from_text(option: Option, text: str) -> object:
    """The value that `text` from the command line stands for: text as it is for text, YAML for everything else."""
    import yaml  # here, because most commands parse no values

    try:
        value: object = yaml.safe_load(text)
    except (yaml.YAMLError, ValueError, RecursionError):  # ValueError: a date that no calendar has, thousands of digits
        return text  # `problem` says what is wrong with it
    if option.type in {"str", "path"} and not isinstance(value, str):
        return text  # "2026.10" and "580" are text here, not numbers
    return value


def _inside(option: Option, value: object) -> str | None:
    """Items of a list, keys of a mapping."""
    if isinstance(value, list):
        item = Option(name=option.name, type=option.elements or "raw", options=option.options)
        for number, entry in enumerate(value, start=1):
            if found := problem(item, entry):
                return f"item {number} {found}"
    if isinstance(value, Mapping) and option.options:
        return _keys(option.options, value)
    return None


def _keys(options: Mapping[str, Option], value: Mapping[object, object]) -> str | None:
    if unknown := [str(key) for key in value if key not in options]:
        return f"has the unknown key `{unknown[0]}`; known are {', '.join(options)}"
    if absent := [key for key, option in options.items() if option.required and key not in value]:
        return f"lacks the key `{absent[0]}`"
    for key, entry in value.items():
        if found := problem(options[str(key)], entry):
            return f"key `{key}` {found}"
    return None


def _fits(kind: str, value: object) -> bool:
    if kind not in _TYPES:
        return True
    return isinstance(value, _TYPES[kind]) and (kind == "bool" or not isinstance(value, bool))


def _shown(value: object) -> str:
    text = repr(value) if not isinstance(value, Mapping | list) else f"a {'list' if isinstance(value, list) else 'mapping'}"
    return text if len(text) <= 60 else text[:57] + "..."  # noqa: PLR2004  (a message stays on one line)
