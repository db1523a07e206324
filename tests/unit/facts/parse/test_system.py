"""Distribution and kernel."""

import pytest

from rigprov.facts.parse.fields import ParseError
from rigprov.facts.parse.system import flavour, kernel, os_release
from rigprov.model.host import Kernel, Missing, OsRelease


def test_os_release() -> None:
    text = '# comment\nNAME="Linux Mint"\nVERSION_ID="21.3"\nVERSION_CODENAME=virginia\nID=linuxmint\nID_LIKE="ubuntu debian"\n'
    assert os_release(text) == OsRelease("linuxmint", "21.3", "virginia", ("ubuntu", "debian"), "linuxmint")


def test_a_derivative_has_the_codename_of_its_ubuntu() -> None:
    text = 'VERSION_ID="22.1"\nVERSION_CODENAME=xia\nID=linuxmint\nID_LIKE="ubuntu debian"\nUBUNTU_CODENAME=noble\n'
    assert os_release(text).codename == "noble"


def test_os_release_of_a_rolling_distribution_has_no_version() -> None:
    assert os_release('PRETTY_NAME="Debian GNU/Linux trixie/sid"\nID=debian\n').version_id == ""


@pytest.mark.parametrize(
    ("text", "reason"), [("", "it has no ID"), ('ID="ubuntu', "malformed line"), ("ID=\n", "malformed|no ID")]
)
def test_os_release_that_makes_no_sense(text: str, reason: str) -> None:
    with pytest.raises(ParseError, match=reason):
        os_release(text)


@pytest.mark.parametrize(
    ("release", "expected"),
    [
        ("6.8.0-45-generic", "generic"),
        ("6.8.0-1029-aws", "aws"),
        ("5.15.0-1075-azure", "azure"),
        ("6.8.0-1010-raspi", "raspi"),
        ("5.15.0-1044-nvidia-lowlatency", "nvidia-lowlatency"),
        ("6.1.0-31-cloud-amd64", "cloud"),
        ("6.1.0-31-amd64", ""),
        ("6.1.0-31-rt-amd64", "rt"),
        ("6.12.34+rpt-rpi-2712", "rpi"),
        ("6.12.34+rpt-rpi-v8", "rpi"),
        ("5.15.167.4-microsoft-standard-WSL2", "microsoft"),
        ("6.9.3-76060903-generic", "generic"),
        ("6.18.5", ""),
    ],
)
def test_flavour(release: str, expected: str) -> None:
    assert flavour(release) == expected


@pytest.mark.parametrize(
    ("version", "compiler"),
    [
        (
            "Linux version 6.8.0-45-generic (buildd@x) "
            "(x86_64-linux-gnu-gcc-13 (Ubuntu 13.2.0-23ubuntu4) 13.2.0, GNU ld (GNU Binutils) 2.42) #45",
            "x86_64-linux-gnu-gcc-13 (Ubuntu 13.2.0-23ubuntu4) 13.2.0",
        ),
        ("Linux version 5.4.0 (buildd@x) (gcc version 9.4.0 (Ubuntu 9.4.0-1)) #1", "gcc version 9.4.0 (Ubuntu 9.4.0-1)"),
        ("Linux version 6.6.0 (a@b) (clang version 17.0.6, LLD 17.0.6) #1", "clang version 17.0.6"),
        ("Linux version 6.6.0 #1", Missing("/proc/version does not name the compiler")),
        (Missing("denied"), Missing("denied")),
    ],
)
def test_kernel_and_its_compiler(version: str | Missing, compiler: str | Missing) -> None:
    assert kernel("Linux 6.8.0-45-generic x86_64\n", version) == Kernel("6.8.0-45-generic", "generic", "x86_64", compiler)


def test_another_system_is_refused() -> None:
    with pytest.raises(ParseError, match=r"not a Linux machine: 'Darwin 24\.1\.0 arm64'"):
        kernel("Darwin 24.1.0 arm64", "")
