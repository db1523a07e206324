"""Proves the speed: an engine decodes a model, and the result is judged."""
