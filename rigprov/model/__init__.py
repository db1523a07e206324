"""Frozen dataclasses: the vocabulary that all other modules share. Imports `rigprov.errors` only."""
