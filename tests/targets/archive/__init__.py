"""A stand-in for the package repositories that an Ubuntu machine with an NVIDIA card uses: Ubuntu's, NVIDIA's, Docker's.

The packages are empty. Their names, versions and relations are those of the real ones as far as they are known, so that apt's
real resolver, pins, keyrings and holds have the real problems to solve; what is known and what is a guess:
`tests/targets/README.md`. Nothing of it is Ubuntu, NVIDIA or Docker, and every index and package says so.
"""

from tests.targets.archive.publish import KEYS, tree
from tests.targets.archive.releases import JAMMY, NOBLE, RELEASES, Release

__all__ = ["JAMMY", "KEYS", "NOBLE", "RELEASES", "Release", "tree"]
