"""Failures that people met with Docker and the model, each from the evidence that it leaves."""

import json
from datetime import timedelta

import pytest

from tests.unit.doctor.hosts import BOOT, HEALTHY, UUIDS, cause, diagnosed, first, layer, line, notes, proved

NO_DRIVER = 'docker: Error response from daemon: could not select device driver "" with capabilities: [[gpu]].'
UNRESOLVED = "docker: Error response from daemon: failed to inject CDI devices: unresolvable CDI devices nvidia.com/gpu=all"
NO_IMAGE = ("", "", 4)


def info(**changed: object) -> str:
    return json.dumps(json.loads(line("docker-info")) | changed)


def runs(cdi: str, gpus: str = "") -> str:
    return "".join(
        f"==> docker run {way} ubuntu:24.04\n{said}\n--> exit {125 if 'Error' in said else 0}\n"
        for way, said in (("--device nvidia.com/gpu=all", cdi), ("--gpus all", gpus or cdi))
    )


SNAP = {"docker_snap": "/var/snap/docker", "docker_where": "/snap/bin/docker\n/usr/bin/snap"}
DESKTOP = {"docker_context": '/home/ops/.docker/config.json:"currentContext": "desktop-linux"'}
NO_TOOLKIT = {"toolkit": ("", "", 1), "cdi": ""}


@pytest.mark.parametrize("run", [runs(NO_DRIVER), NO_IMAGE], ids=["tried", "no image"])
@pytest.mark.parametrize(
    ("changed", "code", "words"),
    [
        (SNAP, "docker-snap", "save those first"),
        (DESKTOP, "docker-desktop", "docker context use default"),
        ({"docker_info": info(OperatingSystem="Docker Desktop")}, "docker-desktop", "docker context use default"),
        (NO_TOOLKIT, "toolkit-missing", "install nvidia-container-toolkit"),
        (NO_TOOLKIT | SNAP, "docker-snap", "save those first"),
    ],
)
def test_f32_could_not_select_device_driver(run, changed, code, words) -> None:
    found = diagnosed(**changed, container_run=run)

    assert cause(found) == ("container", code)
    assert words in first(found).fix
    assert layer(found, "model").state == "not reached"


def test_f32_the_toolkit_is_there_but_docker_was_not_told() -> None:
    found = diagnosed(container_run=runs(UNRESOLVED, NO_DRIVER), cdi="", docker_info=info(Runtimes={"runc": {}}))

    assert [one.code for one in layer(found, "container").findings] == ["cdi-absent", "runtime-unregistered"]


LOST = '==> /llm runc [{"Driver":"","Count":-1}]\nFailed to initialize NVML: Unknown Error\n--> exit 255\n'


def test_f33_a_running_container_lost_its_gpu() -> None:
    found = diagnosed(container_inside=LOST)

    assert cause(found) == ("container", "container-lost-gpu")
    assert "llm" in first(found).what
    assert "CDI" in first(found).fix


@pytest.mark.parametrize(
    ("driver", "cgroups", "expected"),
    [("", "systemd", ["gpu-lost-on-reload"]), ("cdi", "systemd", []), ("", "cgroupfs", [])],
)
def test_f33_a_container_that_will_lose_it(driver, cgroups, expected) -> None:
    inside = (
        f'==> /llm runc [{{"Driver":"{driver}","Count":-1}}]\nGPU 0: NVIDIA GeForce RTX 3090 (UUID: {UUIDS[0]})\n--> exit 0\n'
    )
    assert notes(diagnosed(container_inside=inside, docker_info=info(CgroupDriver=cgroups))) == expected


def test_f33_the_toolkit_leaves_the_cgroup_alone() -> None:
    said = "Failed to initialize NVML: Unknown Error (Error)"
    found = diagnosed(container_run=runs(said), toolkit=line("toolkit").replace("#no-cgroups = false", "no-cgroups = true"))
    assert cause(found) == ("container", "toolkit-no-cgroups")


def test_f36_words_in_docker_info_prove_nothing() -> None:
    named = info(Runtimes={"nvidia": {}, "runc": {}}, DiscoveredDevices=[{"Source": "cdi", "ID": "nvidia.com/gpu=all"}])
    assert cause(diagnosed(docker_info=named, container_run=runs(NO_DRIVER))) == ("container", "runtime-unregistered")


def test_f36_nor_does_their_absence() -> None:
    found = diagnosed(docker_info=info(Runtimes={"runc": {}}, DiscoveredDevices=None))
    assert layer(found, "container").state == "fine"


def test_f36_without_an_image_nothing_is_proved() -> None:
    found = diagnosed(container_run=NO_IMAGE)

    assert layer(found, "container").state == "not proved"
    assert "docker run" in layer(found, "container").way


def test_f36_an_image_that_cannot_run_it_says_nothing() -> None:
    said = "==> docker run --gpus all alpine:3\nexec: nvidia-smi: not found\n--> exit 127\n"
    assert layer(diagnosed(container_run=said), "container").state == "not proved"


