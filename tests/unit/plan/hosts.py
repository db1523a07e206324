"""Hosts and roles to plan with: facts as a probe would find them, changed field by field."""

from dataclasses import replace

import yaml

from rigprov.catalog import roles
from rigprov.catalog.engines import XLLAMACPP
from rigprov.model.host import (
    Cpu,
    Docker,
    HostFacts,
    Kernel,
    Memory,
    Mount,
    Nvidia,
    NvidiaGpu,
    OsRelease,
    Package,
    PciDevice,
    Privilege,
    Virtualisation,
)
from rigprov.model.missing import Missing
from rigprov.plan import environment
from rigprov.plan.case import Case
from rigprov.plan.consent import Consent
from rigprov.plan.wishes import Wishes
from rigprov.tiers import STARTER
from tests.unit.plan.disks import UNCLAIMED, root_disk
from tests.unit.plan.disks import blank_disk as blank_disk  # noqa: PLC0414  (hosts are built with it)

GIB = 2**30
BOOKWORM = OsRelease("debian", "12", "bookworm", (), "Debian GNU/Linux 12 (bookworm)")
JAMMY = OsRelease("ubuntu", "22.04", "jammy", ("debian",), "Ubuntu 22.04.5 LTS")
METAL = Virtualisation(None, None, False, "systemd", True, None, True)
REACHABLE = {"docker_repository": True, "hub": True, "python_index": True, "github": True}
RTX_3090 = PciDevice("0000:01:00.0", "10de", "2204", "0300", "1462", "3884", None)


def mount(target="/", filesystem="ext4", size=500, free=400, options=("rw",)):
    return Mount(target, "/dev/nvme0n1" if target == "/" else "/dev/x", filesystem, options, int(size * GIB), int(free * GIB))


def rig(**changes):
    """A PC: Debian 12, 8 cores, 16 GB of RAM, 500 GB disk, no GPU, everything reachable, nothing installed."""
    facts = HostFacts(
        host="rig",
        os=BOOKWORM,
        kernel=Kernel("6.1.0-28-amd64", "amd64", "x86_64", "gcc 12.2.0"),
        cpu=Cpu("AMD Ryzen 7 5700G", 8, 16, ("avx", "avx2", "fma", "f16c"), 16 << 20),
        memory=Memory(15900, 15000),
        virtualisation=METAL,
        privilege=Privilege("me", "sudo"),
        swaps=(),
        fstab_swaps=(),
        disks=(root_disk(),),
        claims=UNCLAIMED,
        mounts=(mount(),),
        pci=(),
        modules=(),
        nvidia=None,
        secure_boot=False,
        packages=(),
        apt_sources=(),
        apt_keyrings=(),
        apt_lock_holder=None,
        reboot_required=None,
        docker=None,
        reachable=REACHABLE,
        boot_id="b",
        machine_id="m",
        python="3.11.2",
    )
    return replace(facts, **changes)


def container(**changes):
    """A rented container: no systemd, no capability to mount, overlay root."""
    virtual = Virtualisation("docker", None, False, "sh", False, changes.pop("provider", None), False)
    root = (mount(filesystem="overlay"),)
    defaults = {"virtualisation": virtual, "privilege": Privilege("root", "root"), "mounts": root, "disks": ()}
    return rig(**(defaults | changes))


def case(facts=None, tier=STARTER, flags=None, inventory=None, **consent):
    facts = facts or rig()
    return Case(facts, tier, environment.decide(facts), Wishes(inventory or {}, flags or {}), Consent(**consent))


def docker(version="27.3.1", data_root="/var/lib/docker", daemon_json=None, snap=False, containerd="/var/lib/containerd"):
    return Docker(version, True, data_root, False, containerd, daemon_json, snap)


def package(name, status="ii"):
    return Package(name, "1.0", status, False, "Debian")


