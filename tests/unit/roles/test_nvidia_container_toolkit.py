"""What the container toolkit's role reads of a host: Docker's version, the driver, the CDI specification."""

import pytest

from tests.unit.roles.scripts import load

toolkit = load("nvidia_container_toolkit", "look")
RUNTIME = {"runtimes": {"nvidia": {"path": "nvidia-container-runtime"}}}


@pytest.mark.parametrize(
    ("version", "cdi"),
    [
        ("", False),
        ("Docker version 20.10.24+dfsg1, build 297e128", False),
        ("Docker version 25.0.0, build e758fe5", True),
        ("Docker version 27.5.1, build 4c9b3b0", True),
        ("Docker version 28.2.2, build 45873be", True),
        ("Docker version 28.3.0, build 265f709", False),
        ("Docker version 29.1.3, build 29.1.3-0ubuntu4", False),
    ],
)
def test_cdi_is_switched_on_where_docker_knows_it_and_has_it_off(version: str, cdi: bool) -> None:
    assert toolkit.docker_keys(version) == (RUNTIME | {"features": {"cdi": True}} if cdi else RUNTIME)


@pytest.mark.parametrize(
    ("spec", "driver", "wsl", "due"),
    [
        ("", "580.95.05", False, True),
        ("hostPath: /usr/lib/libcuda.so.580.95.05", "580.95.05", False, False),
        ("hostPath: /usr/lib/libcuda.so.575.57.08", "580.95.05", False, True),
        ("", "", False, False),
        ("hostPath: /usr/lib/libcuda.so.575.57.08", "", False, False),
        ("hostPath: /usr/lib/wsl/drivers/x/libcuda.so.1", "580.95.05", True, False),
        ("", "580.95.05", True, True),
    ],
)
def test_a_specification_fits_one_driver(spec: str, driver: str, wsl: bool, due: bool) -> None:
    assert toolkit.spec_due(spec, driver, wsl) is due
