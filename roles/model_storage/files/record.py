"""What this role has written down about the disk for models, so that a run that was cut off is finished by the next.

`disk` holds KEY=VALUE lines: state (formatting, done), one disk= line each (by-id path, serial, bytes), filesystem, uuid,
array_uuid where disks are joined, mount. `move` holds the state of a move in the same form.
"""

import os

import host

DIRECTORY = "/var/lib/rigprov/model_storage"
DISK = "disk"
MOVE = "move"


def parse(text):
    """The lines as a dictionary, disks as a list; None without a state."""
    found = {"disks": []}
    for line in text.splitlines():
        key, mark, value = line.partition("=")
        if not mark:
            continue
        if key == "disk":
            device, _, rest = value.partition(" ")
            serial, _, size = rest.rpartition(" ")
            found["disks"].append({"device": device, "serial": serial, "size_bytes": int(size) if size.isdigit() else 0})
        else:
            found[key] = value
    return found if found.get("state") else None


def unparse(values):
    """The dictionary as lines."""
    lines = ["state=%s" % values["state"]]
    lines += ["disk=%(device)s %(serial)s %(size_bytes)d" % disk for disk in values.get("disks", [])]
    lines += ["%s=%s" % (key, value) for key, value in values.items() if key not in ("state", "disks") and value]
    return "\n".join(lines) + "\n"


def load(name):
    """What was written under this name, or None."""
    return parse(host.read(os.path.join(DIRECTORY, name)))


def save(name, values):
    """Write it, and have it on the disk before anything else happens."""
    if not os.path.isdir(DIRECTORY):
        parent = os.path.dirname(DIRECTORY)
        os.makedirs(parent, mode=0o755, exist_ok=True)
        os.mkdir(DIRECTORY, 0o700)
        host.sync_directory(parent)
        host.sync_directory(os.path.dirname(parent))
    host.write(os.path.join(DIRECTORY, name), unparse(values), 0o600)


def same_disks(ours, others):
    """Whether both name the same disks: by-id name, serial and size, in any order."""

    def keys(disks):
        return sorted((disk["device"], disk["serial"], int(disk["size_bytes"])) for disk in disks)

    return keys(ours) == keys(others)
