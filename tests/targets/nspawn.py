"""Boots a machine: `systemd-nspawn` under a supervisor that boots it again when it asks for a reboot."""

import os
import shlex
import subprocess
from contextlib import suppress
from pathlib import Path

from tests.targets import cgroup, network
from tests.targets.system import home

# Ends when the machine is powered off; exit code 133 is its way to ask for a reboot. The shell moves itself into the machine's
# control groups first, so that all it starts is in them. It runs in a mount namespace of its own and lets go of the other
# machines' disks there: nspawn hides the controller's mounts from a container, but does not drop them, and a disk that any
# machine holds stays alive after its own machine is gone.
_SUPERVISOR = """
for folder in {folders}; do echo $$ > "$folder/cgroup.procs" || exit 1; done
while read -r _ _ _ _ point _; do
  case $point in
    {root}) ;;
    {home}/*) umount -l "$point" ;;
  esac
done < /proc/self/mountinfo
while :; do
  {command} < /dev/null >> {console} 2>&1
  code=$?
  echo "$code" >> {exits}
  [ "$code" = 133 ] || exit "$code"
done
"""

# v1 controllers come read-only into a container; a container engine inside must make groups. The bind remount opens no more
# than the machine's own part of each tree.
_OPEN_CGROUPS = """[Unit]
Description=Let this container manage its own control groups
DefaultDependencies=no
Before=sysinit.target

[Service]
Type=oneshot
ExecStart=/bin/sh -c 'for tree in /sys/fs/cgroup/*; do mountpoint -q $$tree && mount -o remount,bind,rw $$tree; done; true'

[Install]
WantedBy=sysinit.target
"""


def command(name: str, root: Path, uuid: str, *, docker: bool, swap: bool) -> list[str]:
    """The `systemd-nspawn` command of a machine."""
    words = ["systemd-nspawn", "--quiet", "--boot", f"--directory={root}", f"--machine={name}", f"--hostname={name}"]
    words += [f"--uuid={uuid}", f"--network-namespace-path=/run/netns/{network.namespace(name)}"]
    # no systemd on the controller is asked for anything: neither machined nor a scope unit
    words += ["--register=no", "--keep-unit", "--link-journal=no", "--resolv-conf=off", "--timezone=off", "--console=read-only"]
    calls = [*(["add_key", "keyctl", "bpf"] if docker else []), *(["@swap"] if swap else [])]
    if docker:
        words.append("--capability=all")
    if calls:
        words.append(f"--system-call-filter={' '.join(calls)}")
    return words


def open_cgroups(root: Path) -> None:
    """Write the unit that a container engine inside needs on a controller with v1 control groups."""
    if not cgroup.is_v1():
        return
    units = root / "etc/systemd/system"
    (units / "open-cgroups.service").write_text(_OPEN_CGROUPS)
    wants = units / "sysinit.target.wants"
    wants.mkdir(exist_ok=True)
    (wants / "open-cgroups.service").unlink(missing_ok=True)
    (wants / "open-cgroups.service").symlink_to("../open-cgroups.service")


def boot(name: str, words: list[str], folder: Path) -> None:
    """Start the supervisor, which lives on when this process ends."""
    script = _SUPERVISOR.format(
        root=shlex.quote(str(folder / "root")),
        home=shlex.quote(str(home())),
        folders=" ".join(shlex.quote(str(path)) for path in cgroup.folders(name)),
        command=shlex.join(words),
        console=shlex.quote(str(folder / "console.log")),
        exits=shlex.quote(str(folder / "exits")),
    )
    # /proc/sys/net writable, /sys read-only: with a writable /sys a machine could change its controller's devices
    environment = {**os.environ, "SYSTEMD_NSPAWN_API_VFS_WRITABLE": "network"}
    # --fork: the supervisor is nobody's child, so that no caller has to wait for it
    subprocess.run(
        ["setsid", "--fork", "unshare", "--mount", "/bin/sh", "-c", script],
        cwd="/",
        env=environment,
        stdin=subprocess.DEVNULL,
        stdout=subprocess.DEVNULL,
        stderr=subprocess.DEVNULL,
        check=True,
    )


def forget(name: str, root: Path) -> None:
    """Remove the notes that nspawn leaves in /run when it is killed; call it while the disk is mounted."""
    notes = Path("/run/systemd/nspawn")
    if root.is_mount():
        there = root.stat()
        (notes / "locks" / f"inode-{there.st_dev}:{there.st_ino}").unlink(missing_ok=True)
    (root.parent / f".#{root.name}.lck").unlink(missing_ok=True)
    with suppress(FileNotFoundError):
        (notes / "propagate" / name).rmdir()
