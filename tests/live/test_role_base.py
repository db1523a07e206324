"""Role base on a live machine."""

import pytest

from tests.live.play import apply, out, rollback, state
from tests.targets import Target

pytestmark = pytest.mark.live
BASE = ["base"]


def test_life_of_the_role(target: Target) -> None:
    bare = state(target)
    checked = apply(target, BASE, check=True)
    assert checked.rc == 0, checked.text
    assert state(target) == bare

    first, second = apply(target, BASE), apply(target, BASE)
    assert first.rc == 0, first.text
    assert first.changed > 0
    assert second.verdict == (0, 0), second.text
    assert out(target, "stat -c '%n %a %U' /etc/rigprov /var/lib/rigprov; python3 -c 'import apt_pkg, debian'") == (
        "/etc/rigprov 755 root\n/var/lib/rigprov 755 root"
    )

    taken_out = rollback(target, BASE)
    assert taken_out.rc == 0, taken_out.text
    assert out(target, "ls -d /etc/rigprov /var/lib/rigprov 2>&1 | grep -c 'No such file'") == "2"
    assert apply(target, BASE).rc == 0
    assert apply(target, BASE).verdict == (0, 0)


@pytest.mark.nightly
def test_old_package_lists_are_no_obstacle_without_a_network(target: Target) -> None:
    assert apply(target, BASE).rc == 0
    out(target, "sudo touch -d '30 days ago' /var/lib/apt/lists/partial && sudo ip route del default")
    second = apply(target, BASE)
    assert second.verdict == (0, 0), second.text


UNPACKED = "cd /tmp && sudo apt-get -qq update && apt-get -qq download tree && sudo dpkg --unpack tree_*.deb"
# apache2 depends on what is not there: dpkg alone cannot configure it.
LACKING = "cd /tmp && sudo apt-get -qq update && apt-get -qq download apache2 && sudo dpkg --unpack apache2_*.deb"
# dpkg's journal holds what has not yet reached its database; apt refuses to work while it is there.
JOURNAL = (
    "dpkg-query -s hostname > /tmp/entry && sudo cp /tmp/entry /var/lib/dpkg/updates/0001"
    " && ! sudo apt-get install -y hostname 2>&1 | grep -q 'newest version'"
)
# SIGKILL for a dpkg in the middle of its work.
KILLED = (
    "sudo apt-get -qq update; sudo apt-get -qq -y --download-only install git > /dev/null;"
    " sudo sh -c 'apt-get -y install git > /dev/null 2>&1 & for i in $(seq 500); do"
    " if pid=$(pgrep -x dpkg); then sleep 0.4; kill -9 $pid; break; fi; sleep 0.01; done; wait'; true"
)


@pytest.mark.nightly
@pytest.mark.parametrize(
    "accident", [UNPACKED, LACKING, JOURNAL, KILLED], ids=["unpacked", "dependency lacking", "journal", "killed"]
)
def test_a_package_run_that_was_cut_off_is_finished(target: Target, accident: str) -> None:
    out(target, accident)
    broken = "sudo dpkg --audit | grep -q . || ls /var/lib/dpkg/updates | grep -q ^0"
    assert target.run(broken).returncode == 0, "the accident did not happen"

    checked = apply(target, BASE, check=True)
    assert checked.rc == 0, checked.text
    assert target.run(broken).returncode == 0, "check mode repaired it"
    first, second = apply(target, BASE), apply(target, BASE)

    assert first.rc == 0, first.text
    assert first.changed > 0
    assert target.run(broken).returncode == 1
    assert out(target, "sudo apt-get check -qq; sudo apt-get -qq -y install sl > /dev/null && echo works") == "works"
    assert second.verdict == (0, 0), second.text


@pytest.mark.nightly
def test_package_lists_that_a_power_cut_emptied_are_fetched_again(target: Target) -> None:
    lists = "/var/lib/apt/lists"
    cut = f"truncate -s 0 {lists}/*_Packages; truncate -s 1000 {lists}/*_Translation-en"
    out(target, f"sudo apt-get -qq update; sudo sh -c '{cut}'")
    known = "sudo apt-get -qq update; apt-cache policy python3-debian"
    assert out(target, known) == "", "the accident did not happen: apt mended it alone"

    first, second = apply(target, BASE), apply(target, BASE)
    assert first.rc == 0, first.text
    assert second.verdict == (0, 0), second.text
    assert "Candidate" in out(target, known)


