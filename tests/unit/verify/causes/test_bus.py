from dataclasses import replace

import pytest

from rigprov.verify.evidence import from_document
from rigprov.verify.judge import judge
from tests.unit.verify.causes.test_recordings import DENSE, LARGE, document, proof, with_gpu


@pytest.mark.parametrize(("before", "codes"), [(500, []), (900, ["other-process"])])
def test_without_a_list_of_processes_what_was_used_before_counts(before: int, codes: list[str]) -> None:
    found = document("healthy-3090")
    card = found["gpu"]["gpus"][0]
    for when in ("before", "after"):
        card[when]["processes"] = None
    found["gpu"]["engine_pid"] = 0  # in a container
    card["before"]["used_mib"] += before
    card["samples"]["used_mib"] = [used + before for used in card["samples"]["used_mib"]]
    causes = judge("rig", DENSE, from_document(found)).causes
    assert [cause.code for cause in causes] == codes
    if codes:
        assert causes[0].what == "914 MiB of the memory of GPU 0 were in use before the engine came"


def test_a_small_bar_is_a_remark() -> None:
    found = with_gpu("healthy-3090", {"bar1_mib": 256})
    assert [note for note in found.notes if "BAR" in note] == [
        "resizable BAR is off for GPU 0: turn on Above 4G Decoding and Resizable BAR in the firmware's setup"
    ]
    assert not [note for note in proof("healthy-3090").notes if "BAR" in note]


@pytest.mark.parametrize(("status", "codes"), [(0, []), (1, ["slow-link"])])
def test_a_tensor_split_needs_a_link(status: int, codes: list[str]) -> None:
    found = document("two-3090-nvlink")
    found["gpu"]["pairs"] = [{"first": 0, "second": 1, "read": status, "write": status, "nvlink": 5}]
    for card in found["gpu"]["gpus"]:
        card["nvlinks"] = []
    sizes = ("CUDA0 model buffer size = 20038.81", "Meta(CUDA0,CUDA1) model buffer size = 39979.48")
    found["engine_log"] = [line.replace(*sizes) for line in found["engine_log"] if "CUDA1 model" not in line]
    slow = judge("rig", replace(LARGE, floor=20.0, split="tensor"), from_document(found))
    assert [cause.code for cause in slow.causes] == codes
    assert judge("rig", replace(LARGE, floor=10.0), from_document(found)).causes == ()


def test_the_layer_split_needs_none() -> None:
    assert proof("two-3090-nvlink", replace(LARGE, floor=20.0)).causes == ()
