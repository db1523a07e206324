"""Where Docker comes from, where its data lies, what stands in its way."""

import pytest

from rigprov.model.host import OsRelease, Virtualisation
from rigprov.model.plan import Blocker, Destructive
from rigprov.plan import docker as decision
from rigprov.plan import storage
from tests.unit.plan.hosts import JAMMY, REACHABLE, case, container, docker, mount, package, rig, unread


def decide(facts=None, **more):
    made = case(facts, **more)
    return decision.decide(made, storage.choose(made))


def picked(result, name):
    return result.values[name].value, result.values[name].reason


@pytest.mark.parametrize(
    ("facts", "flags", "expected"),
    [
        (
            rig(),
            {},
            ("repository", "Docker publishes packages for Debian GNU/Linux 12 (bookworm), and download.docker.com answers"),
        ),
        (rig(os=JAMMY), {}, ("repository", "Docker publishes packages for Ubuntu 22.04.5 LTS, and download.docker.com answers")),
        (
            rig(reachable=REACHABLE | {"docker_repository": False}),
            {},
            ("distribution", "download.docker.com does not answer from this host"),
        ),
        (
            rig(reachable=REACHABLE | {"docker_repository": unread("no curl")}),
            {},
            ("distribution", "download.docker.com could not be asked from this host"),
        ),
        (
            rig(os=OsRelease("linuxmint", "22", "wilma", ("ubuntu", "debian"), "Linux Mint 22")),
            {},
            ("distribution", "Docker publishes no packages for Linux Mint 22"),
        ),
        (
            rig(docker=docker(), packages=(package("docker.io"),)),
            {},
            ("distribution", "the distribution's package (docker.io) is here already and is kept"),
        ),
        (
            rig(docker=docker(), packages=(package("docker-ce"),), reachable={}),
            {},
            ("repository", "Docker's own package (docker-ce) is here already and is kept"),
        ),
        (rig(), {"docker_source": "distribution"}, ("distribution", "`docker_source` is set")),
    ],
)
def test_source(facts, flags, expected):
    assert picked(decide(facts, flags=flags), "docker_source") == expected


@pytest.mark.parametrize(
    ("facts", "flags", "roots"),
    [
        (rig(), {}, ("/var/lib/docker", "/var/lib/containerd", "")),
        (
            rig(mounts=(mount(), mount("/srv/models", "xfs"))),
            {},
            ("/srv/models/docker", "/srv/models/containerd", "/srv/models"),
        ),
        (
            rig(mounts=(mount(), mount("/srv/models", "xfs")), docker=docker(), packages=(package("docker-ce"),)),
            {},
            ("/var/lib/docker", "/var/lib/containerd", ""),
        ),
        (
            rig(docker=docker(data_root=unread(), daemon_json={"data-root": "/data/docker"})),
            {},
            ("/data/docker", "/var/lib/containerd", ""),
        ),
        (
            rig(mounts=(mount(), mount("/mnt/nvme", "xfs"))),
            {"models_path": "/mnt/nvme/models"},
            ("/mnt/nvme/docker", "/mnt/nvme/containerd", "/mnt/nvme"),
        ),
        (
            rig(mounts=(mount(), mount("/mnt/nvme", "xfs")), docker=docker(data_root="/mnt/nvme/docker")),
            {"models_path": "/mnt/nvme/models"},
            ("/mnt/nvme/docker", "/var/lib/containerd", "/mnt/nvme"),
        ),
        (
            rig(
                mounts=(mount(), mount("/mnt/nvme", "xfs")),
                docker=docker(data_root="/mnt/nvme/docker", containerd="/mnt/nvme/containerd"),
            ),
            {"models_path": "/mnt/nvme/models"},
            ("/mnt/nvme/docker", "/mnt/nvme/containerd", "/mnt/nvme"),
        ),
        (rig(docker=docker(containerd=unread())), {}, ("/var/lib/docker", "/var/lib/containerd", "")),
        (rig(), {"docker_data_root": "/big/docker"}, ("/big/docker", "/var/lib/containerd", "")),
    ],
    ids=[
        "root disk",
        "own disk",
        "existing data stays",
        "stopped daemon",
        "user's disk",
        "images elsewhere stay",
        "second run",
        "unread",
        "user's root",
    ],
)
def test_f38_data_follows_the_models_disk_but_never_moves(facts, flags, roots):
    values = decide(facts, flags=flags).values
    names = ("docker_data_root", "docker_containerd_root", "docker_required_mount")
    assert tuple(values[name].value for name in names) == roots


