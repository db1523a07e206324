"""The probe: the shell script that asks, and what comes back."""

import re
import secrets
from dataclasses import dataclass
from importlib.resources import files

from rigprov.catalog.sources import PYTHON_INDEX, SOURCES, default_python_index
from rigprov.errors import UnreachableError
from rigprov.facts.ledger.program import program
from rigprov.facts.recording import Section

LIMIT_S = 240.0  # the probe ends by itself after at most 19 s, on a very slow machine after 190; the rest is for a slow line

# Installed packages that the plan or a bug report needs (extended regular expression, matched from the start of the name).
_PACKAGES = (
    r"(docker|containerd|runc|podman|moby|buildah"
    r"|nvidia|libnvidia|nvlink5|xserver-xorg-video-nvidia|cuda|libcuda|libcudnn|ubuntu-drivers|dkms|gcc|mokutil|shim-signed"
    r"|linux-(image|headers|modules|generic|lowlatency|nvidia|aws|azure|gcp|oracle|raspi)"
    r"|python3( |-apt|-debian|-pip|-venv|\.[0-9]+(-venv)? )|needrestart|unattended-upgrades|cloud-init"
    r"|apt( |-)|sudo|openssh-server|systemd |zfsutils|mdadm|lvm2|xfsprogs|btrfs-progs|util-linux |zram|swapspace"
    r"|dphys-swapfile|ollama|snapd|ca-certificates|curl|gnupg|wget|kmod|pciutils)"
)
# Packages whose offered version decides which driver, toolkit and container toolkit can be had.
_OFFERS = (
    r"nvidia-(driver|headless|headless-no-dkms|utils|dkms|open|fabricmanager|driver-pinning)-[0-9].*"
    r"|nvidia-(driver|open|driver-open|dkms-open|kernel-dkms|open-kernel-dkms|smi|persistenced|fabricmanager|cuda-toolkit)"
    r"|libnvidia-compute|libcuda1|nvlink5.*|cuda-drivers(-[0-9]+)?|cuda-(toolkit|nvcc|cudart-dev)-[0-9-]+|libcublas-dev-[0-9-]+"
    r"|nvidia-container-toolkit(-base)?|libnvidia-container1|libnvidia-container-tools|dkms|gcc-[0-9]+|ubuntu-drivers-common"
)
# How the host's own pip would find its index: its configuration, pip from a distribution's wheel included, else pip's default.
_PIP = (
    'import glob, sys; sys.path += glob.glob("/usr/share/python-wheels/pip-*.whl"); '
    "from pip._internal.configuration import Configuration as C; from pip._internal.models.index import PyPI as D; "
    "c = C(isolated=False); c.load(); flat = [(k, v) for k, v in c.items()]; "
    "flat += [p for k, v in flat if isinstance(v, dict) for p in v.items()]; "
    'print(([v for k, v in flat if k.split(".")[-1] == "index-url"] or [D.simple_url])[-1])'
)
# pip takes half a second to start, so it is not asked where nothing is configured.
_PLAIN = (
    "[ -n '{default}' ] && ! env | grep -qE '^(PIP|XDG_CONFIG)_'"
    " && ! ls /etc/pip.conf /etc/xdg/pip/pip.conf ~/.pip/pip.conf ~/.config/pip/pip.conf >/dev/null 2>&1"
)
_PIP_CONF = "sed -n 's/^ *index-url *= *//p' /etc/pip.conf 2>/dev/null | grep ."
_INDEX = rf"\$({{ {_PLAIN} && echo '{{default}}'; }} || python3 -c '{{pip}}' 2>/dev/null || {_PIP_CONF} || echo '{{default}}')"


@dataclass(frozen=True)
class Probe:
    """One rendering of the script; its marks cannot be guessed, so no output can imitate them."""

    script: str
    mark: str


def render(*, quick: bool = False, mark: str = "") -> Probe:
    """The script, ready to be run by `sh`.

    Args:
        quick: sources are given a second to answer, and are not asked twice: what they said last time is known.
        mark: of another rendering, which this one goes with; "": a new one.
    """
    mark = mark or f"probe-{secrets.token_hex(12)}"
    index = _INDEX.replace("{pip}", _PIP.replace('"', '\\"')).replace("{default}", default_python_index())
    reach = [f"reach {name} \"'{url}'\"" for name, url in SOURCES.items()] + [f'reach {PYTHON_INDEX} "{index}"']
    text = files("rigprov.facts").joinpath("probe.sh").read_text(encoding="utf-8")
    filled = {
        "@NONCE@": mark,
        "@QUICK@": "yes" if quick else "",
        "@REACH@": "\n".join(reach),
        "@PACKAGES@": _PACKAGES,
        "@OFFERS@": _OFFERS,
        "@LEDGER@": program(),
    }
    for key, value in filled.items():
        text = text.replace(key, value)
    return Probe(text, mark)


def read_output(probe: Probe, stdout: str, host: str) -> dict[str, Section]:
    """Sections by name.

    Raises:
        UnreachableError: the output ends early, or the machine could not run the probe.
    """
    if failed := re.search(rf"^{probe.mark} failed (.*)$", stdout, re.MULTILINE):
        raise UnreachableError(f"`{host}` cannot be probed: {failed[1]}", hint="free some space on it")
    if f"\n{probe.mark} complete" not in stdout:
        raise UnreachableError(f"the probe on `{host}` ended early", hint="run again")
    shape = re.compile(
        rf"^{probe.mark} begin (\S+)\n(.*?)\n{probe.mark} out\n(.*?)\n?{probe.mark} err\n(.*?)\n?{probe.mark} end (\d+)$",
        re.MULTILINE | re.DOTALL,
    )
    text = stdout.replace("\r\n", "\n")
    return {
        name: Section(name, command, output.removesuffix("\n"), errors.strip("\n"), int(rc))
        for name, command, output, errors, rc in shape.findall(text)
    }
