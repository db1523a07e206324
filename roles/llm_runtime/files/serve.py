"""The language model server in the foreground, and questions about it. Standard library plus the engine.

serve.py serve              load the model and answer until SIGTERM; exits 1 when that is not possible
serve.py serve CONFIG       the same engine with other settings; knows nothing of the service and does not touch it
serve.py stale              exit 0 when the running server was started with other files than those on disk now
serve.py wait SECONDS       exit 0 as soon as the server answers with the configured model
"""

import ctypes
import hashlib
import json
import os
import signal
import socket
import subprocess
import sys
import time
import urllib.error
import urllib.request

import in_process
import native

HERE = os.path.dirname(os.path.abspath(__file__))
CONFIG = "/etc/rigprov/llm/server.json"
KEY = "/etc/rigprov/llm/api_key"
UNIT = "/etc/systemd/system/rigprov-llm.service"
COMMAND = "/usr/local/bin/rigprov-llm"
STARTED = "/run/rigprov-llm/started"
ENGINE = os.path.join(HERE, "current")
NEEDED = ("model", "host", "port", "context")  # of a configuration; the others have defaults
PR_SET_PDEATHSIG = 1  # linux/prctl.h
DEAD = ("auto-restart", "failed", "dead")  # systemd's words; the supervisor script uses the same


def config(path=CONFIG):
    try:
        with open(path, encoding="utf-8") as stream:
            found = json.load(stream)
        absent = [name for name in NEEDED if name not in found]
    except OSError as error:
        raise SystemExit("%s cannot be read: %s" % (path, error.strerror)) from error
    except (ValueError, TypeError) as error:
        raise SystemExit("%s is not a JSON object: %s" % (path, error)) from error
    if absent:
        raise SystemExit("%s lacks %s" % (path, ", ".join(absent)))
    return found


def api_key(path=KEY):
    try:
        with open(path, encoding="ascii") as stream:
            key = stream.read().strip()
    except OSError as error:
        raise SystemExit("the API key %s cannot be read: %s" % (path, error.strerror)) from error
    if not key:
        raise SystemExit(path + " is empty. Delete it and apply the role again")
    return key


def fingerprint():
    """Stands for everything that a running server was started with."""
    found = hashlib.sha256()
    engine = os.path.realpath(ENGINE)
    for path in (CONFIG, UNIT, os.path.abspath(__file__), native.__file__, in_process.__file__):
        if os.path.exists(path):
            with open(path, "rb") as stream:
                found.update(stream.read())
    for path in (KEY, config()["model"], os.path.join(engine, ".complete")):
        state = os.stat(path)
        found.update(repr((path, state.st_size, state.st_mtime_ns)).encode())
    return found.hexdigest()


def stale():
    try:
        with open(STARTED, encoding="ascii") as stream:
            return stream.read().strip() != fingerprint()
    except FileNotFoundError:
        return True


def port_is_free(host, port):
    """The engine's own word for a port that is taken is "check the input params"."""
    family = socket.AF_INET6 if ":" in host else socket.AF_INET
    try:
        socket.create_server((host, port), family=family).close()
    except OSError as error:
        words = "cannot listen on %s port %d: %s. Set llm_runtime_port to a free one"
        print(words % (host, port, error.strerror), file=sys.stderr)
        return False
    return True


def die_with_the_parent():
    """Whether that could be had: a server that nobody watches would hold the port for ever. No: the parent is gone already."""
    parent = os.environ.get("RIGPROV_SUPERVISOR")
    if not parent:
        return True
    ctypes.CDLL(None).prctl(PR_SET_PDEATHSIG, signal.SIGTERM)  # stays in force when this process becomes the engine
    return os.getppid() == int(parent)


def serve(path=None):
    if not die_with_the_parent():
        return 1
    # OpenMP's threads spin while they wait for each other. With libgomp's default count a machine whose cores are wanted
    # by other programs too decodes at less than a tenth of its speed; this count lets a thread that waits give way.
    # libgomp reads it when it is loaded, that is, with the engine.
    os.environ.setdefault("GOMP_SPINCOUNT", "1000")
    settings = config(path or CONFIG)
    if not settings["model"]:
        raise SystemExit("there is no model to serve: set llm_runtime_model and apply again")
    key_file = settings.get("key_file", KEY)
    key = api_key(key_file)
    if path is None and os.path.isdir(os.path.dirname(STARTED)):
        with open(STARTED, "w", encoding="ascii") as stream:
            stream.write(fingerprint())
    if not port_is_free(settings["host"], settings["port"]):
        return 1
    engine = os.path.realpath(ENGINE)
    if native.program(engine) is None:
        return in_process.serve(settings, key)
    reason = native.why_not(engine, settings)
    if reason:
        print(reason, file=sys.stderr, flush=True)
        return 1
    line = native.command(native.program(engine), settings, key_file)
    os.execve(line[0], line, native.environment(engine))  # noqa: S606 - no shell on purpose
    return 1


def answers(settings):
    """Whether the port is served by our server (it knows the key) with the configured model."""
    host = {"0.0.0.0": "127.0.0.1", "::": "::1"}.get(settings["host"], settings["host"])  # noqa: S104 - compared, not bound
    url = "http://%s:%d/props" % ("[%s]" % host if ":" in host else host, settings["port"])
    request = urllib.request.Request(url, headers={"Authorization": "Bearer " + api_key()})  # noqa: S310 - always http
    opener = urllib.request.build_opener(urllib.request.ProxyHandler({}))  # a proxy has no business on this machine
    try:
        with opener.open(request, timeout=5) as reply:
            return json.load(reply).get("model_path") == settings["model"]
    except (OSError, ValueError):  # not up yet (503, refused), or somebody else's server
        return False


def state():
    done = subprocess.run([COMMAND, "state"], stdout=subprocess.PIPE, text=True, check=False)
    return done.stdout.strip()


def wait(seconds):
    settings, deadline = config(), time.monotonic() + seconds
    while time.monotonic() < deadline:
        if answers(settings) and state() == "running":
            return 0
        if state() in DEAD:
            print("the server ended. Its last words:")
            break
        time.sleep(0.3)
    else:
        words = "the server did not answer on %s port %d within %d s. Its last words:"
        print(words % (settings["host"], settings["port"], seconds))
    sys.stdout.flush()
    subprocess.run([COMMAND, "logs", "8"], check=False)
    return 1


if __name__ == "__main__":
    if sys.argv[1:2] == ["serve"] and len(sys.argv) in (2, 3):
        sys.exit(serve(*sys.argv[2:]))
    if sys.argv[1:] == ["stale"]:
        sys.exit(0 if stale() else 1)
    if sys.argv[1:2] == ["wait"]:
        sys.exit(wait(int(sys.argv[2])))
    sys.exit(__doc__)
