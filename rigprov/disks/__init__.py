"""What can be said of a host's disks by looking at its facts alone: how they hang together, what they are, whether blank."""
