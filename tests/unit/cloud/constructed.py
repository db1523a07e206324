"""A cloud's inventory file, carried out by Ansible's own machinery on host variables that the cloud's plugin would have made.

    python -m tests.unit.cloud.constructed FILE RECORDED

A program of its own, since Ansible's loaders change the process that they run in.
"""

import json
import sys
from pathlib import Path
from typing import Any

from ansible.inventory.data import InventoryData
from ansible.parsing.dataloader import DataLoader
from ansible.plugins.inventory import BaseInventoryPlugin, Constructable
from ansible.plugins.loader import init_plugin_loader
from ansible.template import trust_as_template


class Plugin(BaseInventoryPlugin, Constructable):  # type: ignore[misc]  # ansible ships no type hints
    """What the three clouds' plugins do after they have asked their API."""

    NAME = "test"
    options: dict[str, Any]

    def get_option(self, option: str, hostvars: Any = None) -> Any:
        return self.options.get(option, True if option == "leading_separator" else None)

    def wanted(self, variables: dict[str, Any]) -> bool:
        """Azure's filter, as its plugin evaluates it."""
        self.templar.available_variables = variables
        conditions = [
            f"{{% if {one} %}}true{{% else %}}false{{% endif %}}" for one in self.options.get("include_host_filters", [])
        ]
        said = [self.templar.template(trust_as_template(one)) for one in conditions]
        return not said or any(one in (True, "true") for one in said)

    def take(self, host: dict[str, Any]) -> None:
        name, variables = host["name"], host["variables"]
        if not self.wanted(variables):
            return
        self.inventory.add_host(name)
        for key, value in variables.items():
            self.inventory.set_variable(name, key, value)
        self._set_composite_vars(self.options["compose"], variables, name, strict=True)
        self._add_host_to_keyed_groups(self.options["keyed_groups"], variables, name, strict=True)


def inventory(file: str, recorded: Path) -> dict[str, Any]:
    """Composed variables by host, and hosts by group."""
    loader = DataLoader()
    plugin = Plugin()
    plugin.options = loader.load_from_file(file, cache="none", trusted_as_template=True)
    plugin.loader, plugin.inventory, plugin._vars = loader, InventoryData(), {}
    for host in json.loads(recorded.read_text())["hosts"]:
        plugin.take(host)
    composed, own = set(plugin.options["compose"]), {"all", "ungrouped"}
    hosts = {name: {key: host.get_vars()[key] for key in composed} for name, host in plugin.inventory.hosts.items()}
    groups = {name: [host.name for host in group.hosts] for name, group in plugin.inventory.groups.items() if name not in own}
    return {"hosts": hosts, "groups": groups}


if __name__ == "__main__":
    init_plugin_loader()
    print(json.dumps(inventory(sys.argv[1], Path(sys.argv[2])), indent=2, sort_keys=True))
