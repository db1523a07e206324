"""What cloud-init finds on its first boot: the machine's name, its host key, and the user who may log in."""

import json
from pathlib import Path

from tests.targets.clients import USER
from tests.targets.rootfs import key
from tests.targets.system import run


def make(name: str, folder: Path) -> None:
    """Write `seed.iso` (cloud-init calls it NoCloud) and the host key into the machine's folder."""
    host_key = folder / "host_key"
    run("ssh-keygen", "-q", "-t", "ed25519", "-N", "", "-C", name, "-f", host_key)
    user = {
        "name": USER,
        "shell": "/bin/bash",
        "groups": ["sudo"],
        "sudo": "ALL=(ALL) NOPASSWD:ALL",
        "ssh_authorized_keys": [key().with_suffix(".pub").read_text().strip()],
    }
    settings = {
        "users": [user],
        "ssh_keys": {"ed25519_private": host_key.read_text(), "ed25519_public": host_key.with_suffix(".pub").read_text()},
        "ssh_deletekeys": True,
        "disable_root": True,
        "ssh_pwauth": False,
        "manage_etc_hosts": True,
        "growpart": {"mode": "off"},
        "resize_rootfs": False,
    }
    seed = folder / "seed"
    seed.mkdir()
    (seed / "meta-data").write_text(json.dumps({"instance-id": name, "local-hostname": name}))
    (seed / "user-data").write_text("#cloud-config\n" + json.dumps(settings, indent=1) + "\n")
    volume = ("-quiet", "-volid", "cidata", "-joliet", "-rock")
    run("genisoimage", *volume, "-output", folder / "seed.iso", seed / "user-data", seed / "meta-data")
