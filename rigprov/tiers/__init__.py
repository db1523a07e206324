"""Tier profiles and which of them fit a host."""
