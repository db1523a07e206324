"""The compliance suite: plain pytest-testinfra. By hand: `pytest --pyargs rigprov.compliance --hosts=ssh://HOST --sudo`."""
