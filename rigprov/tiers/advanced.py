"""Two GPUs, or one that is as large: a 70B model whole in GPU memory."""

from rigprov.model.tier import Benchmark, Needs, Tier
from rigprov.tiers.intermediate import INTERMEDIATE

ADVANCED = Tier(
    name="advanced",
    summary="two or more GPUs with 24 GB each, or one with 72 GB, 64 GB RAM, 500 GB NVMe: models of 65 to 70B",
    needs=Needs(ram_gib=64, disk_gib=500, gpus=2, vram_gib=24, or_vram_gib=72),
    roles=INTERMEDIATE.roles,
    benchmarks=(
        Benchmark(
            model="llama-3.3-70b",
            context=4096,
            floors={"gpu": 12.0},
            source="measured with Llama 3 70B Q4_K_M: two RTX 3090 16.3, two RTX 4090 19.1, one A6000 14.6 tokens/s "
            "(XiongjieDai/GPU-Benchmarks-on-LLM-Inference, 2024)",
            split="layer",
            flash_attention=True,
            reference=("GeForce RTX 3090", 2),
        ),
        Benchmark(
            model="llama-3.3-70b",
            context=4096,
            floors={"gpu": 16.0},
            source="what a layer split reaches on two RTX 3090; a tensor split that does not pass it has no use",
            split="tensor",
            flash_attention=True,
            reference=("GeForce RTX 3090", 2),
        ),
    ),
    expectation="a 70B model at more than 12 tokens/s; NVLink or PCIe 5 helps tensor parallelism, layer split needs neither",
)
