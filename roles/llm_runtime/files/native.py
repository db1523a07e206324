"""llama.cpp's own `llama-server`: where it lies, how it is started, and in words why it cannot run here.

native.py version ENGINE    prints its version; exits 1 with the reason when it does not run
"""

import os
import re
import subprocess
import sys

ALL_LAYERS = "999"  # more than any model has; every version takes a number, older ones take no word
TAKES_LONG_S = 120  # the first use of a GPU after a boot initialises it


def program(engine):
    """The server's program in an engine's directory, or None when the engine is a Python package."""
    path = os.path.join(engine, "llama-server")
    return path if os.path.exists(path) else None


def environment(engine):
    """The environment to run it in. An archive may keep its libraries beside the program or in a directory of their own."""
    own = sorted(top for top, _, files in os.walk(engine) if any(re.search(r"\.so(\.|$)", name) for name in files))
    path = [os.environ.get("LD_LIBRARY_PATH", "")] if os.environ.get("LD_LIBRARY_PATH") else []
    # GPUs in the order of the bus, as the driver, nvidia-smi and the plan number them; CUDA's own order is the fastest first.
    found = {"CUDA_DEVICE_ORDER": "PCI_BUS_ID", **os.environ}
    return {**found, "LD_LIBRARY_PATH": ":".join(own + path)} if own else found


def command(path, settings, key_file):
    """The command line. The key is not on it: every user of the machine could read it there."""
    line = [path, "--model", settings["model"], "--host", settings["host"], "--port", str(settings["port"])]
    # One request at a time gets the whole context; others queue. This is one person's machine.
    line += ["--ctx-size", str(settings["context"]), "--parallel", "1"]
    if settings.get("threads", 0) > 0:
        line += ["--threads", str(settings["threads"]), "--threads-batch", str(settings["threads"])]
    # The engine's own default of 8 GiB would be all the memory that a small machine has.
    line += ["--cache-ram", str(settings.get("prompt_cache_mib", 0))]
    layers = str(settings.get("gpu_layers", "0"))
    line += ["--gpu-layers", ALL_LAYERS if layers == "all" else layers]
    if settings.get("flash_attention", "auto") != "auto":
        line += ["--flash-attn", settings["flash_attention"]]
    if layers != "0":
        # Only at this verbosity do builds of 2026 say how many layers went to which GPU. Prompts are not logged at it.
        line += ["--verbosity", "4"]
        if settings.get("split_mode", "layer") != "layer":
            line += ["--split-mode", settings["split_mode"]]
    if key_file:
        line += ["--api-key-file", key_file]
    return line


def _output(words, env):
    silent, both = subprocess.DEVNULL, subprocess.STDOUT
    done = subprocess.run(words, env=env, stdin=silent, stdout=subprocess.PIPE, stderr=both, timeout=TAKES_LONG_S, check=False)
    return done.returncode, done.stdout.decode("utf-8", "replace")


def missing(path, env):
    """Libraries that the dynamic linker does not find for a program or library."""
    return re.findall(r"^\s*(\S+) => not found", _output(["ldd", path], env)[1], re.MULTILINE)


def devices(path, env):
    """Names of the devices besides the CPU that the engine sees ("CUDA0")."""
    return re.findall(r"^\s+([A-Za-z]+\d+):", _output([path, "--list-devices"], env)[1], re.MULTILINE)


def version(engine):
    """What it says of itself.

    Raises:
        RuntimeError: it does not run; the reason in words.
    """
    path, env = program(engine), environment(engine)
    if path is None:
        raise RuntimeError("there is no llama-server in %s" % engine)
    lacking = missing(path, env)
    if lacking:
        raise RuntimeError("llama-server lacks %s: install what holds them, or take another build" % ", ".join(lacking))
    try:
        code, said = _output([path, "--version"], env)
    except OSError as error:
        raise RuntimeError("llama-server cannot be run: %s" % error.strerror) from error
    if code:
        how = "was ended by signal %d (built for another CPU?)" % -code if code < 0 else "ended with exit code %d" % code
        raise RuntimeError("llama-server %s; it said: %s" % (how, " ".join(said.split())[-400:] or "nothing"))
    return next((line for line in said.splitlines() if line.startswith("version")), said.strip())


def why_not(engine, settings):
    """Why the engine cannot serve these settings here, one sentence; None when it can.

    A back-end that does not load is no error to llama.cpp: it decodes on the CPU at a tenth of the speed and says so in a log
    line. Whoever asked for a GPU is told here instead.
    """
    env = environment(engine)
    try:
        version(engine)
    except RuntimeError as error:
        return str(error)
    if str(settings.get("gpu_layers", "0")) == "0":
        return None
    for top, _, files in os.walk(engine):
        for name in files:
            lacking = missing(os.path.join(top, name), env) if re.match(r"libggml-cuda\.so$", name) else []
            if lacking:
                return "the engine's CUDA part lacks %s: install the CUDA libraries it was built with" % ", ".join(lacking)
    if not devices(program(engine), env):
        return (
            "the engine sees no GPU, and layers are to lie on one. Is it built for this GPU, does `nvidia-smi` work, and are "
            "/dev/nvidia* open to this user? Without a GPU set llm_runtime_gpu_layers to 0"
        )
    return None


if __name__ == "__main__":
    try:
        print(version(sys.argv[2]))
    except RuntimeError as why:
        sys.exit(str(why))
