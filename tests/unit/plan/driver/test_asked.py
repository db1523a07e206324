"""Ways out that can be gone: what a blocker advises is there on this machine."""

import pytest

from rigprov.plan.driver.decide import decide
from rigprov.tiers import INTERMEDIATE
from tests.unit.plan.driver import rows
from tests.unit.plan.hosts import case

ROW = dict.fromkeys(("driver", "apt", "set", "consent"), "") | {"gpus": "2204", "place": "metal", "secure_boot": "off"}
NOBLE = ROW | {"os": "noble", "kernel": "6.8.0-52-generic"}
QUESTING = ROW | {"os": "questing", "kernel": "6.17.0-8-generic"}
BOOKWORM = ROW | {"os": "bookworm", "kernel": "6.1.0-28-amd64"}


@pytest.mark.parametrize(
    ("row", "said", "unsaid"),
    [
        (NOBLE | {"gpus": "2b85", "apt": "535"}, "at least 570, and", "at most"),
        (NOBLE | {"gpus": "1b06 2331", "apt": "595"}, "at least 525 and at most 580", "None"),
        (NOBLE | {"gpus": "2b85", "apt": "535"}, "--set nvidia_driver.source=nvidia", "use Ubuntu"),
        (QUESTING | {"gpus": "2b85", "apt": "535"}, "use Ubuntu 22.04", "source=nvidia"),
        (QUESTING, "run `apt-get update` on the host", "None"),
        (NOBLE | {"gpus": "3abc 1b06"}, "3abc (newer than this table) (open modules only)", "and GeForce GTX 1080 Ti (open"),
        (BOOKWORM | {"secure_boot": "on"}, "nvidia_driver.modules=dkms", "Ubuntu"),
        (NOBLE | {"secure_boot": "on", "set": "nvidia_driver_source=nvidia"}, "take Ubuntu's driver", "None"),
        (BOOKWORM | {"gpus": "2236", "place": "azure"}, "nvidia_driver.source=debian", "ubuntu"),
        (NOBLE | {"driver": "works ubuntu 470.256.02"}, "nvidia-driver-470 with --remove-conflicts", "nvidia_driver.source"),
        (NOBLE | {"driver": "works runfile 570.158.01", "set": "nvidia_driver_branch=580"}, "nvidia-uninstall", "does not work"),
    ],
)
def test_what_is_said_and_what_is_not(row, said, unsaid):
    flags = dict(word.split("=") for word in row["set"].split())
    (blocker,) = decide(case(rows.facts(row), tier=INTERMEDIATE, flags=flags)).decision.blockers
    text = f"{blocker.message}: {blocker.fix}"
    assert said in text
    assert unsaid not in text


@pytest.mark.parametrize(("card", "warned"), [("2204", True), ("2342", False)])
def test_open_modules_that_came_too_early_are_told(card, warned):
    row = BOOKWORM | {"gpus": card, "set": "nvidia_driver_flavour=open"}
    flags = dict(word.split("=") for word in row["set"].split())
    made = decide(case(rows.facts(row), tier=INTERMEDIATE, flags=flags)).decision
    assert "nvidia-open-kernel-dkms" in str(made.values["nvidia_driver_packages"].value)
    assert any("not yet meant for GeForce" in text for text in made.warnings) == warned
