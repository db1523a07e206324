"""Tests of rigprov, and the throw-away machines that the live tests and the demo run on."""
