"""What the container toolkit's role still has to do on a host: units, CDI specification, Docker's keys; reads only.

Runs on the host (Python 3.8 or later, nothing but the standard library). Wants come as JSON on stdin, the findings go to
stdout as JSON; the tasks carry them out.
"""

import json
import re
import subprocess
import sys
from pathlib import Path

# Docker learnt CDI in 25.0, where it has to be switched on, and has it on by itself since 28.3.
CDI_FIRST, CDI_BY_ITSELF = (25, 0), (28, 3)


def run(*argv):
    """Exit code and standard output of a command; 127 where it is missing."""
    try:
        done = subprocess.run(argv, stdout=subprocess.PIPE, stderr=subprocess.DEVNULL, text=True, check=False)
    except OSError:
        return 127, ""
    return done.returncode, done.stdout.strip()


def read(path):
    """Text of a file, empty where there is none."""
    try:
        return Path(path).read_text(encoding="utf-8", errors="replace")
    except OSError:
        return ""


def docker_keys(version):
    """What daemon.json needs for a `dockerd --version`. Before CDI the runtime alone brings GPUs into containers."""
    keys = {"runtimes": {"nvidia": {"path": "nvidia-container-runtime"}}}
    found = re.search(r"version (\d+)\.(\d+)", version)
    if found and CDI_FIRST <= tuple(map(int, found.groups())) < CDI_BY_ITSELF:
        keys["features"] = {"cdi": True}
    return keys


def spec_due(spec, driver, wsl):
    """Whether the specification has to be made: it names the driver's libraries, so one of another version is stale.

    On WSL2 the libraries are Windows' own and have no version in their names. Without a driver that answers none can be made.
    """
    return bool(driver) and (not spec or (not wsl and driver not in spec))


def units(wants):
    """Units that keep the specification fresh: the package's, or ours where it has none (before 1.18)."""
    names = wants["package_units"]
    packaged = all(run("systemctl", "cat", name)[0] == 0 for name in names)
    chosen = names if packaged else wants["own_units"]
    return {
        "packaged": packaged,
        "names": chosen,
        "enable": [name for name in chosen if run("systemctl", "is-enabled", name)[1] != "enabled"],
        "start": [name for name in chosen if name.endswith(".path") and run("systemctl", "is-active", name)[0] != 0],
        "own": [name for name in wants["own_units"] if Path("/etc/systemd/system", name).exists()],
    }


def look(wants):
    """Everything the tasks need to know."""
    status, answer = run("nvidia-smi", "--query-gpu=driver_version", "--format=csv,noheader")
    driver = answer.splitlines()[0].strip() if status == 0 and answer else ""
    return {
        "systemd": Path("/run/systemd/system").is_dir(),
        "tool": run("nvidia-ctk", "--version")[0] == 0,
        "driver": driver,
        "spec_due": spec_due(read(wants["spec"]), driver, Path("/dev/dxg").exists()),
        "units": units(wants),
        "docker": run("dockerd", "--version")[1],
        "docker_keys": docker_keys(run("dockerd", "--version")[1]),
    }


if __name__ == "__main__":
    json.dump(look(json.load(sys.stdin)), sys.stdout)
