"""One GPU with 24 GB: a quantised 30B model faster than anybody reads."""

from rigprov.model.tier import Benchmark, Needs, Tier

INTERMEDIATE = Tier(
    name="intermediate",
    summary="one GPU with 24 GB, 64 GB RAM, 500 GB NVMe: quantised models around 30B",
    needs=Needs(ram_gib=64, disk_gib=500, gpus=1, vram_gib=24),
    roles=(
        "base",
        "nvidia_driver",
        "cuda_toolkit",
        "model_storage",
        "docker",
        "nvidia_container_toolkit",
        "swap",
        "models",
        "llm_runtime",
    ),
    benchmarks=(
        Benchmark(
            model="qwen3-32b",
            context=4096,
            floors={"gpu": 30.0},
            source="derived: 19.3 GB a token at 0.73 of an RTX 3090's 936 GB/s (what 70B reaches on it) is 35 tokens/s",
            flash_attention=True,
            reference=("GeForce RTX 3090", 1),
        ),
        Benchmark(
            model="qwen3-30b-a3b",
            context=4096,
            floors={"gpu": 80.0},
            source="measured: 166.9 tokens/s on an RTX 3090 Ti (smeltcore.com, 2026); half of it",
            flash_attention=True,
            reference=("GeForce RTX 3090", 1),
        ),
    ),
    expectation="a dense 32B model at more than 30 tokens/s",
)