def test_f36_a_missing_file_of_the_driver_is_no_fault_of_the_image() -> None:
    said = "Error response from daemon: failed to fulfil mount request: open /usr/lib/libcuda.so.570.86.10: no such file"
    stale = line("cdi").replace("580.95.05", "570.86.10") + "\nmissing /usr/lib/libcuda.so.570.86.10"
    found = diagnosed(cdi=stale, container_run=runs(said).replace("--> exit 125", "--> exit 127"))
    assert cause(found) == ("container", "cdi-stale")


TOO_OLD = "docker: nvidia.com/gpu=all is not an absolute path. Error"


def test_f36_a_docker_that_is_older_than_cdi_is_judged_by_the_other_way() -> None:
    works = diagnosed(container_run=runs(TOO_OLD, "\n".join(UUIDS)))
    assert (layer(works, "container").state, notes(works)) == ("fine", [])
    assert cause(diagnosed(container_run=runs(TOO_OLD, NO_DRIVER), cdi="")) == ("container", "runtime-unregistered")


def test_f36_one_way_works() -> None:
    found = diagnosed(container_run=runs("\n".join(UUIDS), NO_DRIVER))
    assert (layer(found, "container").state, notes(found)) == ("fine", ["container-one-way"])


@pytest.mark.parametrize(
    ("cdi", "words"),
    [
        (line("cdi").replace("580.95.05", "570.86.10"), "is of driver 570.86.10"),
        (line("cdi") + "\nmissing /usr/lib/x86_64-linux-gnu/libcuda.so.580.95.05", "names files that are not there"),
    ],
)
def test_f36_a_stale_specification(cdi, words) -> None:
    found = diagnosed(cdi=cdi, container_run=runs("Error: no such file"))

    assert cause(found) == ("container", "cdi-stale")
    assert words in first(found).what


def test_f36_a_container_that_gets_one_gpu_of_two() -> None:
    assert cause(diagnosed(container_run=runs(UUIDS[0]))) == ("container", "container-fewer-gpus")


@pytest.mark.parametrize(
    ("status", "root", "room", "expected"),
    [
        (
            [["driver-type", "io.containerd.snapshotter.v1"]],
            "/data/docker",
            "/var/lib/containerd 41943040 1048576 /",
            ["images-fill-disk"],
        ),
        ([["driver-type", "io.containerd.snapshotter.v1"]], "/data/docker", "/var/lib/containerd 41943040 31048576 /", []),
        ([["Backing Filesystem", "extfs"]], "/var/lib/docker", "/var/lib/docker 41943040 1048576 /", ["images-fill-disk"]),
        ([["Backing Filesystem", "extfs"]], "/data/docker", "/var/lib/containerd 41943040 1048576 /", []),
    ],
)
def test_f38_images_fill_the_disk_that_data_root_does_not_name(status, root, room, expected) -> None:
    found = diagnosed(docker_info=info(DriverStatus=status, DockerRootDir=root), image_room=room)

    assert (layer(found, "container").state, notes(found)) == ("fine", expected)
    assert all("1.0 GiB free of 40.0 GiB" in note.what for note in layer(found, "container").notes)


def test_f41_forwarding_is_off() -> None:
    found = diagnosed(ip_forward="0")
    assert (layer(found, "container").state, notes(found)) == ("fine", ["ip-forward-off"])


def test_docker_is_down() -> None:
    down = ("", "Cannot connect to the Docker daemon at unix:///var/run/docker.sock. Is the docker daemon running?", 1)
    assert cause(diagnosed(docker_info=down)) == ("container", "docker-not-running")


def test_f23_a_proof_of_this_boot_and_driver_stands() -> None:
    found = diagnosed(HEALTHY, proved(BOOT + timedelta(hours=1)))

    assert layer(found, "model").state == "fine"
    assert layer(found, "model").said.endswith("proved since the last start: pass 48.1 tok/s (2026-11-20T09:00:00+00:00)")


@pytest.mark.parametrize(
    ("proof", "words"),
    [
        (None, "there is no proof of this host here"),
        (proved(BOOT - timedelta(seconds=1)), "is older than the machine's last start (2026-11-20T08:00:00+00:00)"),
        (proved(BOOT + timedelta(hours=1), driver="575.64.03"), "the last proof is of driver 575.64.03, the driver is 580.95.05"),
        (proved(BOOT + timedelta(hours=1), driver=None), "the last proof is of driver none"),
        (proved(BOOT + timedelta(hours=1), verdict="slow"), "the last proof of this boot says `slow`"),
    ],
)
def test_f23_an_older_proof_is_not_taken(proof, words) -> None:
    model = layer(diagnosed(HEALTHY, proof), "model")

    assert model.state == "not proved"
    assert words in model.said
    assert "rigprov verify" in model.way


def test_f23_a_clock_that_cannot_be_read_proves_nothing() -> None:
    found = diagnosed(HEALTHY, proved(BOOT + timedelta(hours=1)), clock=("", "", 1))
    assert layer(found, "model").state == "not proved"
