"""Look at the driver on a host: its module for each kernel, what is loaded, the persistence daemon; reads only.

Runs on the host (Python 3.8 or later, nothing but the standard library). Wants come as JSON on stdin, the findings go to
stdout as JSON.
"""

import glob
import json
import os
import re
import subprocess
import sys

# nvidia.ko, or Debian's name for it; not nvidia-uvm and the others that come with it
MODULE = re.compile(r"nvidia(-current(-open)?|-tesla(-\d+)?|-legacy-\S+?)?\.ko(\.(xz|zst|gz))?")
# `name/version, kernel, arch: status` (DKMS 3) or `name, version, kernel, arch: status` (DKMS 2)
DKMS = re.compile(r"(?P<name>nvidia[\w-]*)(/|, )(?P<version>[^,/]+), (?P<kernel>[^,]+), [^:]+: *(?P<status>\w+)")
LOG_LINES = 8
UNIT = "nvidia-persistenced.service"


def run(*argv):
    """Standard output of a command, also of one that fails; empty where it is missing."""
    try:
        return subprocess.run(argv, capture_output=True, text=True, check=False).stdout
    except OSError:
        return ""


def read(path):
    """Text of a file, empty where there is none."""
    try:
        with open(path, encoding="utf-8", errors="replace") as file:
            return file.read()
    except OSError:
        return ""


def module_file(kernel):
    """The module for a kernel; empty where there is none."""
    for folder, _, names in os.walk(os.path.join("/lib/modules", kernel)):
        for name in sorted(names):
            if MODULE.fullmatch(name):
                return os.path.join(folder, name)
    return ""


def kernels_with_module():
    """Kernels on this host for which there is a module."""
    return sorted(kernel for kernel in os.listdir("/lib/modules") if module_file(kernel)) if os.path.isdir("/lib/modules") else []


def dkms_states(listing):
    """DKMS's word for the driver on each kernel."""
    return {match["kernel"]: match["status"] for match in map(DKMS.match, listing.splitlines()) if match}


def tail(text):
    """The lines of a build's log that say what went wrong; its last ones where none does."""
    lines = [line.strip() for line in text.splitlines() if line.strip()]
    errors = [line for line in lines if re.search(r"\berror\b|\*\*\*|not found|No such file", line, re.IGNORECASE)]
    return " | ".join((errors or lines)[-LOG_LINES:])


def build_log():
    """Path and telling lines of the newest log of a build that DKMS gave up."""
    logs = sorted(glob.glob("/var/lib/dkms/nvidia*/*/build/make.log"), key=os.path.getmtime)
    return {"path": logs[-1], "tail": tail(read(logs[-1]))} if logs else {"path": "", "tail": ""}


def lacking(wants, states):
    """The kernels asked for that lack the module, each with what there is instead."""
    found = []
    for kernel in wants["kernels"]:
        if wants["modules"] == "dkms" and states.get(kernel) != "installed":
            found.append({"kernel": kernel, "state": states.get(kernel, "not known to DKMS")})
        elif not module_file(kernel):
            found.append({"kernel": kernel, "state": "no module"})
    return found


def module(kernels):
    """Version and flavour of the module, from the first kernel that has one."""
    path = next(filter(None, map(module_file, kernels)), "")
    version, licence = (run("modinfo", "--field", field, path).strip() if path else "" for field in ("version", "license"))
    flavour = "" if not licence else "proprietary" if licence == "NVIDIA" else "open"
    return {"path": path, "version": version, "flavour": flavour}


def other_than_asked(wants, here):
    """Why the module is not what was asked for; empty where it is, or where nobody can tell."""
    if wants["source"] == "adopt" or not here["version"]:
        return ""
    if wants["branch"] and here["version"].split(".")[0] != wants["branch"].split(".")[0]:
        return "branch %s was asked for, but the packages brought %s" % (wants["branch"], here["version"])
    if here["flavour"] and here["flavour"] != wants["flavour"]:
        return "%s modules were asked for, but the packages brought %s ones" % (wants["flavour"], here["flavour"])
    return ""


def loaded_version():
    """Version of the module that the kernel runs; None where none is loaded."""
    if not os.path.isdir("/sys/module/nvidia"):
        return None
    said = re.search(r"Kernel Module\D*?\s([\d.]{5,})", read("/proc/driver/nvidia/version"))
    return read("/sys/module/nvidia/version").strip() or (said[1] if said else "")


def reboot_reason(wants, running, loaded):
    """Why only a reboot brings the driver into use; empty where none is needed."""
    holding = [name for name in wants["blacklist"] if os.path.isdir("/sys/module/%s" % name.replace("-", "_"))]
    if holding:
        return "%s is loaded and may hold the card" % ", ".join(holding)
    own = module_file(running)
    if not own:
        others = kernels_with_module()
        return "the driver is there for %s, and %s is running" % (", ".join(others), running) if others else ""
    version = run("modinfo", "--field", "version", own).strip()
    if loaded and version and loaded != version:
        return "version %s is loaded, and %s is installed" % (loaded, version)
    return ""


def exec_start(text):
    """The unit's command with persistence mode on; empty where it is on already."""
    commands = re.findall(r"(?m)^ExecStart=(.+)$", re.sub(r"\\\n", " ", text))
    wanted = [" ".join(word for word in command.split() if word != "--no-persistence-mode") for command in commands]
    return wanted[-1] if commands and "--no-persistence-mode" in commands[-1] else ""


def unit(name):
    """What systemd knows of a unit."""
    shown = run("systemctl", "show", "--property=LoadState,FragmentPath,ActiveState,NeedDaemonReload,MainPID", name)
    values = dict(line.split("=", 1) for line in shown.splitlines() if "=" in line)
    command = read("/proc/%s/cmdline" % values.get("MainPID", "0"))
    return {
        "exists": values.get("LoadState") == "loaded",
        "fragment": values.get("FragmentPath", ""),
        "active": values.get("ActiveState") == "active",
        "enabled": run("systemctl", "is-enabled", name).strip() == "enabled",
        "stale": "--no-persistence-mode" in command,  # started before the drop-in
        "reload_due": values.get("NeedDaemonReload") == "yes",
    }


def driver(wants):
    """Everything the tasks need to know after the packages are in."""
    running = os.uname().release
    loaded = loaded_version()
    here = module([running, *wants["kernels"], *kernels_with_module()])
    states = dkms_states(run("dkms", "status")) if wants["modules"] == "dkms" else {}
    missing = lacking(wants, states)
    persistence = unit(UNIT)
    return {
        "lacking": missing,
        "log": build_log() if missing else {"path": "", "tail": ""},
        "module": here,
        "other": other_than_asked(wants, here),
        "running": running,
        "loaded": loaded,
        "reboot": reboot_reason(wants, running, loaded) if wants["load"] else "",
        "persistence": {**persistence, "exec_start": exec_start(read(persistence["fragment"]))},
        "fabric_manager": unit("nvidia-fabricmanager.service"),
    }


if __name__ == "__main__":
    json.dump(driver(json.load(sys.stdin)), sys.stdout)
