"""Programs that run on the host, Python 3.8 or later, standard library only."""
