"""Where things of an unattended machine lie."""

from pathlib import Path

STATE = Path("/var/lib/rigprov/pull")
RESULT = STATE / "result.json"
READABLE = STATE / "result.txt"
PROVISIONED = STATE / "provisioned"  # the first setting-up has come to its end
PROGRAM = Path("/opt/rigprov/current/bin/rigprov")
UNITS = Path("/etc/systemd/system")
