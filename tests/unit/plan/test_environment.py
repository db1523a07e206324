"""What kind of machine a host is."""

import pytest

from rigprov.model.host import Virtualisation
from rigprov.model.plan import Environment
from rigprov.plan import environment
from tests.unit.plan.hosts import METAL, rig


@pytest.mark.parametrize(
    ("virtual", "expected"),
    [
        (METAL, Environment("metal", True, None, "a machine of its own; systemd runs it")),
        (
            Virtualisation(None, "kvm", False, "systemd", True, "aws", True),
            Environment("vm", True, "aws", "a virtual machine (kvm) at aws; systemd runs it"),
        ),
        (
            Virtualisation("docker", "kvm", False, "sh", False, "runpod", False),
            Environment("container", False, "runpod", "a container (docker) at runpod; process 1 is sh, not systemd"),
        ),
        (
            Virtualisation("systemd-nspawn", None, False, "systemd", True, None, True),
            Environment("container", True, None, "a container (systemd-nspawn); systemd runs it"),
        ),
        (
            Virtualisation("wsl", "microsoft", True, "init", False, None, True),
            Environment("wsl2", False, None, "WSL2 on a Windows machine; process 1 is init, not systemd"),
        ),
    ],
    ids=["metal", "vm", "rented container", "booted container", "wsl2"],
)
def test_kind_by_evidence(virtual, expected):
    assert environment.decide(rig(virtualisation=virtual)) == expected


@pytest.mark.parametrize(
    ("kind", "systemd", "reason"),
    [
        ("metal", True, None),
        ("container", False, "this container has no systemd, so there is nothing that would run the service"),
        ("wsl2", False, "systemd is off in this WSL2; switch it on with [boot] systemd=true in /etc/wsl.conf"),
        ("vm", False, "systemd does not run this machine, and the role needs it"),
    ],
)
def test_services_need_systemd(kind, systemd, reason):
    assert environment.no_services(Environment(kind, systemd, None, "")) == reason
