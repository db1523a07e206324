"""Secure Boot: the kernel takes only modules signed by a key that the firmware knows."""

from rigprov.model.host import HostFacts
from rigprov.plan.driver.choice import Refusal

CLOUDS = ("aws", "azure", "gcp", "oracle")


def refuse_unsigned(facts: HostFacts) -> Refusal | None:
    """Why a module that is built on the host cannot be loaded there; None when it can, or when it is not known."""
    if facts.secure_boot is not True:
        return None
    if facts.virtualisation.provider in CLOUDS or facts.virtualisation.hypervisor:
        way = "switch Secure Boot off in the machine's settings"
        why = "the key has to be confirmed on the console while the machine boots, which a rented machine seldom shows"
    else:
        way = "switch Secure Boot off in the firmware's settings"
        why = "the key has to be confirmed at the machine's own screen while it boots"
    ubuntus = facts.os.id == "ubuntu"
    signed = "take Ubuntu's driver with a kernel of Ubuntu's that it has signed modules for, " if ubuntus else ""
    own = "or enrol DKMS's key yourself (`mokutil --import`, see the README of role nvidia_driver) and say so: "
    return Refusal.of(
        "driver-secure-boot",
        f"Secure Boot is on, and the driver's module for {facts.kernel.release} would be built here, signed by a key that the "
        f"firmware does not know; {why}",
        f"{way}, {signed}{own}--set nvidia_driver.modules=dkms",
    )
