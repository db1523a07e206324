"""Copy a directory so that it can be cut off anywhere and gone on with, and compare every byte afterwards.

A file gets its name when all of it is on the disk. What has the size and time of its original is taken as copied by an earlier
run; the comparison finds out if it was not.
"""

import contextlib
import os
import shutil
import stat

import host

PART = ".rigprov-part"
CHUNK = 4 << 20
SPARE = 64 << 20


def listing(top):
    """Everything below a directory: relative path -> what must not change while it is copied."""
    found, device = {}, os.lstat(top).st_dev
    for parent, folders, files in os.walk(top, onerror=raise_error):
        for name in folders + files:
            path = os.path.join(parent, name)
            seen = os.lstat(path)
            if seen.st_dev != device:
                raise host.RefusedError("%s is a mount point inside of %s; unmount it first" % (path, top))
            if not (stat.S_ISREG(seen.st_mode) or stat.S_ISDIR(seen.st_mode) or stat.S_ISLNK(seen.st_mode)):
                raise host.RefusedError("%s is neither a file, a directory nor a link; take it out of %s first" % (path, top))
            times = () if stat.S_ISDIR(seen.st_mode) else (seen.st_size, seen.st_mtime_ns, seen.st_ino)
            found[os.path.relpath(path, top)] = (seen.st_mode, seen.st_uid, seen.st_gid, *times)
    return found


def raise_error(error):
    raise error


def same(one, other):
    """Whether a copy has the size and the time of its original."""
    with contextlib.suppress(FileNotFoundError):
        ours, theirs = os.lstat(one), os.lstat(other)
        kinds = stat.S_IFMT(ours.st_mode) == stat.S_IFMT(theirs.st_mode)
        return kinds and (ours.st_size, ours.st_mtime_ns) == (theirs.st_size, theirs.st_mtime_ns)
    return False


def room(source, target):
    """Bytes that are still to be copied, and how many are free for them."""
    names = [name for name, seen in listing(source).items() if stat.S_ISREG(seen[0])]
    rest = [name for name in names if not same(os.path.join(source, name), os.path.join(target, name))]
    free = os.statvfs(target)
    return sum(os.lstat(os.path.join(source, name)).st_size for name in rest), free.f_bavail * free.f_frsize


def copy_tree(source, target, names, *, fresh):
    """Copy what is missing. `fresh`: nothing is in the target but what an earlier run of this move copied."""
    links = {}
    for name in sorted(names):
        old, new = os.path.join(source, name), os.path.join(target, name)
        if stat.S_ISDIR(names[name][0]):
            os.makedirs(new, exist_ok=True)
        elif not same(old, new):
            if os.path.lexists(new) and not fresh:
                raise host.RefusedError("%s and %s differ; neither is touched. Move one of them away" % (old, new))
            copy_one(old, new, links.get(names[name][-1]))
        if not stat.S_ISDIR(names[name][0]):  # whose last number is its group's, and could be a file's
            links.setdefault(names[name][-1], new)
    folders = [name for name in names if stat.S_ISDIR(names[name][0])]
    for name in sorted(folders, reverse=True):
        finish_folder(os.path.join(source, name), os.path.join(target, name))
    finish_folder(source, target)


def copy_one(old, new, linked):
    """A file or a link, whole or not at all."""
    part = os.path.join(os.path.dirname(new), PART)
    with contextlib.suppress(FileNotFoundError):
        os.unlink(part)
    if linked and os.lstat(old).st_nlink > 1:
        os.link(linked, part, follow_symlinks=False)
    else:
        shutil.copyfile(old, part, follow_symlinks=False)
        take_over(old, part)
        if not os.path.islink(part):
            handle = os.open(part, os.O_RDONLY)
            try:
                os.fsync(handle)
            finally:
                os.close(handle)
    os.rename(part, new)


def take_over(old, new):
    """Owner, mode, times and attributes. The owner first: changing it takes mode bits away."""
    seen = os.lstat(old)
    os.chown(new, seen.st_uid, seen.st_gid, follow_symlinks=False)
    shutil.copystat(old, new, follow_symlinks=False)


def finish_folder(old, new):
    """A directory's own attributes, when all is in it."""
    with contextlib.suppress(FileNotFoundError):
        os.unlink(os.path.join(new, PART))
    take_over(old, new)
    host.sync_directory(new)


def differing(source, target, names):
    """Files whose copies are not the same, byte for byte, read from the disk."""
    return [name for name in sorted(names) if not equal(os.path.join(source, name), os.path.join(target, name), names[name][0])]


def equal(old, new, mode):
    """Whether a copy is right."""
    if not os.path.lexists(new) or stat.S_IFMT(os.lstat(new).st_mode) != stat.S_IFMT(mode):
        return False
    if stat.S_ISLNK(mode):
        return os.readlink(old) == os.readlink(new)
    if stat.S_ISDIR(mode):
        return True
    with open(old, "rb") as one, open(new, "rb") as other:
        os.posix_fadvise(other.fileno(), 0, 0, os.POSIX_FADV_DONTNEED)
        while True:
            left, right = one.read(CHUNK), other.read(CHUNK)
            if left != right:
                return False
            if not left:
                return True