@pytest.mark.nightly
def test_needrestart_is_silenced_where_it_is_installed(target: Target) -> None:
    out(target, "sudo apt-get -qq update; sudo DEBIAN_FRONTEND=noninteractive apt-get -qq -y install needrestart > /dev/null")

    assert apply(target, BASE).rc == 0
    # needrestart reads its settings as Perl; so does this.
    settings = "do q(/etc/needrestart/conf.d/50-rigprov.conf) or die $@"
    assert out(target, f"perl -e 'our %nrconf; {settings}; print join q( ), @nrconf{{qw(restart kernelhints)}}'") == "l -1"
    assert apply(target, BASE).verdict == (0, 0)
    assert apply(target, BASE, base_needrestart_quiet=False).verdict == (0, 1)
    assert out(target, "ls /etc/needrestart/conf.d | grep -c rigprov || true") == "0"


SOURCES = """
sudo tee /etc/apt/sources.list.d/one.list > /dev/null <<'END'
deb [signed-by=/usr/share/keyrings/debian-archive-keyring.gpg] https://packages.example.org/debian stable main
END
sudo tee /etc/apt/sources.list.d/two.list > /dev/null <<'END'
deb [signed-by=/usr/share/keyrings/debian-archive-bookworm-stable.gpg] https://packages.example.org/debian stable main
END
"""
FILES = ["/etc/apt/sources.list.d/one.list", "/etc/apt/sources.list.d/two.list"]


@pytest.mark.nightly
def test_sources_that_contradict_one_another_are_put_aside_and_brought_back(target: Target) -> None:
    out(target, SOURCES)
    assert "Conflicting values set for option Signed-By" in target.run("sudo apt-get update").stderr

    without = apply(target, BASE)
    assert without.rc != 0, "apt reads no source, so the role cannot have worked"
    first, second = apply(target, BASE, base_replace_sources=FILES), apply(target, BASE)
    assert first.rc == 0, first.text
    assert second.verdict == (0, 0), second.text
    assert (
        out(target, "ls /etc/apt/sources.list.d | grep -c rigprov-disabled; sudo apt-get -qq update && echo reads") == "2\nreads"
    )

    taken_out = rollback(target, BASE)
    assert taken_out.rc == 0, taken_out.text
    assert (
        out(target, "cat /etc/apt/sources.list.d/one.list | wc -l; ls /etc/apt/sources.list.d | grep -c disabled || true")
        == "1\n0"
    )


# As a driver's DKMS package does without headers: configured only once something is there.
HALF_DRIVER = """
set -e
mkdir -p /tmp/p/DEBIAN && cd /tmp
cat > p/DEBIAN/control <<'END'
Package: nvidia-dkms-stand-in
Version: 1
Architecture: all
Maintainer: x <x@example.org>
Description: stand-in
END
printf '#!/bin/sh\\ntest -e /usr/share/headers-stand-in\\n' > p/DEBIAN/postinst
chmod 755 p/DEBIAN/postinst
dpkg-deb -b p nvidia.deb > /dev/null
if sudo dpkg -i nvidia.deb > /dev/null 2>&1; then echo 'the package was configured' >&2; exit 1; fi
"""


@pytest.mark.nightly
def test_f11_a_driver_that_lacks_headers_does_not_stop_the_role_before_the_one_that_brings_them(target: Target) -> None:
    out(target, HALF_DRIVER)
    assert apply(target, BASE).rc != 0

    first = apply(target, BASE, base_left_to_others=["nvidia-dkms-stand-in"])
    assert first.rc == 0, first.text
    assert (
        out(target, "dpkg-query -W -f '${db:Status-Abbrev}' python3-debian; sudo touch /usr/share/headers-stand-in").strip()
        == "ii"
    )
    assert apply(target, BASE).rc == 0
    assert apply(target, BASE).verdict == (0, 0)
