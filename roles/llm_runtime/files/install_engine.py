"""Unpack or build llama.cpp's own programs. Runs on the host as root, under a lock.

    install_engine.py unpack JSON     an archive of programs and libraries
    install_engine.py build  JSON     an archive of source code

JSON: home, name (of the engine's directory), file, sha256, user; for a build also cuda, nvcc, architectures, cublas,
flags, jobs, number. Work goes on in `.NAME.new`, which is renamed when the program has run once as the service's user; what
a cut-off run left is thrown away, or gone on with where that is sure to be right.
"""

import hashlib
import json
import os
import shutil
import subprocess
import sys

from compile_engine import PROGRAMS, CannotError, compile_programs, extract


def check_hash(path, wanted):
    digest = hashlib.sha256()
    with open(path, "rb") as stream:
        for block in iter(lambda: stream.read(1 << 20), b""):
            digest.update(block)
    if digest.hexdigest() != wanted:
        os.remove(path)  # the next run fetches it anew
        raise CannotError("%s has sha256 %s, and %s was asked for" % (os.path.basename(path), digest.hexdigest(), wanted))


def find(root, name):
    """The file of that name that lies least deep, or None. A link that leads out of `root` does not count."""
    inside = os.path.realpath(root) + os.sep
    paths = [os.path.join(top, name) for top, _, files in os.walk(root) if name in files]
    paths = [path for path in paths if os.path.isfile(path) and os.path.realpath(path).startswith(inside)]
    return min(paths, key=lambda path: (path.count(os.sep), path), default=None)


def built(job, new):
    """Fill `new` from source code."""
    work = os.path.join(job["home"], ".%s.work" % job["name"])
    tree, build, log = compile_programs(job, work)
    os.makedirs(new)
    for name in PROGRAMS:
        shutil.copy2(os.path.join(build, "bin", name), os.path.join(new, name))
    for source, name in ((os.path.join(tree, "LICENSE"), "LICENSE"), (log, "build.log")):
        if os.path.exists(source):
            shutil.copyfile(source, os.path.join(new, name))
    return work


def unpacked(job, new):
    """Fill `new` from an archive of programs."""
    extract(job["file"], os.path.join(new, "tree"))
    for name in PROGRAMS:
        path = find(os.path.join(new, "tree"), name)
        if path is None and name == PROGRAMS[0]:
            raise CannotError("the archive holds no llama-server. Is it an archive of source code (llm_runtime_source: build)?")
        if path:
            os.chmod(path, 0o700)
            os.symlink(os.path.relpath(path, new), os.path.join(new, name))


def settle(job, new):
    """Check it as the user that will run it, and give it its final name."""
    subprocess.run(["/bin/chmod", "-R", "u=rwX,go=rX", new], check=True)
    as_user = ["setpriv", "--reuid=" + job["user"], "--regid=" + job["user"], "--init-groups"]
    check = [*as_user, "/usr/bin/python3", "-B", os.path.join(job["home"], "native.py"), "version", new]
    done = subprocess.run(check, stdout=subprocess.PIPE, stderr=subprocess.STDOUT, cwd="/", check=False)
    said = done.stdout.decode("utf-8", "replace").strip()
    if done.returncode:
        raise CannotError(said or "the engine cannot be run")
    final = os.path.join(job["home"], job["name"])
    shutil.rmtree(final, ignore_errors=True)
    subprocess.run(["/bin/sync", "-f", new], check=True)
    os.rename(new, final)
    with open(os.path.join(final, ".complete"), "w") as stream:
        stream.write(said + "\n")
    return said


def main(verb, text):
    job = json.loads(text)
    os.umask(0o022)
    if os.path.exists(os.path.join(job["home"], job["name"], ".complete")):
        return {}
    new = os.path.join(job["home"], ".%s.new" % job["name"])
    try:
        check_hash(job["file"], job["sha256"])
        shutil.rmtree(new, ignore_errors=True)
        work = {"unpack": unpacked, "build": built}[verb](job, new)
        said = settle(job, new)
    except (CannotError, OSError) as why:
        shutil.rmtree(new, ignore_errors=True)
        return {"error": str(why)}
    if work:
        shutil.rmtree(work, ignore_errors=True)
    return {"version": said}


if __name__ == "__main__":
    print(json.dumps(main(*sys.argv[1:])))
