"""Options that all inventories of rented machines share."""

from __future__ import annotations


class ModuleDocFragment:
    """Used as C(rigprov.workstation.cloud)."""

    DOCUMENTATION = """
options:
  timeout:
    description: Seconds for one question to the API, from the connection to the last byte of the answer.
    type: float
    default: 20
  retries:
    description:
      - How often the API is asked again where it is overloaded, out of order or unreachable.
      - Waits grow from one second, with a part by chance; C(Retry-After) is honoured.
      - All questions and waits together never take longer than 100 seconds.
    type: int
    default: 3
notes:
  - The Python package C(rigprov) must be importable by Ansible's Python.
  - A machine that does not run, or has no SSH server of its own that can be reached, is in a group of its own only, with the
    reason in C(rigprov_not_ready) and an address that never resolves. The C(rigprov) commands leave it out. With plain Ansible,
    limit a run to the provider's group.
  - Text of the listing is made harmless. Braces become parentheses, control characters are left out.
  - What a machine's environment holds is neither shown nor cached.
"""
