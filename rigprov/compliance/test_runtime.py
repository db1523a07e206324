"""The inference engine as a service."""

import json
from typing import Any

from rigprov.compliance.control import control, expect
from rigprov.compliance.machine import UNIT, Machine, figure, skip

ROLE = "llm_runtime"
HOME, SETTINGS = "/opt/rigprov/llm", "/etc/rigprov/llm/server.json"
_THERE = "[ -e /usr/local/bin/rigprov-llm ]"
_MOST_RESTARTS = 3


def _serves(machine: Machine) -> None:
    """Skip where nothing is meant to be served."""
    machine.needs_role(ROLE, _THERE)
    if machine.promises.served == "":
        skip("the plan serves no model here")


def _unit(machine: Machine) -> None:
    _serves(machine)
    machine.needs_systemd()
    if machine.show(UNIT, "LoadState") != "loaded":
        skip("there is no service (RIG-RUN-001)")


def _process(machine: Machine) -> str:
    _unit(machine)
    process = machine.show(UNIT, "MainPID")
    if process in ("", "0"):
        skip("the service does not run (RIG-RUN-001)")
    return process


def _settings(machine: Machine) -> dict[str, Any]:
    try:
        read = json.loads(machine.out(f"cat {SETTINGS} 2>/dev/null") or "{}")
    except ValueError:
        return {}
    return read if isinstance(read, dict) else {}


@control(
    "RIG-RUN-001", severity="critical", role=ROLE,
    reason="nobody gets an answer while the service does not run",
    fix="`rigprov-llm start`; `rigprov-llm logs` says why it ended; where it is not there, `rigprov apply`",
)  # fmt: skip
def test_the_service_runs(machine: Machine) -> None:
    """The inference service runs."""
    _serves(machine)
    if machine.promises.supervisor == "systemd" and machine.ok("[ -d /run/systemd/system ]"):
        state, output = machine.show(UNIT, "ActiveState"), machine.out(f"systemctl status --no-pager -n 3 {UNIT} 2>&1")
        expect(state == "active", found=state or "no such unit", expected="active", output=output)
    else:
        asked = machine.run("rigprov-llm status")
        expect(asked.rc == 0, found=f"`rigprov-llm status` ends with {asked.rc}", expected="0", output=asked.both)


@control(
    "RIG-RUN-002", severity="high", role=ROLE,
    reason="after the next reboot nobody gets an answer",
    fix=f"`systemctl enable {UNIT}`",
)  # fmt: skip
def test_the_service_starts_at_boot(machine: Machine) -> None:
    """The inference service is started at boot."""
    _unit(machine)
    state = machine.out(f"systemctl is-enabled {UNIT}")
    expect(state == "enabled", found=state, expected="enabled")


@control(
    "RIG-RUN-003", severity="critical", role=ROLE,
    reason="a server that takes input from the network must not be root",
    fix=f"`systemctl cat {UNIT}`: it needs User=; `rigprov apply` writes the unit",
)  # fmt: skip
def test_the_service_is_not_root(machine: Machine) -> None:
    """The engine's process does not run as root."""
    process = _process(machine)
    user = machine.out(f"stat -c %U /proc/{process}")
    expect(user not in ("root", ""), found=user or "not told", expected="a user of its own")


@control(
    "RIG-RUN-004", severity="critical", role=ROLE,
    reason="answers come from another model than the one that was chosen and measured",
    fix="`rigprov apply` sets the model; `rigprov-llm restart` loads what is configured",
)  # fmt: skip
def test_the_promised_model_is_loaded(machine: Machine) -> None:
    """The running engine has the promised model open."""
    process = _process(machine)
    wanted = machine.promises.served or str(_settings(machine).get("model") or "")
    if not wanted:
        skip("no model is named")
    # The file itself, mapped or open: what the settings say proves nothing of a process that was started before.
    family = f"for p in {process} $(pgrep -P {process})"
    asked = machine.run(
        f"{family}; do cat /proc/$p/maps; ls -l /proc/$p/fd; done 2>/dev/null | grep -oE '/[^ ]*[.]gguf.*' | sort -u"
    )
    # An engine that read the file into memory and closed it was told its name.
    told = machine.out(f"{family}; do tr '\\0' '\\n' < /proc/$p/cmdline; done 2>/dev/null").splitlines()
    holds = wanted in (asked.lines or told)
    expect(holds, found=", ".join(asked.lines) or "another one", expected=wanted)


@control(
    "RIG-RUN-005", severity="medium", role=ROLE,
    reason="what runs is not what the unit's file says; the next restart brings a surprise",
    fix="`systemctl daemon-reload`, then `rigprov-llm restart`",
)  # fmt: skip
def test_the_unit_is_what_systemd_knows(machine: Machine) -> None:
    """Systemd has read the unit since it was changed."""
    _unit(machine)
    found = machine.show(UNIT, "NeedDaemonReload")
    expect(
        found == "no", found="the file has changed since", expected="systemd knows it", output=machine.show(UNIT, "FragmentPath")
    )


