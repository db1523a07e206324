"""What makes a machine itself on its first boot: its name and its host key, on a disk that it reads once.

Usually that disk is a tar file, which a unit of the image unpacks. With `cloud_init` it is what cloud-init looks for (NoCloud),
and cloud-init does the work; on an emulated processor that takes minutes.
"""

import io
import json
import tarfile
from pathlib import Path

from tests.targets.clients import USER
from tests.targets.rootfs import key
from tests.targets.system import run

FILE = "seed.img"


def make(name: str, folder: Path, *, cloud_init: bool, user_data: str = "") -> None:
    """Write the disk and the host key into the machine's folder.

    With `user_data` the harness's own settings come as the vendor's, as a cloud's do.
    """
    host_key = folder / "host_key"
    run("ssh-keygen", "-q", "-t", "ed25519", "-N", "", "-C", name, "-f", host_key)
    private, public = host_key.read_text(), host_key.with_suffix(".pub").read_text()
    if cloud_init:
        _for_cloud_init(name, folder, private, public, user_data)
    else:
        _tar(name, folder / FILE, private, public)


def _tar(name: str, path: Path, private: str, public: str) -> None:
    contents = {
        "etc/hostname": (0o644, f"{name}\n"),
        "etc/hosts": (0o644, f"127.0.0.1 localhost\n127.0.1.1 {name}\n"),
        "etc/ssh/ssh_host_ed25519_key": (0o600, private),
        "etc/ssh/ssh_host_ed25519_key.pub": (0o644, public),
    }
    with tarfile.open(path, "w") as archive:
        for where, (mode, text) in contents.items():
            member = tarfile.TarInfo(where)
            member.size, member.mode = len(text.encode()), mode
            archive.addfile(member, io.BytesIO(text.encode()))


def _for_cloud_init(name: str, folder: Path, private: str, public: str, user_data: str) -> None:
    user = {
        "name": USER,
        "shell": "/bin/bash",
        "groups": ["sudo"],
        "sudo": "ALL=(ALL) NOPASSWD:ALL",
        "ssh_authorized_keys": [key().with_suffix(".pub").read_text().strip()],
    }
    settings = {
        "users": [user],
        "ssh_keys": {"ed25519_private": private, "ed25519_public": public},
        "disable_root": True,
        "ssh_pwauth": False,
        "manage_etc_hosts": True,
        "growpart": {"mode": "off"},
        "resize_rootfs": False,
    }
    seed = folder / "seed"
    seed.mkdir()
    (seed / "meta-data").write_text(json.dumps({"instance-id": name, "local-hostname": name}))
    ours = "#cloud-config\n" + json.dumps(settings, indent=1) + "\n"
    files = {"user-data": user_data, "vendor-data": ours} if user_data else {"user-data": ours}
    for file, text in files.items():
        (seed / file).write_text(text)
    volume = ("-quiet", "-volid", "cidata", "-joliet", "-rock")
    run("genisoimage", *volume, "-output", folder / FILE, *(seed / file for file in files), seed / "meta-data")