@pytest.mark.parametrize(
    ("flags", "source", "conflicts", "fix"),
    [
        (
            {},
            "repository",
            ["containerd", "runc"],
            "agree to their removal with --remove-conflicts (images and volumes stay), "
            "or keep them: --set docker.source=distribution",
        ),
        ({"docker_source": "distribution"}, "distribution", [], None),
    ],
)
def test_conflicts_block_until_agreed(flags, source, conflicts, fix):
    result = decide(rig(packages=(package("containerd"), package("runc"), package("docker.io", "rc"))), flags=flags)
    assert (result.values["docker_source"].value, result.values["docker_conflicts"].value) == (source, conflicts)
    message = "containerd, runc cannot stay beside Docker from Docker's own repository"
    assert result.blockers == ((Blocker("docker-conflicts", message, fix),) if fix else ())


@pytest.mark.parametrize("source", ["repository", "distribution"])
def test_what_no_docker_can_stay_beside_has_one_way_out(source):
    (blocker,) = decide(rig(packages=(package("podman-docker"),)), flags={"docker_source": source}).blockers
    assert blocker.fix == "agree to their removal with --remove-conflicts (images and volumes stay)"


def test_agreed_removal_is_shown_and_carried_out():
    result = decide(rig(packages=(package("containerd"),)), remove_conflicts=True)
    assert result.blockers == ()
    assert result.destructive == (Destructive("docker", "removes the packages containerd", "--remove-conflicts", True),)
    assert picked(result, "docker_remove_conflicts") == (True, "--remove-conflicts was given")


def test_consent_without_conflict_removes_nothing():
    result = decide(rig(), remove_conflicts=True)
    assert result.destructive == ()
    assert picked(result, "docker_remove_conflicts") == (False, "nothing to remove")


@pytest.mark.parametrize(
    ("found", "blocker"),
    [
        (
            docker(snap=True),
            Blocker(
                "docker-snap",
                "Docker is installed as a snap",
                "save what you need, then `sudo snap remove docker`; "
                "the snap cannot use GPUs or a data directory outside its own",
            ),
        ),
        (
            docker(daemon_json=unread("line 3: unexpected `}`")),
            Blocker(
                "docker-daemon-json",
                "/etc/docker/daemon.json cannot be used: line 3: unexpected `}`",
                "mend the file; rigprov adds to it and never overwrites it",
            ),
        ),
    ],
)
def test_states_that_block(found, blocker):
    assert decide(rig(docker=found, packages=(package("docker-ce"),))).blockers == (blocker,)


@pytest.mark.parametrize(
    ("facts", "reason"),
    [
        (container(), "this container has no systemd, so there is nothing that would run the service"),
        (
            rig(virtualisation=Virtualisation("lxc", None, False, "systemd", True, None, False)),
            "this container may not mount file systems, which Docker needs for its images",
        ),
        (rig(virtualisation=Virtualisation("systemd-nspawn", None, False, "systemd", True, None, True)), None),
    ],
)
def test_left_out_where_it_cannot_run(facts, reason):
    assert decide(facts).skip == reason


def test_unread_packages_are_said_and_not_taken_for_none():
    assert decide(rig(packages=unread("no dpkg"))).warnings == (
        "installed packages could not be read (no dpkg), so conflicts with Docker are not known",
    )
