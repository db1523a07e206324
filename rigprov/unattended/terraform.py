"""An example for Terraform and OpenTofu: one machine that provisions itself with its user data. Pure."""

from pathlib import Path

from rigprov.tiers.renting import Rented
from rigprov.unattended.userdata import Wanted, user_data

CLOUDS = ("aws", "gcp", "azure")  # those whose machines run cloud-init


def configuration(wanted: Wanted, rented: Rented, tier: str, head: str) -> str:
    """The text of a file `main.tf`.

    Args:
        wanted: what the machine is to become.
        rented: the machine.
        tier: its name, for tags.
        head: comment lines for the top.

    Raises:
        UsageError: as `user_data`.
    """
    gpu = bool(rented.rental.count)
    document = escaped(user_data(wanted)).rstrip("\n")
    values = {
        "INSTANCE": rented.rental.instance,
        "DISK": str(rented.disk_gib),
        "TIER": tier,
        "NAME": f"rigprov-{tier}".replace("_", "-").rstrip("-"),  # as a machine may be called
        # A machine with a GPU cannot be moved while it runs.
        "MAINTENANCE": "TERMINATE" if gpu else "MIGRATE",
        "DISK_TYPE": "pd-ssd",
        "END": _end(document),
        "USER_DATA": document,
    }
    text = Path(__file__).with_name(f"{rented.rental.cloud}.tf").read_text(encoding="utf-8")
    for name, value in values.items():
        text = text.replace(f"@{name}@", value)
    return f"{head}# terraform init; terraform apply; terraform output -raw result   (or the same with tofu)\n\n{text}"


def _end(document: str) -> str:
    """The heredoc's last word: a tier file may hold any line, and HCL takes an indented one for the end as well."""
    word = "RIGPROV"
    while any(line.strip() == word for line in document.splitlines()):
        word += "_"
    return word


def escaped(text: str) -> str:
    """As HCL's heredoc wants it: its two template marks doubled."""
    return text.replace("${", "$${").replace("%{", "%%{")
