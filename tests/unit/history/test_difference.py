from dataclasses import replace

import pytest

from rigprov.history.difference import comparable, engine_kind, with_difference
from rigprov.model.record import Record
from tests.unit.report.cases import RIG, RIG_MACHINE, STARTER, TWO_GPUS

NOW = replace(TWO_GPUS, proof=replace(RIG, since=None))


def earlier(record: Record = NOW, machine: dict[str, object] | None = None, **changes: object) -> Record:
    proof = replace(record.proof, taken="2026-11-20T09:14:00+00:00", **changes)  # type: ignore[arg-type]
    return replace(record, proof=proof, machine=replace(record.machine, **(machine or {})))  # type: ignore[arg-type]


def since(now, before):
    found = with_difference(now, before).proof.since
    assert found is not None
    return found


def test_a_driver_that_cost_speed_is_visible():
    before = earlier(machine={"driver": "580.95.05"}, median=16.33, minimum=16.3, maximum=16.4)
    found = since(NOW, before)
    assert (found.taken, found.median, found.change) == ("2026-11-20T09:14:00+00:00", 16.33, -0.15)
    assert found.changes == ("driver 580.95.05 \u2192 590.48.01",)
    assert not found.within_scatter


@pytest.mark.parametrize(
    ("low", "high", "chance"), [(13.0, 13.84, True), (13.96, 14.5, True), (13.97, 14.5, False), (12, 13.8, False)]
)
def test_runs_that_overlap_say_nothing(low, high, chance):
    assert since(NOW, earlier(median=13.7, minimum=low, maximum=high)).within_scatter is chance


@pytest.mark.parametrize(
    ("machine", "proof", "said"),
    [
        ({}, {}, ()),
        ({"driver": None}, {}, ("driver none \u2192 590.48.01",)),
        ({"kernel": "6.8.0-1"}, {}, ("kernel 6.8.0-1 \u2192 6.8.0-49-generic",)),
        ({"gpus": RIG_MACHINE.gpus[:1]}, {}, (f"GPUs {RIG_MACHINE.gpus[0]} \u2192 {'; '.join(RIG_MACHINE.gpus)}",)),
        ({"ram_mib": RIG_MACHINE.ram_mib - 100}, {}, ()),  # a kernel that reserves more
        ({"ram_mib": 64000}, {}, ("memory 62.5 GiB \u2192 125.7 GiB",)),
        ({}, {"engine": "llama.cpp b6900"}, ("engine llama.cpp b6900 \u2192 llama.cpp b6940",)),
        ({}, {"backend": ""}, ()),  # not told is no change
        ({}, {"layers_offloaded": 70}, ("layers on GPUs 70 \u2192 81",)),
        (
            {"driver": "580", "os": "Ubuntu 22.04"},
            {"context": 4096},
            ("driver 580 \u2192 590.48.01", "system Ubuntu 22.04 \u2192 Ubuntu 24.04.1 LTS", "context 4096 \u2192 8192"),
        ),
    ],
)
def test_what_changed_meanwhile(machine, proof, said):
    assert since(NOW, earlier(machine=machine, **proof)).changes == said


def test_a_power_limit_that_was_lowered():
    devices = tuple(replace(device, power_limit_w=350.0) for device in RIG.devices)
    assert since(NOW, earlier(devices=devices)).changes == ("power limits 350 W, 350 W \u2192 280 W, 280 W",)


@pytest.mark.parametrize(
    ("changes", "same"),
    [
        ({}, True),
        ({"engine": "llama.cpp b1"}, True),
        ({"engine": "vllm 0.9"}, False),
        ({"model": "other"}, False),
        ({"weights": "real"}, False),
        ({"host": "rig-02"}, False),
        ({"verdict": "wrong"}, False),
        ({"verdict": "pass"}, True),
        ({"median": None}, False),
    ],
)
def test_what_is_compared_with_what(changes, same):
    assert comparable(RIG, replace(RIG, **changes)) is same


def test_nothing_to_compare_with():
    assert with_difference(STARTER, None).proof.since is None


@pytest.mark.parametrize(("engine", "kind"), [("llama.cpp b6940", "llama.cpp"), ("vllm", "vllm"), ("", "")])
def test_kind_of_engine(engine, kind):
    assert engine_kind(engine) == kind
