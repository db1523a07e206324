"""What lies on the disks for models: file systems, and the array that joins several of them."""

import glob
import os
import re
import time

import host

LABEL = "rp-models"
ARRAY = "/dev/md/" + LABEL


def signature(device):
    """TYPE, UUID and LABEL of what is on a device, as far as there is any. No proof that there is nothing."""
    lines = host.run("blkid", "-p", "-o", "export", device).stdout.splitlines()
    return dict(line.split("=", 1) for line in lines if "=" in line)


def digits(uuid):
    """A UUID as nothing but its digits: blkid and mdadm write them differently."""
    return re.sub(r"[^0-9a-f]", "", (uuid or "").lower())


def member_of(devices):
    """UUID of the array that all these disks, and no others, were joined to; empty if there is none."""
    seen = [signature(device) for device in devices]
    ids = {digits(one.get("UUID")) for one in seen if one.get("TYPE") == "linux_raid_member"}
    named = all(one.get("LABEL", "").split(":")[-1] == LABEL for one in seen)
    return ids.pop() if len(ids) == 1 and named and all(one.get("TYPE") == "linux_raid_member" for one in seen) else ""


def running_array(uuid):
    """Node of the running array with this UUID; empty if it does not run."""
    for node in sorted(glob.glob("/dev/md[0-9]*")):
        detail = host.run("mdadm", "--detail", "--export", node).stdout
        if digits(next(iter(re.findall(r"MD_UUID=(\S+)", detail)), "")) == digits(uuid) != "":
            return node
    return ""


def start_array(devices, uuid):
    """Node of the array, which is assembled if it does not run."""
    if not (node := running_array(uuid)):
        host.must("mdadm", "--assemble", ARRAY, "--uuid=" + as_mdadm(uuid), *devices)
        host.settle()
        node = running_array(uuid)
    return node


def stop_array(uuid):
    """Let go of the disks of an array."""
    if node := running_array(uuid):
        host.must("mdadm", "--stop", node)
        host.settle()


def as_mdadm(uuid):
    """A UUID as mdadm takes it."""
    text = digits(uuid)
    return ":".join(text[at : at + 8] for at in range(0, 32, 8))


def create_array(devices, uuid):
    """Join blank disks, or those on which a run that was cut off had begun with this array."""
    for device in devices:
        seen = signature(device)
        if seen.get("TYPE") == "linux_raid_member" and digits(seen.get("UUID")) == digits(uuid):
            host.must("mdadm", "--zero-superblock", device)
    shape = ["--level=0", "--metadata=1.2", "--chunk=512", "--raid-devices=%d" % len(devices)]
    names = ["--name=" + LABEL, "--homehost=any", "--uuid=" + as_mdadm(uuid)]
    host.must("mdadm", "--create", ARRAY, *shape, *names, *devices)
    host.settle()
    for _ in range(50):  # where no udev makes the node known
        if node := running_array(uuid):
            return node
        time.sleep(0.1)
    raise host.RefusedError("the array of %s was made and does not run; see `cat /proc/mdstat`" % ", ".join(devices))


def target(devices, array_uuid):
    """The device that carries the file system; empty while an array does not run."""
    if array_uuid:
        return running_array(array_uuid)
    return os.path.realpath(devices[0]) if devices and os.path.exists(devices[0]) else ""


def array_entry(uuid):
    """The line of mdadm.conf by which the array is started at boot."""
    return "ARRAY %s metadata=1.2 UUID=%s name=%s" % (ARRAY, as_mdadm(uuid), LABEL)


def number(device):
    """MAJOR:MINOR of a device, as mountinfo writes it."""
    try:
        seen = os.stat(device).st_rdev
    except OSError:
        return ""
    return "%d:%d" % (os.major(seen), os.minor(seen))
