"""Roles of the GPU tiers on hosts that rule them out."""

import pytest

from rigprov.model.host import Virtualisation
from rigprov.plan import gpu_stack
from tests.unit.plan.hosts import case, container, rig
from tests.unit.plan.test_toolchain import rented

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
        (
            rented(),
            "cuda_toolkit",
            "CUDA 12.4 is here already (/usr/local/cuda/bin/nvcc), and the engine is built with it",
        ),
        (rig(tools=rented().tools), "cuda_toolkit", None),
        (container(), "nvidia_container_toolkit", NO_SERVICE),
        (container(), "web_ui", NO_SERVICE),
        (WSL, "nvidia_driver", "WSL2 runs on the Windows driver; a Linux driver would break it"),
        (WSL, "nvidia_container_toolkit", None),
    ],
)
def test_skips(facts, role, skip):
    assert gpu_stack.decide(case(facts)).decision(case(facts), role).skip == skip


@pytest.mark.parametrize(
    ("source", "skip"), [(None, "the engine comes ready from your archive, so nothing is compiled here"), ("build", None)]
)
def test_a_carried_engine_needs_no_toolkit(source, skip):
    flags = {"llm_runtime_archive": "/x.tar", **({"llm_runtime_source": source} if source else {})}
    assert gpu_stack.decide(case(container(), flags=flags)).toolkit.decision.skip == skip
