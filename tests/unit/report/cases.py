"""Records of made-up machines, to be shown by the tests. Their figures are examples; nothing of this is shipped."""

from dataclasses import replace

from rigprov.model.disk import Disk, DiskLink, DiskRead, Pcie
from rigprov.model.proof import Band, Cause, Correctness, Link, Proof, Since, Soak
from rigprov.model.record import ChangedTask, Machine, PlannedRole, PlannedValue, PlanSummary, Record
from tests.unit.report.gpu_case import gpu

RIG_MACHINE = Machine(
    os="Ubuntu 24.04.1 LTS",
    kernel="6.8.0-49-generic",
    architecture="x86_64",
    kind="physical machine",
    cpu="AMD Ryzen Threadripper PRO 5955WX",
    cores=16,
    ram_mib=128731,
    gpus=("NVIDIA GeForce RTX 3090, 24 GiB", "NVIDIA GeForce RTX 3090, 24 GiB"),
    driver="590.48.01",
    docker="29.1.2",
)
RIG_PLAN = PlanSummary(
    tier="advanced",
    machine_class="gpu",
    roles=(
        PlannedRole("base", "run", "packages that the other roles need"),
        PlannedRole("nvidia_driver", "run", "590 is the newest branch that supports both cards"),
        PlannedRole("docker", "run", "Docker from Docker's repository, with log rotation"),
        PlannedRole("swap", "skip", "8 GiB of swap are there"),
        PlannedRole("llm_runtime", "run", "llama.cpp server on loopback with an API key, run by systemd"),
        PlannedRole("web_ui", "not_built", "this version does not carry it"),
    ),
    values=(
        PlannedValue("docker_log_max_size", "20m", "flag", ""),
        PlannedValue("llm_runtime_context", "8192", "plan", "the context that the benchmark is measured with"),
        PlannedValue("llm_runtime_model", "/srv/models/Llama-3.3-70B-Instruct-Q4_K_M.gguf", "plan", "the benchmark's model"),
    ),
    warnings=("the second slot is wired for eight lanes",),
)
RIG = Proof(
    host="rig-01",
    verdict="slow",
    reason="no run reached the floor of 16 tok/s; the best was 14.0",
    fix="raise the power limit with `nvidia-smi -pl 350`",
    model="llama-3.3-70b",
    model_sha256="3f" * 32,
    engine="llama.cpp b6940",
    floor=16.0,
    runs=(13.96, 13.91, 13.88, 13.86, 13.84),
    median=13.88,
    minimum=13.84,
    maximum=13.96,
    spread=0.0086,
    prompt_tokens_per_s=412.6,
    time_to_first_token_s=0.31,
    load_s=38.4,
    bytes_per_token=41_916_900_000,
    bandwidth_gb_s=936.2,
    bandwidth_share=0.621,
    limit_tokens_per_s=22.3,
    context=8192,
    notes=("the web page of the engine answers",),
    taken="2026-11-25T06:36:17+00:00",
    weights="synthetic",
    backend="CUDA",
    layers_total=81,
    layers_offloaded=81,
    causes=(
        Cause("power-cap", "GPU 0 and GPU 1 are limited to 280 W of 350 W", "`nvidia-smi -pl 350`"),
        Cause("pcie-width", "GPU 0 runs on 8 of 16 lanes under load", "seat it in the slot that the board wires for sixteen"),
    ),
    band=Band(15.6, 17.4, 22.3, "bandwidth from the driver; shares of 16 healthy machines, public tables 2024 to 2026"),
    soak=Soak(75.0, 13.92, 13.81, 9),
    devices=(gpu(0, 238.0, 74.0), gpu(1, 236.0, 69.0)),
    links=(Link(0, 1, "NVLink x4"),),
    correctness=Correctness(64, 0.00016, 0.0011, 1.0, repeated=True, passed=True),
    disk=DiskRead(
        gb_s=1.6412,
        lowest_gb_s=1.6011,
        highest_gb_s=1.6774,
        bytes_read=5_251_268_608,
        seconds=3.2,
        method="direct",
        file_system="ext4",
        layers=("LVM",),
        disks=(
            Disk(
                "nvme1n1", "NVMe", "Samsung SSD 990 PRO 2TB", spins=False,
                link=DiskLink("PCIe 3.0 x2", 1.969, Pcie(3, 2), Pcie(4, 4), Pcie(3, 2)),
            ),
        ),
        link_gb_s=1.969,
        link_share=0.8335,
        cached=0.0,
    ),
    warnings=(
        Cause(
            "disk-link-width",
            "NVMe nvme1n1 (Samsung SSD 990 PRO 2TB) runs on 2 of its 4 PCIe lanes (2.0 GB/s at most): "
            "its slot has no more than 2",
            "move it to a slot with 4 lanes",
        ),
    ),
    since=Since(
        "2026-11-20T09:14:00+00:00", 16.33, -0.15, within_scatter=False,
        changes=("driver 580.95.05 \u2192 590.48.01", "kernel 6.8.0-48-generic \u2192 6.8.0-49-generic"),
    ),
)  # fmt: skip
TWO_GPUS = Record(
    command="apply",
    proof=RIG,
    machine=RIG_MACHINE,
    plan=RIG_PLAN,
    changed=(ChangedTask("nvidia_driver", "Install the driver"), ChangedTask("llm_runtime", "Write the server's settings")),
)


