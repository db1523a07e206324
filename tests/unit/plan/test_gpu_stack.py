"""Roles of the GPU tiers on hosts that rule them out."""

import pytest

from rigprov.model.host import Virtualisation
from rigprov.plan import gpu_stack
from tests.unit.plan.hosts import case, container, rig

WSL = rig(virtualisation=Virtualisation("wsl", "microsoft", True, "systemd", True, None, True))
NO_SERVICE = "it needs Docker, and this container has no systemd, so there is nothing that would run the service"


@pytest.mark.parametrize(
    ("facts", "role", "skip"),
    [
        (rig(), "nvidia_driver", None),
        (rig(), "cuda_toolkit", None),
        (
            container(),
            "nvidia_driver",
            "the driver is that of the machine which runs this container; a container cannot load modules",
        ),
        (container(), "cuda_toolkit", None),
        (container(), "nvidia_container_toolkit", NO_SERVICE),
        (container(), "web_ui", NO_SERVICE),
        (WSL, "nvidia_driver", "WSL2 runs on the Windows driver; a Linux driver would break it"),
        (WSL, "nvidia_container_toolkit", None),
    ],
)
def test_skips(facts, role, skip):
    assert gpu_stack.decide(case(facts), role).skip == skip
