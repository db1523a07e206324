"""Stand-ins for NVIDIA's repositories on a target, and entries for them as the roles take them."""

import base64
from pathlib import Path
from typing import Any

from tests.live.play import out
from tests.targets import Target

URL = "http://127.0.0.1:8001"
_SCRIPT = Path(__file__).with_name("stand_in_vendors.sh")


def serve(target: Target) -> tuple[str, str]:
    """Make and serve them; fingerprints of the vendor's key and of a stranger's."""
    vendor, stranger = _run(target, "").split()[-2:]
    return vendor, stranger


def sign_again(target: Target, repository: str, key: str) -> None:
    """Have a repository signed anew, with one of the two keys."""
    _run(target, f"again {repository} {key}")


def _run(target: Target, words: str) -> str:
    script = base64.b64encode(_SCRIPT.read_bytes()).decode()
    return out(target, f"echo {script} | base64 -d | sudo bash -s {words}")


def entry(name: str, fingerprint: str, **changes: Any) -> dict[str, Any]:
    """The repository of that name, as `<role>_repository` has it."""
    return {
        "name": name,
        "url": f"{URL}/{name}",
        "suites": ["/"],
        "components": [],
        "architectures": ["amd64"],
        "key_url": f"{URL}/vendor.asc",
        "key_fingerprint": fingerprint,
        **changes,
    }
