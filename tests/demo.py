"""`make demo`: a throw-away machine goes from bare to a proved LLM workstation, and a second run changes nothing.

The machine is a booted systemd container with its own address, SSH server and sudo user. Its disk is kept, so that the next
`make demo` finds it as this one left it; `make demo-clean` deletes it.
"""

import subprocess
import sys
from collections.abc import Iterator
from contextlib import contextmanager

from tests.targets.machine import Target

NAME = "demo"
# The tier's own choice is a 7B from a public hub. The demo takes the smallest model, so that it ends in minutes everywhere.
MODEL = "smollm2-135m"


@contextmanager
def machine() -> Iterator[Target]:
    """The demo's machine, booted; shut down again whatever happens."""
    target = Target(NAME, keep=True)
    target.up()
    try:
        yield target
    finally:
        target.down()


def rigprov(*words: str) -> int:
    """Run the command line as a user would, and show it."""
    print(f"\n$ rigprov {' '.join(words)}", flush=True)
    return subprocess.run([sys.executable, "-m", "rigprov", *words], check=False).returncode


def main() -> int:
    """Apply twice; the exit code is that of the first run that was not fine."""
    with machine() as target:
        print(f"machine `{NAME}` is up at {target.ip}", flush=True)
        way = ("-F", str(target.ssh_config))
        for _ in range(2):
            code = rigprov("apply", "--tier", "starter", "--model", MODEL, "--yes", *way, NAME)
            if code:
                return code
    return 0


if __name__ == "__main__":
    raise SystemExit(main())
