"""The GPU roles together: each knows what the others bring."""

from dataclasses import replace

import pytest

from rigprov.catalog import repositories
from rigprov.model.host import BuildTools, Offer, Package, Virtualisation
from rigprov.plan import gpu_stack
from rigprov.plan.container_toolkit import PACKAGES
from rigprov.tiers import INTERMEDIATE, STARTER
from tests.unit.plan.hosts import JAMMY, REACHABLE, RTX_3090, case, container, driver, rig
from tests.unit.plan.test_toolchain import rented

WSL = rig(virtualisation=Virtualisation("wsl", "microsoft", True, "systemd", True, None, True))
NO_SERVICE = "it needs Docker, and this container has no systemd, so there is nothing that would run the service"


NO_DRIVER = "there is no driver, so containers would have no GPU either"
BARE = rig(os=JAMMY, pci=(RTX_3090,))
OFF = {"nvidia_cuda_repository": False, "nvidia_container_toolkit_repository": False}


def made(facts, tier=INTERMEDIATE, flags=None):
    host = case(facts, tier=tier, flags=flags)
    return gpu_stack.decide(host)


@pytest.mark.parametrize(
    ("facts", "role", "skip"),
    [
        (BARE, "nvidia_driver", None),
        (BARE, "cuda_toolkit", None),
        (BARE, "nvidia_container_toolkit", None),
        (rig(), "nvidia_driver", "there is no NVIDIA GPU on the PCI bus"),
        (
            rig(extra={"board": "NVIDIA Jetson AGX Orin Developer Kit"}),
            "nvidia_driver",
            "this is NVIDIA Jetson AGX Orin Developer Kit: its GPU is no PCI device, and its driver comes with JetPack; "
            "rigprov supports neither",
        ),
        (rig(), "cuda_toolkit", "there is no driver, so nothing could be built for it"),
        (rig(), "nvidia_container_toolkit", NO_DRIVER),
        (
            container(),
            "nvidia_driver",
            "the driver is that of the machine which runs this container; a container cannot load modules",
        ),
        (container(), "cuda_toolkit", "there is no driver, so nothing could be built for it"),
        (
            rented(),
            "cuda_toolkit",
            "CUDA 12.4 is here already (/usr/local/cuda/bin/nvcc), and the engine is built with it",
        ),
        (rented(tools=BuildTools()), "cuda_toolkit", None),
        (container(), "nvidia_container_toolkit", NO_SERVICE),
        (WSL, "nvidia_driver", "WSL2 runs on the Windows driver; a Linux driver would break it"),
        (WSL, "nvidia_container_toolkit", NO_DRIVER),
        (replace(WSL, nvidia=driver(24576)), "nvidia_container_toolkit", None),
    ],
)
def test_skips(facts, role, skip):
    assert made(facts).decisions()[role].skip == skip


@pytest.mark.parametrize(
    ("source", "skip"), [(None, "the engine comes ready from your archive, so nothing is compiled here"), ("build", None)]
)
def test_a_carried_engine_needs_no_toolkit(source, skip):
    flags = {"llm_runtime_archive": "/x.tar", **({"llm_runtime_source": source} if source else {})}
    assert made(BARE, flags=flags).toolkit.decision.skip == skip


def test_a_tier_without_gpus_compiles_nothing():
    assert made(BARE, tier=STARTER).toolkit.decision.skip == "nothing is compiled for a GPU"


@pytest.mark.parametrize(
    ("facts", "release"),
    [
        (BARE, "13.0"),
        (replace(BARE, pci=(replace(RTX_3090, device="1b06"),)), "12.9"),  # Pascal
        (replace(BARE, pci=(replace(RTX_3090, device="1db4"),)), "12.9"),  # Volta
        (replace(BARE, pci=(replace(RTX_3090, device="1eb8"),)), "13.0"),  # Turing
        (replace(BARE, pci=(replace(RTX_3090, device="2b85"),)), "13.0"),  # Blackwell
        (rig(pci=(RTX_3090,)), "12.9"),  # Debian's driver is 535
        (
            replace(BARE, offers=(Offer("cuda-nvcc-13-2", "13.2.1-1", "NVIDIA"), Offer("cuda-nvcc-13-1", "13.1-1", "NVIDIA"))),
            "13.1",
        ),
        (replace(BARE, offers=(Offer("cuda-nvcc-13-0", "13.0.2-1", "NVIDIA"),)), "13.0"),
    ],
)
def test_the_toolkit_fits_driver_and_cards(facts, release):
    toolkit = made(facts).toolkit
    name = release.replace(".", "-")
    assert (toolkit.release, toolkit.nvcc) == (release, f"/usr/local/cuda-{release}/bin/nvcc")
    assert toolkit.decision.values["cuda_toolkit_packages"].value == [
        f"cuda-nvcc-{name}",
        f"cuda-cudart-dev-{name}",
        f"libcublas-dev-{name}",
    ]


def test_the_toolkit_s_repository_never_brings_a_second_driver():
    (pin,) = made(BARE).toolkit.decision.values["cuda_toolkit_pins"].value
    assert pin["priority"] < 0
    own = made(BARE, flags={"nvidia_driver_source": "nvidia"})
    assert own.driver.source == "nvidia"
    assert own.toolkit.decision.values["cuda_toolkit_pins"].value == []


def test_repositories_that_do_not_answer():
    stack = made(replace(BARE, reachable=REACHABLE | OFF))
    assert [blocker.code for blocker in stack.toolkit.decision.blockers] == ["cuda-unreachable"]
    assert "does not answer" in (stack.container_toolkit.skip or "")


def test_f03_every_release_has_the_key_that_signs_its_repository():
    """No file of a keyring package is named, so none can be missing; the key's fingerprint is what is checked."""
    found = {release: repositories.cuda(*release, "x86_64") for release in repositories.CUDA_RELEASES}
    assert {release: repository and repository.key_fingerprint[-8:] for release, repository in found.items()} == {
        ("ubuntu", "jammy"): "3BF863CC",
        ("ubuntu", "noble"): "3BF863CC",
        ("ubuntu", "resolute"): "3BF863CC",
        ("debian", "bookworm"): "3BF863CC",
        ("debian", "trixie"): "8793F200",
    }


def test_a_container_toolkit_that_is_here_is_kept():
    here = tuple(Package(name, "1.17.8-1", "ii", False, "NVIDIA") for name in PACKAGES)
    values = made(replace(BARE, packages=here)).container_toolkit.values
    assert values["nvidia_container_toolkit_packages"].value == []
    assert values["nvidia_container_toolkit_repository"].value == {}


def test_the_container_toolkit_is_one_version_of_all_four():
    values = made(BARE).container_toolkit.values
    assert values["nvidia_container_toolkit_packages"].value == [f"{name}=1.20.0-1" for name in PACKAGES]
    assert values["nvidia_container_toolkit_repository"].value["architectures"] == ["amd64"]


def test_the_toolkit_s_release_as_set_is_the_one_of_its_packages():
    toolkit = made(BARE, flags={"cuda_toolkit_release": "12.9"}).toolkit
    assert (toolkit.release, toolkit.nvcc) == ("12.9", "/usr/local/cuda-12.9/bin/nvcc")
    assert toolkit.decision.values["cuda_toolkit_packages"].value[0] == "cuda-nvcc-12-9"
    (blocker,) = made(BARE, flags={"cuda_toolkit_release": "newest"}).toolkit.decision.blockers
    assert (blocker.code, "cuda_toolkit.release=13.0" in blocker.fix) == ("cuda-release", True)
