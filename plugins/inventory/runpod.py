"""Pods of a RunPod account as an inventory."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

from ansible_collections.rigprov.workstation.plugins.plugin_utils.cloud import CloudInventory

if TYPE_CHECKING:
    from collections.abc import Sequence

    from rigprov.cloud.client import Client
    from rigprov.cloud.machine import Machine

DOCUMENTATION = """
name: runpod
short_description: Pods of a RunPod account
description:
  - Asks RunPod's REST API v2 for the pods of an account.
  - Running pods that publish C(22/tcp) are in group C(runpod), and in C(gpu_<name>), C(region_<data centre>) and C(tier_<tier>).
  - Others are in C(runpod_starting), C(runpod_stopped) or C(runpod_unreachable) only.
  - The tier (C(rigprov_tier)) is C(RIGPROV_TIER) in the pod's environment, or C(tier=starter) as a word of its own in its name.
options:
  plugin:
    description: The name of this plugin.
    type: str
    required: true
    choices: [rigprov.workstation.runpod]
  api_url:
    description: Where the API's paths begin.
    type: str
    default: https://api.runpod.io/v2
    env:
      - name: RIGPROV_RUNPOD_URL
  api_key:
    description: The API key, best from the environment. In the file it must be vaulted or a template.
    type: raw
    env:
      - name: RUNPOD_API_KEY
extends_documentation_fragment:
  - rigprov.workstation.cloud
  - constructed
  - inventory_cache
"""

EXAMPLES = """
plugin: rigprov.workstation.runpod
keyed_groups:
  - key: rigprov_gpu_count
    prefix: gpus
compose:
  ansible_ssh_private_key_file: "'~/.ssh/runpod'"
"""


class InventoryModule(CloudInventory):
    """The plugin."""

    NAME = "rigprov.workstation.runpod"

    def provider(self) -> Any:
        """RunPod."""
        from rigprov.cloud import runpod

        return runpod

    def machines(self, client: Client) -> Sequence[Machine]:
        """All pods."""
        from rigprov.cloud.listing import of_runpod

        return of_runpod(client)
