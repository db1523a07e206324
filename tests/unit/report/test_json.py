"""Plain JSON types from everything the vocabulary holds."""

import pytest

from rigprov.model.host import Cpu, Missing
from rigprov.model.plan import Source, Value
from rigprov.report.json import plain


def test_missing_is_never_an_empty_list():
    cpu = Cpu("x", 2, 4, ("avx2",), Missing("sysfs not there"))
    assert plain(cpu) == {
        "model": "x",
        "physical_cores": 2,
        "logical_cpus": 4,
        "vector_extensions": ["avx2"],
        "l3_bytes": {"missing": "sysfs not there"},
    }


def test_an_enum_is_its_name():
    assert plain({"a": Value(1, Source.TIER)}) == {"a": {"value": 1, "source": "tier", "reason": ""}}


def test_what_has_no_json_form_is_refused():
    with pytest.raises(TypeError, match="no JSON form for object"):
        plain(object())
