"""The only place where results become text."""
