"""From a recording to the facts that the plan decides from. Pure."""

from collections.abc import Mapping
from typing import Any

from rigprov.catalog.sources import PYTHON_INDEX, SOURCE_NAMES
from rigprov.facts import gpu_software, storage, swapping
from rigprov.facts.parse import apt, docker, gpu, hardware, machine, mounts, system, tools
from rigprov.facts.parse.fields import pairs
from rigprov.facts.reader import Reader
from rigprov.facts.recording import Recording
from rigprov.model.host import Docker, HostFacts, Missing, Package, Privilege, Virtualisation

_NOT_FOUND = 127
_TIMED_OUT = 124
_ABSENT = 3  # the probe's own status for "there is none"


def host_facts(recording: Recording) -> HostFacts:
    """All facts of one host.

    Raises:
        UsageError: a file of a recording makes no sense, or the machine does not tell the least that is needed.
    """
    reader = Reader(recording)
    kernel = reader.need("uname", lambda text: system.kernel(text, reader.text("proc-version")))
    kind = _virtualisation(reader, kernel.release)
    return HostFacts(
        host=recording.host,
        os=reader.need("os-release", system.os_release),
        kernel=kernel,
        cpu=reader.need("cpuinfo", lambda text: hardware.cpu(text, _nproc(reader, text), reader.text("cgroup"), _l3(reader))),
        memory=reader.need("meminfo", lambda text: hardware.memory(text, reader.text("cgroup"))),
        virtualisation=kind,
        privilege=_privilege(reader),
        mounts=reader.parse("findmnt", mounts.mounts),
        pci=reader.parse("pci", gpu.pci),
        modules=reader.parse("modules", lambda text: tuple(text.split())),
        nvidia=gpu_software.nvidia(reader),
        secure_boot=gpu_software.secure_boot(reader, kind),
        packages=_packages(reader),
        apt_sources=reader.parse("apt-sources", apt.sources),
        apt_keyrings=reader.parse("apt-keyrings", apt.keyrings),
        apt_lock_holder=reader.parse("apt-lock", apt.lock_holder),
        reboot_required=reader.parse("reboot-required", apt.reboot_required),
        docker=_docker(reader),
        reachable={name: _reachable(reader, name) for name in SOURCE_NAMES},
        boot_id=reader.parse("boot-id", str.strip),
        machine_id=reader.parse("machine-id", str.strip),
        python=_python(reader),
        extra=_extra(reader),
        tools=reader.parse("build-tools", tools.build_tools),
        compute_capabilities=reader.parse("compute-capability", tools.capabilities),
        ledger=reader.text("ledger"),
        **storage.disks_and_claims(reader),
        **gpu_software.around(reader),
        **swapping.around(reader),
    )


def _nproc(reader: Reader, cpuinfo: str) -> str:
    text = reader.text("nproc")
    return str(sum(line.startswith("processor") for line in cpuinfo.splitlines())) if isinstance(text, Missing) else text


def _l3(reader: Reader) -> str | Missing:
    text = reader.text("l3")
    return Missing("the kernel tells no level-3 cache") if isinstance(text, Missing) and reader.rc("l3") == 1 else text


def _virtualisation(reader: Reader, release: str) -> Virtualisation:
    return reader.need(
        "init",
        lambda init: machine.virtualisation(
            machine.Evidence(
                release=release,
                init=init,
                marks=_or_empty(reader.text("marks")),
                detected=reader.text("detect-virt"),
                container_kind=reader.text("container-kind"),
                # Without root only this session's names can be read; they are evidence all the same.
                environment=section.output
                if (section := reader.section("environment-names"))
                else Missing("not in the recording"),
                capabilities=reader.text("capabilities"),
                dmi=section.output if (section := reader.section("dmi")) else Missing("not in the recording"),
                hypervisor=reader.text("hypervisor"),
                cloud_init=reader.text("cloud-init"),
            )
        ),
    )


def _or_empty(text: str | Missing) -> str:
    return "" if isinstance(text, Missing) else text


def _privilege(reader: Reader) -> Privilege:
    found = reader.need("privilege", pairs)
    return Privilege(user=found.get("user", ""), how=found.get("how", "none"))


def _packages(reader: Reader) -> tuple[Package, ...] | Missing:
    releases = section.output if (section := reader.section("apt-origins")) else ""  # grep fails where apt has no lists yet
    origins = apt.origins(_or_empty(reader.text("apt-policy")), releases)
    section = reader.section("packages")
    if section is not None and section.rc == 1 and not section.errors:  # grep: none of them is installed
        return ()
    return reader.parse("packages", lambda text: apt.packages(text, origins))


def _docker(reader: Reader) -> Docker | Missing | None:
    installed = reader.parse("dockerd-version", docker.version)
    info = reader.section("docker-info")
    if info is None:
        return Missing("`docker-info` is not in the recording")
    if not isinstance(installed, Missing) and "ermission denied" in info.errors:
        return Missing("needs root: the Docker socket is not open to this user")
    config: Mapping[str, object] | Missing | None = None
    if reader.rc("docker-daemon-json") != _ABSENT:
        config = reader.parse("docker-daemon-json", docker.daemon_json)
    version = None if isinstance(installed, Missing) else installed
    snap = reader.rc("docker-snap") == 0
    absent = reader.rc("containerd-root") == _ABSENT
    root = docker.CONTAINERD_ROOT if absent else reader.parse("containerd-root", docker.containerd_root)

    def engine() -> Docker | None:
        return docker.engine(version, info.output, config=config, snap=snap, containerd=root)

    return reader.attempt("docker-info", engine)


def _reachable(reader: Reader, name: str) -> bool | Missing:
    section = reader.section(f"reach-{name}")
    if section is None:
        return Missing("not asked")
    if section.rc == _NOT_FOUND:
        return Missing(section.errors or "no client to ask with")
    if not section.output.strip():
        timed_out = section.rc == _TIMED_OUT
        return Missing("asking took too long" if timed_out else "its address is not known")
    return reader.attempt(f"reach-{name}", lambda: docker.answers(section.output, section.rc))


def _python(reader: Reader) -> str | None:
    text = reader.text("python")
    return None if isinstance(text, Missing) else text.strip() or None


def _extra(reader: Reader) -> dict[str, str]:
    """Small facts that no decision depends on yet, or only one engine's."""
    found: dict[str, Any] = {
        "glibc": reader.parse("libc", lambda text: text.split()[-1]),
        "board": reader.text("board"),
        "cloud_init": reader.parse("cloud-init", machine.cloud_init),
        "dpkg_audit": reader.text("dpkg-audit"),
        "nvidia_module_on_disk": reader.text("nvidia-module"),
        "models": reader.text("model-files"),  # lines of size in bytes and path
        "python_index": section.output.partition("\n")[0] if (section := reader.section(f"reach-{PYTHON_INDEX}")) else "",
    }
    return {key: value.strip() for key, value in found.items() if not isinstance(value, Missing) and value.strip()}
