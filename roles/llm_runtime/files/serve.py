"""The language model server in the foreground, and questions about it. Standard library plus the engine.

serve.py serve              load the model and answer until SIGTERM; exits 1 when that is not possible
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
import threading
import time
import urllib.error
import urllib.request

HERE = os.path.dirname(os.path.abspath(__file__))
CONFIG = "/etc/rigprov/llm/server.json"
KEY = "/etc/rigprov/llm/api_key"
UNIT = "/etc/systemd/system/rigprov-llm.service"
COMMAND = "/usr/local/bin/rigprov-llm"
STARTED = "/run/rigprov-llm/started"
PR_SET_PDEATHSIG = 1  # linux/prctl.h
DEAD = ("auto-restart", "failed", "dead")  # systemd's words; the supervisor script uses the same


def config():
    with open(CONFIG, encoding="utf-8") as stream:
        return json.load(stream)


def api_key():
    with open(KEY, encoding="ascii") as stream:
        key = stream.read().strip()
    if not key:
        raise SystemExit(KEY + " is empty. Delete it and apply the role again")
    return key


def fingerprint():
    """Stands for everything that a running server was started with."""
    found = hashlib.sha256()
    engine = os.path.realpath(os.path.join(HERE, "current"))
    for path in (CONFIG, UNIT, os.path.abspath(__file__)):
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


def parameters(settings, key):
    import xllamacpp

    wanted = xllamacpp.CommonParams()
    wanted.model.path = settings["model"]
    wanted.hostnames = [settings["host"]]
    wanted.port = settings["port"]
    wanted.api_keys = [key]
    wanted.n_ctx = settings["context"]
    # One request at a time gets the whole context; others queue. This is one person's machine.
    wanted.n_parallel = 1
    # The engine's own default of 8 GiB would be all the memory that a small machine has.
    wanted.cache_ram_mib = settings["prompt_cache_mib"]
    if settings["threads"] > 0:
        wanted.cpuparams.n_threads = settings["threads"]
        wanted.cpuparams_batch.n_threads = settings["threads"]
    return wanted


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


def serve():
    parent = os.environ.get("RIGPROV_SUPERVISOR")
    if parent:
        # Die with the supervisor: a server that nobody watches would hold the port for ever.
        ctypes.CDLL(None).prctl(PR_SET_PDEATHSIG, signal.SIGTERM)
        if os.getppid() != int(parent):
            return 1
    # OpenMP's threads spin while they wait for each other. With libgomp's default count a machine whose cores are wanted
    # by other programs too decodes at less than a tenth of its speed; this count lets a thread that waits give way.
    # libgomp reads it when it is loaded, that is, with the engine.
    os.environ.setdefault("GOMP_SPINCOUNT", "1000")
    import xllamacpp

    if os.path.isdir(os.path.dirname(STARTED)):
        with open(STARTED, "w", encoding="ascii") as stream:
            stream.write(fingerprint())
    settings = config()
    if not port_is_free(settings["host"], settings["port"]):
        return 1
    # While the model loads, SIGTERM keeps its default action: Python could not run a handler before the end of it.
    try:
        server = xllamacpp.Server(parameters(settings, api_key()))
    except RuntimeError as error:
        print("the model %s could not be served: %s" % (settings["model"], error), file=sys.stderr, flush=True)
        return 1
    stop = threading.Event()
    for number in (signal.SIGTERM, signal.SIGINT):
        signal.signal(number, lambda *_: stop.set())
    print("serving %s on %s" % (settings["model"], server.listening_address), file=sys.stderr, flush=True)
    stop.wait()
    del server
    return 0


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
    if sys.argv[1:] == ["serve"]:
        sys.exit(serve())
    if sys.argv[1:] == ["stale"]:
        sys.exit(0 if stale() else 1)
    if sys.argv[1:2] == ["wait"]:
        sys.exit(wait(int(sys.argv[2])))
    sys.exit(__doc__)
