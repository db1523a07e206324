"""Our line in /etc/fstab. An fstab that does not pass `findmnt --verify` is not touched, and none is written that does not."""

import os
import tempfile

import host
import users

PATH = "/etc/fstab"
BEGIN, END = "# BEGIN rigprov: disk for models", "# END rigprov: disk for models"
FIELDS = 4  # source, target, type, options


def line(uuid, mount, filesystem, options):
    """The line for the file system."""
    return "UUID=%s %s %s %s 0 2" % (uuid, mount, filesystem, options)


def without_block(text):
    """The text without ours."""
    kept, ours = [], False
    for one in text.splitlines(keepends=True):
        ours = ours or one.strip() == BEGIN
        if not ours:
            kept.append(one)
        ours = ours and one.strip() != END
    if ours:
        raise host.RefusedError('%s holds the line "%s" without its end. Mend that by hand' % (PATH, BEGIN))
    return "".join(kept)


def with_block(text, entry):
    """The text with our line, in the place where it was or at the end."""
    rest = without_block(text)
    block = "%s\n%s\n%s\n" % (BEGIN, entry, END)
    if BEGIN in text:
        before = text[: text.index(BEGIN)]
        return before + block + rest[len(before) :]
    return rest + ("" if not rest or rest.endswith("\n") else "\n") + block


def entries(text):
    """Lines that mean something, as their fields."""
    return [one.split() for one in text.splitlines() if one.strip() and not one.lstrip().startswith("#")]


def elsewhere(text, mount):
    """Source of a line that is not ours for the same mount point; empty if there is none."""
    lines = (fields for fields in entries(without_block(text)) if len(fields) >= FIELDS)
    return next((fields[0] for fields in lines if os.path.normpath(users.unescape(fields[1])) == mount), "")


def faults(text):
    """What `findmnt --verify` holds against it; empty if nothing.

    It also calls it an error when a disk or a mount point is away that need not be there (nofail, noauto): left out here.
    """
    judged = "".join(one for one in text.splitlines(keepends=True) if not may_be_away(one.split()))
    if not entries(judged):
        return ""  # an empty one, or none, is in order
    with tempfile.NamedTemporaryFile("w", suffix=".fstab", encoding="utf-8") as file:
        file.write(judged)
        file.flush()
        done = host.run("findmnt", "--verify", "--tab-file", file.name)
    if done.returncode == 0:
        return ""
    said = [one.strip() for one in done.stdout.splitlines() + done.stderr.splitlines()]
    errors = [one for one in said if one.startswith("[E]") or "parse error" in one]
    return "; ".join(errors[:3]) or "findmnt --verify exits with %d" % done.returncode


def may_be_away(fields):
    """Whether the line is for something that is away and may be."""
    if len(fields) < FIELDS or fields[0].startswith("#") or not {"nofail", "noauto"} & set(fields[3].split(",")):
        return False
    source, target = (users.unescape(fields[at]) for at in (0, 1))
    kind, mark, value = source.partition("=")
    path = "/dev/disk/by-%s/%s" % (kind.lower(), value.strip('"')) if mark else source
    here = os.path.exists(path) or not path.startswith("/dev/")
    return not here or not os.path.exists(target)


def put(text, *, judged=True):
    """Write it, unless it has faults. Taking our line out makes none."""
    if judged and (found := faults(text)):
        raise host.RefusedError("%s with the line for the models' disk would not be right: %s" % (PATH, found))
    mode = os.stat(PATH).st_mode & 0o777 if os.path.exists(PATH) else 0o644
    host.write(PATH, text, mode)


def main(wants):
    """Add, change or remove the line."""
    before = host.read(PATH)
    after = with_block(before, wants["entry"]) if wants["entry"] else without_block(before)
    if after != before:
        put(after, judged=bool(wants["entry"]))
    return {"changed": after != before}
