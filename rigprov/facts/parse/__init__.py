"""Pure functions from a command's raw output to facts."""
