"""Systemd units, and the time between two pulls."""

from configparser import RawConfigParser
from pathlib import Path

import pytest

from rigprov.errors import UsageError
from rigprov.unattended import units


def parsed(text):
    parser = RawConfigParser()
    parser.optionxform = str  # type: ignore[method-assign, assignment]  # as its documentation says
    parser.read_string(text)
    return parser


def test_the_first_unit_runs_at_each_boot_until_the_mark_is_there():
    unit = parsed(units.first())
    assert unit["Unit"]["ConditionPathExists"] == "!/var/lib/rigprov/pull/provisioned"
    assert unit["Install"]["WantedBy"] == "multi-user.target"
    # cloud-init's last stage waits for the boot to be over, and rigprov for cloud-init: a oneshot would wait for itself
    assert unit["Service"]["Type"] == "exec"
    assert "cloud-final" not in units.first()


def test_the_first_unit_has_limits():
    unit = parsed(units.first())
    tries = {key: unit["Unit"][key] for key in ("StartLimitIntervalSec", "StartLimitBurst")}
    assert tries == {"StartLimitIntervalSec": "infinity", "StartLimitBurst": "5"}
    assert unit["Service"]["RuntimeMaxSec"] == "4h"
    assert unit["Service"]["RestartPreventExitStatus"] == "2"


def test_a_tick_starts_the_program_that_is_named_quietly():
    assert parsed(units.pull(Path("/opt/r/bin/rigprov")))["Service"]["ExecStart"] == "/opt/r/bin/rigprov pull --quiet"


def test_a_fleets_ticks_are_spread():
    timer = parsed(units.timer("30min"))["Timer"]
    assert (timer["OnUnitInactiveSec"], timer["RandomizedDelaySec"]) == ("30min", "30min")


@pytest.mark.parametrize("text", ["5min", "30min", "1h", "12h", "1d"])
def test_spans(text):
    assert units.span(text) == text


@pytest.mark.parametrize("text", ["", "1", "2s", "4min", "0h", "1 h", "1h\nExecStart=x", "hourly", "-1h"])
def test_what_is_no_span(text):
    with pytest.raises(UsageError):
        units.span(text)