def driver(*memory_mib, name="NVIDIA GeForce RTX 3090"):
    gpus = tuple(NvidiaGpu(number, name, f"GPU-{number}", size, False) for number, size in enumerate(memory_mib))
    return Nvidia("580.95.05", gpus, "580.95.05")


def unread(reason="not permitted"):
    return Missing(reason)


# Variables as the contract between plan and roles has them; the roles' own files are held to it in test_contract.py.
SPECS = {
    "base": {"base_needrestart_quiet": {"type": "bool", "default": True}},
    "docker": {
        "docker_source": {"type": "str", "default": "repository", "choices": ["repository", "distribution"]},
        "docker_data_root": {"type": "path", "default": "/var/lib/docker"},
        "docker_containerd_root": {"type": "path", "default": "/var/lib/containerd"},
        "docker_log_max_size": {"type": "str", "default": "50m"},
        "docker_log_max_file": {"type": "int", "default": 3},
        "docker_users": {"type": "list", "elements": "str", "default": []},
        "docker_daemon_options": {"type": "dict", "default": {}},
        "docker_remove_conflicts": {"type": "bool", "default": False},
        "docker_conflicts": {"type": "list", "elements": "str", "default": []},
        "docker_required_mount": {"type": "str", "default": ""},
    },
    "model_storage": {
        "model_storage_path": {"type": "path", "default": "/srv/models"},
        "model_storage_group": {"type": "str", "default": "models"},
    },
    "swap": {
        "swap_file": {"type": "path", "default": "/swapfile"},
        "swap_size_mib": {"type": "int", "default": 0},
        "swap_method": {"type": "str", "default": "fallocate", "choices": ["fallocate", "dd", "btrfs"]},
        "swap_swappiness": {"type": "int", "default": 10},
    },
    "models": {
        "models_path": {"type": "path", "default": "/srv/models"},
        "models_group": {"type": "str", "default": "models"},
        "models_wanted": {
            "type": "list",
            "elements": "dict",
            "default": [],
            "options": {
                "file": {"type": "str", "required": True},
                "source": {"type": "str", "required": True, "choices": ["url", "wheel"]},
            },
        },
        "models_token": {"type": "str", "default": "", "no_log": True},
    },
    "llm_runtime": {
        "llm_runtime_source": {"type": "str", "default": "wheel", "choices": ["wheel", "archive", "build"]},
        "llm_runtime_version": {"type": "str", "default": "2026.10.11549"},
        "llm_runtime_wheel_sha256": {"type": "list", "elements": "str", "default": sorted(XLLAMACPP.sha256.values())},
        "llm_runtime_archive": {"type": "str", "default": ""},
        "llm_runtime_archive_sha256": {"type": "str", "default": ""},
        "llm_runtime_group": {"type": "str", "default": "models"},
        "llm_runtime_required_mount": {"type": "str", "default": ""},
        "llm_runtime_host": {"type": "str", "default": "127.0.0.1"},
        "llm_runtime_port": {"type": "int", "default": 8080},
        "llm_runtime_model": {"type": "path", "default": ""},
        "llm_runtime_threads": {"type": "int", "default": 0},
        "llm_runtime_context": {"type": "int", "default": 4096},
        "llm_runtime_supervisor": {"type": "str", "default": "systemd", "choices": ["systemd", "script"]},
    },
}


def write_roles(root, specs=None):
    """A checkout with these roles, as `rigprov.catalog.roles` reads it."""
    for role, options in (SPECS if specs is None else specs).items():
        for name, content in (
            ("tasks/main.yml", []),
            ("meta/argument_specs.yml", {"argument_specs": {"main": {"options": options}}}),
        ):
            file = root / "roles" / role / name
            file.parent.mkdir(parents=True, exist_ok=True)
            file.write_text(yaml.safe_dump(content, sort_keys=False), encoding="utf-8")


def use_roles(root, monkeypatch):
    """Let the catalogue read `root` for this test."""
    monkeypatch.setattr(roles, "content_root", lambda: root)
    roles.options.cache_clear()