@control(
    "RIG-RUN-006", severity="medium", role=ROLE,
    reason="a server that ends again and again loses every conversation, and its cause is in the log",
    fix="`rigprov-llm logs 200`; often memory: a smaller context or model",
)  # fmt: skip
def test_the_service_does_not_restart(machine: Machine) -> None:
    """The service was not restarted automatically more than a few times."""
    _unit(machine)
    count = int(figure(machine.show(UNIT, "NRestarts")) or 0)
    expect(count <= _MOST_RESTARTS, found=f"{count} restarts", expected=f"at most {_MOST_RESTARTS}")


@control(
    "RIG-RUN-007", severity="high", role=ROLE,
    reason="whoever may write to the engine's programs runs code as the service, or as root at its start",
    fix=f"`chown -R root:root {HOME}; chmod -R go-w {HOME}`",
)  # fmt: skip
def test_programs_belong_to_root(machine: Machine) -> None:
    """The engine's programs belong to root, and nobody else can write to them."""
    machine.needs_role(ROLE, _THERE)
    if not machine.ok(f"[ -d {HOME} ]"):
        skip("there is no engine (RIG-RUN-001)")
    asked = machine.run(f"find {HOME} /usr/local/bin/rigprov-llm ! -type l \\( ! -user root -o -perm /0022 \\)")
    expect(not asked.lines, found=f"{len(asked.lines)} files", expected="none", output=asked.out)


@control(
    "RIG-RUN-008", severity="critical", role=ROLE,
    reason="an engine without the GPU answers ten times slower and says so in one line of its log only",
    fix="`rigprov doctor HOST`, then `rigprov-llm restart`",
)  # fmt: skip
def test_the_engine_uses_the_gpu(machine: Machine) -> None:
    """The running engine holds memory of a GPU."""
    process = _process(machine)
    machine.needs_driver()
    if machine.promises.gpu is False or str(_settings(machine).get("gpu_layers", "0")) == "0":
        skip("the engine is meant to run on the CPU")
    family = machine.run(f"echo {process}; pgrep -P {process}").lines
    asked = machine.run("nvidia-smi --query-compute-apps=pid,used_memory --format=csv,noheader")
    users = {line.split(",")[0].strip() for line in asked.lines}
    expect(users & set(family), found=f"not among the {len(users)} programs on the GPUs", expected="the engine", output=asked.out)


@control(
    "RIG-RUN-009", severity="high", role=ROLE,
    reason="a service user who can log in is one more way into the machine",
    fix="`usermod --shell /usr/sbin/nologin --lock USER`",
)  # fmt: skip
def test_the_user_cannot_log_in(machine: Machine) -> None:
    """The service's user has neither a login shell nor a password."""
    machine.needs_role(ROLE, _THERE)
    user = machine.show(UNIT, "User") or "llm"
    shell = machine.out(f"getent passwd {user} | cut -d: -f7")
    if not shell:
        skip(f"there is no user {user} (RIG-RUN-003)")
    password = machine.out(f"getent shadow {user} | cut -d: -f2")
    holds = shell.endswith(("nologin", "/false")) and password[:1] in ("!", "*")
    expect(holds, found=f"{shell}, {'no ' if password[:1] in ('!', '*') else 'a '}password", expected="nologin, no password")


@control(
    "RIG-RUN-010", severity="medium", role=ROLE,
    reason="the sandbox keeps a fault in the engine from becoming a fault of the machine",
    fix="`rigprov apply` writes the unit; drop-ins in /etc/systemd/system may loosen it",
)  # fmt: skip
def test_the_service_is_confined(machine: Machine) -> None:
    """The service can gain no privileges and write to no system file."""
    _unit(machine)
    names = ("NoNewPrivileges", "ProtectSystem", "PrivateTmp")
    found = {name: machine.show(UNIT, name) for name in names}
    holds = found["NoNewPrivileges"] == "yes" and found["ProtectSystem"] in ("strict", "full") and found["PrivateTmp"] == "yes"
    lines = [f"{name}={value}" for name, value in found.items()]
    expect(holds, found=", ".join(lines), expected="yes, strict, yes", output=lines)


@control(
    "RIG-RUN-011", severity="high", role=ROLE,
    reason="a service that is started before the models' disk is mounted finds no model",
    fix="`rigprov apply` writes RequiresMountsFor= into the unit",
)  # fmt: skip
def test_the_service_waits_for_its_disk(machine: Machine) -> None:
    """The service waits for the disk that the models lie on."""
    _unit(machine)
    mount = machine.promises.models_mount
    if not mount:
        skip("the models lie on the root file system")
    waits = machine.show(UNIT, "RequiresMountsFor")
    holds = any(path == mount or path.startswith(f"{mount}/") for path in waits.split())
    expect(holds, found=f"waits for {waits or 'nothing'}", expected=mount)
