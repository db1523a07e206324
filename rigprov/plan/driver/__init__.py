"""NVIDIA's driver: whether one is needed, which, from where, and how it is kept."""
