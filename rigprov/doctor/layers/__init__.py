"""One layer a module: `judge(seen) -> Layer`."""
