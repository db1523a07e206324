"""What the other programs of this role need of the host: commands, files, and how a refusal is told.

They run on the host with the Python that is there (3.8 or later, nothing but the standard library): from the role, which sends
them along with what is wanted as JSON, or at boot, where they lie side by side in a directory.
"""

import json
import os
import subprocess
import tempfile

PATH = "/usr/sbin:/usr/bin:/sbin:/bin"


class RefusedError(Exception):
    """Something stands in the way, and nothing was changed for it; the message names the way out."""


def run(*argv):
    """The finished command; one that is not there ends with 127."""
    environment = dict(os.environ, LC_ALL="C.UTF-8", PATH=PATH)
    try:
        return subprocess.run(
            argv,
            stdin=subprocess.DEVNULL,
            capture_output=True,
            text=True,
            env=environment,
            check=False,
        )
    except FileNotFoundError:
        return subprocess.CompletedProcess(argv, 127, "", "%s: not found" % argv[0])


def must(*argv):
    """Output of a command that has to succeed."""
    done = run(*argv)
    if done.returncode != 0:
        said = " ".join((done.stderr or done.stdout).split())
        raise RefusedError("`%s` failed (exit %d): %s" % (" ".join(argv), done.returncode, said or "no message"))
    return done.stdout


def settle():
    """Wait until udev knows what was just done; a host without udev has nothing to wait for."""
    run("udevadm", "settle", "--timeout=60")


def read(path):
    """Text of a file, empty where there is none."""
    try:
        with open(path, encoding="utf-8", errors="replace") as file:
            return file.read()
    except OSError:
        return ""


def sync_directory(path):
    """Make names in a directory last through a power cut."""
    handle = os.open(path, os.O_RDONLY | os.O_DIRECTORY)
    try:
        os.fsync(handle)
    finally:
        os.close(handle)


def write(path, text, mode):
    """Put a file in place whole or not at all, also through a power cut."""
    path = os.path.realpath(path)
    directory = os.path.dirname(path)
    handle, new = tempfile.mkstemp(prefix=".rigprov-", dir=directory)
    try:
        with os.fdopen(handle, "w", encoding="utf-8") as file:
            os.fchmod(file.fileno(), mode)
            file.write(text)
            file.flush()
            os.fsync(file.fileno())
        os.rename(new, path)
    except BaseException:
        os.unlink(new)
        raise
    sync_directory(directory)


def answer(main, wants):
    """JSON of what a program found or did, or of why it did not."""
    try:
        found = main(wants)
    except RefusedError as error:
        found = {"refused": str(error)}
    return json.dumps(found)
