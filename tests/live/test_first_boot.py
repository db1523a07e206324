"""apt as it is in a machine's first minutes: in use, half-way, asking questions. Role base copes, or says what is wrong."""

import time

import pytest

from rigprov.apply.causes import explain
from tests.live.play import apply, out
from tests.targets import Target

pytestmark = pytest.mark.live
BASE = ["base"]


def package(target: Target, name: str, postinst: str) -> str:
    """Make a package with an installation script of its own, and return its path."""
    control = f"Package: {name}\\nVersion: 1\\nArchitecture: all\\nMaintainer: test\\nDescription: made by a test\\n"
    folder, path = f"/tmp/{name}", f"/tmp/{name}.deb"  # noqa: S108  (the target's)
    script = f"{folder}/DEBIAN/postinst"
    out(
        target,
        f"rm -rf {folder}; mkdir -p {folder}/DEBIAN; printf '{control}' > {folder}/DEBIAN/control;"
        f" printf '#!/bin/sh\\n{postinst}\\n' > {script}; chmod 755 {script}; dpkg-deb -b {folder} {path}",
    )
    return path


def begin(target: Target, command: str) -> None:
    """Start a command as root that goes on by itself, and wait until it is under way."""
    out(target, f"sudo systemd-run -q --collect --unit busy sh -c '{command}'")
    for _ in range(100):
        if target.run("test -e /tmp/under-way").returncode == 0:
            return
        time.sleep(0.1)
    pytest.fail("it never began")


def busy_for(target: Target, seconds: int) -> None:
    """A real installation by a real apt-get, which takes its time."""
    path = package(target, "slow", f"touch /tmp/under-way; sleep {seconds}")
    begin(target, f"apt-get -y install {path}")


def test_f24_whoever_uses_the_package_manager_is_named_and_waited_for(target: Target) -> None:
    busy_for(target, 8)
    done = apply(target, BASE)

    assert done.rc == 0, done.text
    assert "The package manager is in use by apt-get (process " in done.words
    assert "Finish an installation that was cut off" not in done.text.replace("TASK [base : Configure what is unpacked]", "")
    assert out(target, "dpkg-query -W -f '${Status}' slow") == "install ok installed"
    assert apply(target, BASE).verdict == (0, 0)


@pytest.mark.nightly
def test_f24_the_wait_has_a_limit(target: Target) -> None:
    busy_for(target, 120)
    refused = apply(target, BASE, __base_lock_timeout=10)

    assert refused.rc == 2
    assert (refused.changed, out(target, "ls -d /etc/rigprov 2> /dev/null || echo none")) == (0, "none")
    said = explain({"stderr": refused.text[refused.text.rindex("The package manager") :]})
    assert said.message.startswith("the package manager is still in use by apt-get (process ")
    checked = apply(target, BASE, check=True)
    assert "The package manager is in use by apt-get" in checked.words, "check mode says so and does not wait"


@pytest.mark.nightly
def test_f24_cloud_init_is_waited_for(target: Target) -> None:
    """A stand-in answers as cloud-init does while it sets a machine up."""
    script = 'printf "#!/bin/sh\\\\n[ -e /tmp/ready ] && echo status: done || echo status: running\\\\n"'
    out(target, f"sudo sh -c '{script} > /usr/local/bin/cloud-init; chmod 755 /usr/local/bin/cloud-init'")
    assert out(target, "cloud-init status") == "status: running"
    begin(target, "touch /tmp/under-way; sleep 12; touch /tmp/ready")

    done = apply(target, BASE)
    assert done.rc == 0, done.text
    assert "in use by cloud-init, which sets the machine up at its first boot" in done.words
    assert target.run("test -e /tmp/ready").returncode == 0, "it did not wait"


@pytest.mark.nightly
def test_f25_lists_are_fetched_though_somebody_else_fetches_them(target: Target) -> None:
    holds = 'import fcntl, time; lists = open("/var/lib/apt/lists/lock", "w"); fcntl.lockf(lists, fcntl.LOCK_EX); time.sleep(15)'
    out(target, f"echo '{holds}' > /tmp/holder.py")
    begin(target, "touch /tmp/under-way; exec python3 /tmp/holder.py")
    time.sleep(1)
    refused = target.run("sudo apt-get -o DPkg::Lock::Timeout=5 update")
    assert "Could not get lock /var/lib/apt/lists/lock" in refused.stderr, "apt waits by itself now"

    done = apply(target, BASE, base_packages=["python3-apt", "tree"])
    assert done.rc == 0, done.text
    assert out(target, "dpkg-query -W -f '${Status}' tree") == "install ok installed"


@pytest.mark.nightly
def test_f25_a_mirror_with_a_bad_minute_is_asked_again(target: Target) -> None:
    """For half a minute everything goes through a proxy that nobody runs."""
    proxy = "/etc/apt/apt.conf.d/99bad-minute"
    out(target, f"echo 'Acquire::http::Proxy \"http://127.0.0.1:9\";' | sudo tee {proxy}")
    begin(target, f"touch /tmp/under-way; sleep 30; rm {proxy}")

    done = apply(target, BASE, base_packages=["python3-apt", "tree"])
    assert done.rc == 0, done.text
    assert "RETRYING" in done.text
    assert out(target, "dpkg-query -W -f '${Status}' tree") == "install ok installed"


@pytest.mark.nightly
def test_f26_nothing_asks_questions_through_sudo(target: Target) -> None:
    """needrestart asks by default; what apt's own hooks see of the environment decides."""
    seen = 'DPkg::Post-Invoke { "env >> /var/tmp/seen"; };'
    out(target, "sudo apt-get -qq update; sudo DEBIAN_FRONTEND=noninteractive apt-get -qq -y install needrestart > /dev/null")
    out(target, f"echo '{seen}' | sudo tee /etc/apt/apt.conf.d/99seen")
    assert "NEEDRESTART_MODE" not in out(target, "export NEEDRESTART_MODE=l; sudo env"), "sudo keeps it by itself"

    done = apply(target, BASE, base_packages=["python3-apt", "tree"])
    assert done.rc == 0, done.text
    values = set(out(target, "sudo cat /var/tmp/seen").splitlines())
    assert {"NEEDRESTART_MODE=l", "DEBIAN_FRONTEND=noninteractive"} <= values


@pytest.mark.nightly
def test_a_package_that_cannot_be_configured_is_named(target: Target) -> None:
    """As after a driver's failed build: dpkg is stuck until its script works."""
    path = package(target, "fragile", "test -e /tmp/mended")
    assert target.run(f"sudo dpkg -i {path}").returncode == 1
    refused = apply(target, BASE)

    assert refused.rc == 2
    assert "Complete what is still broken" in refused.text
    by_hand = target.run("sudo apt-get -y --fix-broken install")
    assert explain({"stderr": by_hand.stderr, "stdout": by_hand.stdout}).message == (
        "the installation script of the package fragile fails, and until it works no package can be installed"
    )
    out(target, "touch /tmp/mended")
    assert apply(target, BASE).rc == 0
    assert out(target, "dpkg-query -W -f '${Status}' fragile") == "install ok installed"
