"""The engine that is a Python package (xllamacpp): llama.cpp's server inside this process."""

import signal
import sys
import threading


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
    wanted.cache_ram_mib = settings.get("prompt_cache_mib", 0)
    if settings.get("threads", 0) > 0:
        wanted.cpuparams.n_threads = settings["threads"]
        wanted.cpuparams_batch.n_threads = settings["threads"]
    return wanted


def serve(settings, key):
    """Load the model and answer until SIGTERM; the exit code."""
    import xllamacpp

    # While the model loads, SIGTERM keeps its default action: Python could not run a handler before the end of it.
    try:
        server = xllamacpp.Server(parameters(settings, key))
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