def history(record: Record, *medians: float | None) -> list[Record]:
    """`record` and, a week apart each, earlier ones with these medians (None: not measured), newest first."""
    earlier = []
    for index, median in enumerate(medians):
        verdict = "not measured" if median is None else "pass" if median >= record.proof.floor else "slow"
        proof = replace(
            record.proof,
            taken=f"2026-{10 - index // 4:02d}-{22 - 7 * (index % 4):02d}T09:14:00+00:00",
            verdict=verdict,  # type: ignore[arg-type]
            median=median,
            minimum=None if median is None else median - 0.1,
            maximum=None if median is None else median + 0.1,
            reason="the engine ended" if median is None else record.proof.reason,
            since=None,
            causes=(),
        )
        earlier.append(replace(record, command="verify", changed=None, proof=proof))
    return [record, *earlier]


STARTER = Record(
    command="verify",
    proof=Proof(
        host="demo",
        verdict="pass",
        reason="all 5 runs reached the floor of 10 tok/s",
        fix="",
        model="smollm2-135m",
        model_sha256="b179c9523d0e6a0f" * 4,
        engine="xllamacpp 2026.10.11549",
        floor=10.0,
        runs=(82.0, 82.1, 80.9, 83.0, 82.5),
        median=82.1,
        minimum=80.9,
        maximum=83.0,
        spread=0.0256,
        prompt_tokens_per_s=310.4,
        time_to_first_token_s=0.05,
        bytes_per_token=97_000_000,
        bandwidth_gb_s=18.6,
        bandwidth_share=0.43,
        limit_tokens_per_s=190.2,
        threads=2,
        context=2048,
        notes=("load time not measured: the engine was already running", "the web page of the engine answers"),
        taken="2026-11-24T17:02:00+00:00",
        weights="real",
        backend="CPU",
    ),
    machine=replace(
        RIG_MACHINE,
        os="Debian GNU/Linux 12 (bookworm)",
        kernel="6.1.0-28-amd64",
        kind="container (systemd-nspawn)",
        cpu="AMD EPYC 9354P",
        cores=2,
        ram_mib=23947,
        gpus=(),
        driver=None,
        docker="20.10.24+dfsg1",
    ),
    plan=replace(RIG_PLAN, tier="starter", machine_class="pc", roles=RIG_PLAN.roles[:1], values=(), warnings=()),
    no_samples="there is no NVIDIA driver",
)
NOT_MEASURED = Record(
    command="verify",
    proof=Proof(
        host="root@203.0.113.7:2222",
        verdict="not measured",
        reason="port 8080 is taken by nginx (process 9)",
        fix="stop that program, or give the engine another port with `--set llm_runtime.port=PORT` and apply",
        model="qwen3-8b",
        model_sha256="",
        engine="",
        floor=2.5,
        notes=("the engine's last words:", "  bind: address already in use"),
        taken="2026-11-23T11:00:00+00:00",
    ),
    machine=replace(STARTER.machine, kind="virtual machine (kvm) at runpod", gpus=("NVIDIA 10de:2204, no driver",)),
    plan=replace(STARTER.plan, roles=()),
)
