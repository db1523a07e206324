"""What the tests about the project itself look at."""

import subprocess
from functools import cache
from pathlib import Path

ROOT = Path(__file__).parents[2]
ROLES = sorted(path.parent.parent for path in (ROOT / "roles").glob("*/tasks/main.yml"))


@cache
def tracked() -> tuple[Path, ...]:
    """Files of the project: committed or about to be, not ignored."""
    listing = subprocess.run(
        ["git", "-C", ROOT, "ls-files", "-z", "--cached", "--others", "--exclude-standard"], capture_output=True, check=True
    ).stdout.decode()
    return tuple(path for name in sorted(set(listing.split("\0")) - {""}) if (path := ROOT / name).is_file())


def modules() -> tuple[Path, ...]:
    """The project's Python files."""
    return tuple(path for path in tracked() if path.suffix == ".py")


def name(path: Path) -> str:
    """Path as a test id."""
    return str(path.relative_to(ROOT))
