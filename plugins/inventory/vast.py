"""Instances of a Vast account as an inventory."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

from ansible_collections.rigprov.workstation.plugins.plugin_utils.cloud import CloudInventory

if TYPE_CHECKING:
    from collections.abc import Sequence

    from rigprov.cloud.client import Client
    from rigprov.cloud.machine import Machine

DOCUMENTATION = """
name: vast
short_description: Instances of a Vast account
description:
  - Asks Vast's REST API v1 for the instances of an account, page by page.
  - Running instances are in group C(vast), and in C(gpu_<name>), C(region_<place>) and C(tier_<tier>).
  - Others are in C(vast_starting), C(vast_stopped) or C(vast_unreachable) only.
  - The tier (C(rigprov_tier)) is C(RIGPROV_TIER) in the instance's environment, or C(tier=starter) as a word of its own in its
    label.
options:
  plugin:
    description: The name of this plugin.
    type: str
    required: true
    choices: [rigprov.workstation.vast]
  api_url:
    description: Where the API's paths begin.
    type: str
    default: https://console.vast.ai
    env:
      - name: RIGPROV_VAST_URL
  api_key:
    description: The API key, best from the environment. In the file it must be vaulted or a template.
    type: raw
    env:
      - name: VAST_API_KEY
  ssh:
    description: The way to the SSH server. The other one is taken where there is none.
    type: str
    choices:
      direct: Through the machine's public address, as Vast's client does.
      proxy: Through Vast's proxy, for machines whose public ports are closed.
    default: direct
extends_documentation_fragment:
  - rigprov.workstation.cloud
  - constructed
  - inventory_cache
"""

EXAMPLES = """
plugin: rigprov.workstation.vast
ssh: proxy
keyed_groups:
  - key: rigprov_gpu_count
    prefix: gpus
"""


class InventoryModule(CloudInventory):
    """The plugin."""

    NAME = "rigprov.workstation.vast"

    def provider(self) -> Any:
        """Vast."""
        from rigprov.cloud import vast

        return vast

    def machines(self, client: Client) -> Sequence[Machine]:
        """All instances."""
        from rigprov.cloud.listing import of_vast

        return of_vast(client, self.get_option("ssh"))

    def of_listing(self) -> tuple[str, ...]:
        """The way to the SSH server."""
        return ("ssh",)
