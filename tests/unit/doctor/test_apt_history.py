"""Who changed a package, from apt's own words."""

import pytest

from rigprov.doctor.apt_history import brought

HISTORY = """
Start-Date: 2026-11-18  10:02:11
Commandline: apt-get install -y nvidia-utils-580
Requested-By: somebody (1000)
Install: nvidia-utils-580:amd64 (580.95.05-0ubuntu1), libx:amd64 (1.2-3, automatic)
End-Date: 2026-11-18  10:02:30

Start-Date: 2026-11-20  06:31:12
Commandline: /usr/bin/unattended-upgrade
Upgrade: tzdata:amd64 (2026a-1, 2026b-1), libnvidia-compute-580:amd64 (1:580.95.05-0ubuntu1, 1:580.105.08-0ubuntu1)
End-Date: 2026-11-20  06:31:40
"""


@pytest.mark.parametrize(
    ("version", "expected"),
    [
        ("580.105.08", ("2026-11-20 06:31:12", True, "libnvidia-compute-580", "580.95.05")),
        ("580.95.05", ("2026-11-18 10:02:11", False, "nvidia-utils-580", "")),
        ("1.2", None),
        ("2026b", None),
    ],
)
def test_the_run_that_brought_a_version(version, expected) -> None:
    found = brought(HISTORY, r"(lib)?nvidia-", version)
    assert (found and (found.when, found.unattended, found.package, found.before)) == expected


@pytest.mark.parametrize("text", ["", "Upgrade: (, )", "Upgrade: a", "\n\n:\n\n"])
def test_nothing_to_find(text) -> None:
    assert brought(text, "", "1") is None


def test_who_asked_for_it_is_nobody_s_business() -> None:
    found = brought(HISTORY, "nvidia-utils", "580.95.05")
    assert found is not None
    assert "somebody" not in " ".join(found.evidence)
