"""Any laptop, desktop or single-board computer: models up to 8B on the CPU."""

from rigprov.model.tier import Benchmark, Needs, Tier

# Floors are set under the slowest healthy machine of each class that a public measurement was found for.
STARTER = Tier(
    name="starter",
    summary="any laptop, desktop or Raspberry Pi: models up to 8B on the CPU",
    needs=Needs(ram_gib=4, disk_gib=10),
    roles=("base", "model_storage", "docker", "swap", "models", "llm_runtime"),
    benchmarks=(
        Benchmark(
            model="qwen3-8b",
            context=4096,
            floors={"pc": 2.5},
            source="derived: 4.67 GB a token at the 18 GB/s that an Intel N150 reaches is 3.9 tokens/s",
        ),
        Benchmark(
            model="llama-3.2-3b",
            context=4096,
            floors={"pc": 5.0, "sbc": 3.5},
            source="measured by geerlingguy/ai-benchmarks (2025): Intel N150 9.1 tokens/s, Raspberry Pi 5 4.9",
        ),
        Benchmark(
            model="smollm2-135m",
            context=2048,
            floors={"pc": 10.0, "sbc": 5.0},
            source="measured on 1 and 2 cores of a cloud VM: 57 to 97 tokens/s; the sbc floor is an estimate",
        ),
    ),
    expectation="a 3B model at reading speed on a small PC, an 8B on a current desktop",
)
