"""rigprov: from a bare machine to an LLM workstation with a measured speed."""

__version__ = "0.1.0"
