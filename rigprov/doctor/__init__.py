"""From what a machine answers to the first layer that is broken, with evidence and fix."""
