"""Proofs of earlier runs, kept on the controller."""
