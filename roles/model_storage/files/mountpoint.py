"""The mount point: what lies there, and that nothing is written there while the disk is away."""

import os

import host
import users


def mounted(mount):
    """The uppermost mount at exactly this place as (device number, type, options); None if there is none."""
    found = [one for one in users.mounts() if one[1] == mount]
    return (found[-1][0], found[-1][2], found[-1][3]) if found else None


def unit(mount):
    """Name of its unit in systemd."""
    return host.must("systemd-escape", "--path", "--suffix=mount", mount).strip()


def link_in(path):
    """The part of a path that is a symbolic link; empty if none is."""
    parts = path.strip("/").split("/")
    places = ("/" + "/".join(parts[: count + 1]) for count in range(len(parts)))
    return next((place for place in places if os.path.islink(place)), "")


def ancestor(path):
    """The nearest directory above that exists, or the path itself."""
    while not os.path.exists(path):
        path = os.path.dirname(path)
    return path


def read_only(path):
    """Whether the file system under a path cannot be written to."""
    return bool(os.statvfs(ancestor(path)).f_flag & os.ST_RDONLY)


def below(mount, *command):
    """Run a command for the directory below whatever is mounted there: its path is appended."""
    parent, name = os.path.split(mount)
    script = 'mount --bind "$1" /mnt && name=$2 && shift 2 && exec "$@" "/mnt/$name"'
    return host.run("unshare", "--mount", "sh", "-c", script, "sh", parent, name, *command)


def sealed(mount):
    """Whether the bare mount point is immutable; None where the file system below does not know that."""
    done = below(mount, "lsattr", "-d")
    return "i" in done.stdout.split()[0] if done.returncode == 0 and done.stdout.strip() else None


def seal(mount):
    """Make the bare mount point immutable, so that nothing is written to the disk of the system instead."""
    return below(mount, "chattr", "+i").returncode == 0


def unseal(mount):
    """Make it an ordinary directory again."""
    if os.path.isdir(mount) and sealed(mount):
        below(mount, "chattr", "-i")


def main(wants):
    """Make and seal the mount point, or mount there what fstab says."""
    return start(wants["mount"], remount=wants["remount"]) if wants["do"] == "start" else prepare(wants["mount"])


def prepare(mount):
    """The mount point is there, and immutable where it is bare."""
    if not os.path.isdir(mount):
        os.makedirs(mount, mode=0o755)
        host.sync_directory(os.path.dirname(mount))
    if sealed(mount) is False:
        seal(mount)
    return {"changed": True}


def start(mount, *, remount):
    """Mount it now, as at boot."""
    host.must("systemctl", "daemon-reload")
    if not mounted(mount):
        host.run("systemctl", "reset-failed", unit(mount))
        done = host.run("systemctl", "start", unit(mount))
        if done.returncode != 0 or not mounted(mount):
            said = host.run("systemctl", "status", "--lines=3", "--no-pager", unit(mount)).stdout.strip().splitlines()
            raise host.RefusedError("%s could not be mounted: %s" % (mount, said[-1].strip() if said else done.stderr.strip()))
    elif remount:
        host.must("mount", "-o", "remount", mount)
    return {"changed": True}
