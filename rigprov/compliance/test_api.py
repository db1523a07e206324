"""The engine's API: on loopback, for those who have the key, and the key for few. No control ever prints the key."""

import re

from rigprov.compliance.control import control, expect
from rigprov.compliance.machine import KEY_FILE, UNIT, Machine, skip

ROLE = "llm_runtime"
_LEAST_KEY = 32  # characters
_THERE = "[ -e /usr/local/bin/rigprov-llm ]"
_LOOPBACK = ("127.", "[::1]", "::1")
_STATUS = "-s -o /dev/null -w '%{http_code}' -m 20"


def _url(machine: Machine) -> str:
    """Address of the API; skip where none is meant to be, or none listens."""
    machine.needs_role(ROLE, _THERE)
    if machine.promises.served == "":
        skip("the plan serves no model here")
    if not machine.ok(_THERE):
        skip("there is no engine (RIG-RUN-001)")
    known = machine.promises
    address = "127.0.0.1" if known.address in ("0.0.0.0", "localhost") else known.address  # noqa: S104  (compared, not bound)
    return f"http://{address}:{known.port}"


def _listening(machine: Machine) -> str:
    url = _url(machine)
    machine.needs("curl")
    if machine.out(f"curl {_STATUS} {url}/health") == "000":
        skip("nothing answers (RIG-API-001)")
    return url


def _key(machine: Machine) -> None:
    machine.needs_role(ROLE, _THERE)
    if not machine.ok(f"[ -s {KEY_FILE} ]"):
        skip("there is no key file (RIG-API-004)")


@control(
    "RIG-API-001", severity="critical", role=ROLE,
    reason="an engine that runs and does not answer is of no use",
    fix="`rigprov-llm logs`; loading a large model may take minutes",
)  # fmt: skip
def test_the_api_answers(machine: Machine) -> None:
    """The API says that it is healthy."""
    url = _url(machine)
    machine.needs("curl")
    found = machine.out(f"curl {_STATUS} {url}/health")
    expect(found == "200", found=f"HTTP {found}" if found != "000" else "no answer", expected=f"HTTP 200 at {url}/health")


@control(
    "RIG-API-002", severity="critical", role=ROLE,
    reason="the API speaks plain HTTP: on the network its key and every prompt can be read",
    fix='"host": "127.0.0.1" in /etc/rigprov/llm/server.json, then `rigprov-llm restart`; reach it by `ssh -L`',
)  # fmt: skip
def test_the_api_is_on_loopback(machine: Machine) -> None:
    """The API listens on loopback only."""
    _url(machine)
    machine.needs("ss")
    asked = machine.run(f"ss -Hltn 'sport = :{machine.promises.port}'")
    places = [line.split()[3] for line in asked.lines]
    if not places:
        skip("nothing listens (RIG-API-001)")
    outside = [place for place in places if not place.startswith(_LOOPBACK)]
    expect(not outside, found=", ".join(outside), expected="127.0.0.1 or ::1", output=asked.out)


@control(
    "RIG-API-003", severity="critical", role=ROLE,
    reason="without a key every account and every web page that is open on the machine may use the model",
    fix="`rigprov apply` sets the key; then `rigprov-llm restart`",
)  # fmt: skip
def test_the_api_wants_a_key(machine: Machine) -> None:
    """The API refuses requests without the key."""
    url = _listening(machine)
    asked = f'curl {_STATUS} -H \'Content-Type: application/json\' -d \'{{"prompt": "a", "n_predict": 1, "max_tokens": 1}}\''
    found = machine.out(f"{asked} {url}/v1/completions")
    expect(found in ("401", "403"), found=f"HTTP {found} without a key", expected="HTTP 401")


@control(
    "RIG-API-004", severity="high", role=ROLE,
    reason="a key file that the server does not know locks everybody out",
    fix="`rigprov-llm restart` has the server read the key again; `rigprov apply` makes one",
)  # fmt: skip
def test_the_key_opens_the_api(machine: Machine) -> None:
    """The API takes the key of the key file."""
    url = _listening(machine)
    # By way of a pipe: on a command line every account could read it.
    header = f"sed 's/.*/header = \"Authorization: Bearer &\"/' {KEY_FILE} 2>/dev/null"
    found = machine.out(f"{header} | curl {_STATUS} --config - {url}/v1/models")
    unread = not machine.ok(f"[ -s {KEY_FILE} ]")
    expect(found == "200" and not unread, found="no key file" if unread else f"HTTP {found}", expected="HTTP 200")


@control(
    "RIG-API-005", severity="high", role=ROLE,
    reason="whoever can read the key can use the API in everybody's name",
    fix=f"`chown root:llm {KEY_FILE}; chmod 640 {KEY_FILE}`",
)  # fmt: skip
def test_the_key_file_is_closed(machine: Machine) -> None:
    """Only root and the service can read the key file."""
    _key(machine)
    owner, group, bits = machine.out(f"stat -Lc '%U %G %a' {KEY_FILE}").split()
    user = machine.show(UNIT, "User") or "llm"
    holds = owner in ("root", user) and group in ("root", user) and not int(bits, 8) & 0o027
    expect(holds, found=f"{owner}:{group} {bits}", expected=f"root:{user} 640")


@control(
    "RIG-API-006", severity="high", role=ROLE,
    reason="a short key can be guessed by trying, and the API never tires of answering",
    fix=f"remove {KEY_FILE}, then `rigprov apply` makes a new one",
)  # fmt: skip
def test_the_key_is_long(machine: Machine) -> None:
    """The key is one line of at least 32 characters."""
    _key(machine)
    length, lines = (int(word) for word in machine.out(f"tr -d '\\n' < {KEY_FILE} | wc -c; grep -c '' {KEY_FILE}").split())
    expect(length >= _LEAST_KEY and lines == 1, found=f"{length} characters on {lines} lines", expected="32 or more on one line")


@control(
    "RIG-API-007", severity="high", role=ROLE,
    reason="every account can read the command lines of all processes",
    fix="hand the key over by a file; `rigprov-llm restart` starts the server as it should be",
)  # fmt: skip
def test_the_key_is_on_no_command_line(machine: Machine) -> None:
    """The key stands on no process's command line."""
    _key(machine)
    asked = machine.run(f"for p in /proc/[0-9]*; do grep -qsF -f {KEY_FILE} $p/cmdline && cat $p/comm; done; true")
    expect(not asked.lines, found="on a command line", expected="nowhere", output=asked.out)


@control(
    "RIG-API-008", severity="high", role=ROLE,
    reason="logs are read by more people than the key file, and are sent elsewhere",
    fix=f"make a new key: remove {KEY_FILE}, `rigprov apply`; find what logs it",
)  # fmt: skip
def test_the_key_is_in_no_log(machine: Machine) -> None:
    """The key stands in no log of the service."""
    _key(machine)
    where = f"{{ journalctl -q -n 20000 -o cat -u {UNIT}; cat /var/log/rigprov-llm.log; }} 2>/dev/null"
    found = machine.out(f"{where} | grep -cF -f {KEY_FILE}")
    expect(re.fullmatch("0?", found), found=f"{found} lines of the log", expected="none")
