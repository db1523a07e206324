"""What the inventory plugins of rented machines have in common: options in, hosts out. The rest is the Python package's."""

from __future__ import annotations

import hashlib
import os
from abc import abstractmethod
from pathlib import Path
from typing import TYPE_CHECKING, Any

from ansible.errors import AnsibleParserError
from ansible.parsing.vault import EncryptedString
from ansible.plugins.inventory import BaseInventoryPlugin, Cacheable, Constructable

if TYPE_CHECKING:
    from collections.abc import Sequence

    from rigprov.cloud.client import Client
    from rigprov.cloud.machine import Machine

_VAULTED_FILE = b"$ANSIBLE_VAULT;"
_LONGEST_S = 100
_ID = "rigprov_machine_id"


class CloudInventory(BaseInventoryPlugin, Constructable, Cacheable):  # type: ignore[misc]  # ansible ships no type hints
    """An inventory of one provider. A subclass has its documentation and `provider` and `machines`."""

    @abstractmethod
    def provider(self) -> Any:
        """The provider's module in `rigprov.cloud`."""

    @abstractmethod
    def machines(self, client: Client) -> Sequence[Machine]:
        """The whole listing."""

    def verify_file(self, path: str) -> bool:
        """Any YAML file: its `plugin:` says whose it is."""
        return bool(super().verify_file(path)) and path.endswith((".yml", ".yaml"))

    def parse(self, inventory: Any, loader: Any, path: str, cache: bool = True) -> None:
        """Fill the inventory."""
        super().parse(inventory, loader, path, cache)
        config = self._read_config_data(path)
        try:
            from rigprov.errors import RigprovError
        except ImportError:
            message = "the Python package rigprov is missing beside ansible-core on the controller: install it there"
            raise AnsibleParserError(message) from None
        try:
            found = self._found(config, path, use_cache=cache)
        except RigprovError as error:
            hint = f". {error.hint}" if error.hint else ""
            _note(error)
            # Without its cause: what Ansible shows of one is more than this one sentence.
            raise AnsibleParserError(f"{error}{hint}") from None
        for host in found:
            self._add(host["name"], host["variables"], host["groups"])

    def _found(self, config: dict[str, Any], path: str, *, use_cache: bool) -> list[dict[str, Any]]:
        """Hosts, from the cache where the user wants one and it is fresh."""
        # Another address, or other options of what a listing becomes, make another inventory.
        options = [str(self.get_option(name)) for name in ("api_url", *self.of_listing())]
        key, wanted = self.get_cache_key(path), hashlib.sha256("\n".join(options).encode()).hexdigest()
        if self.get_option("cache") and use_cache:
            kept = self._cache.get(key, {})
            if kept.get("wanted") == wanted:
                hosts: list[dict[str, Any]] = kept["hosts"]
                return hosts
        fresh = self._asked(config, path)
        if self.get_option("cache"):
            self._cache[key] = {"wanted": wanted, "hosts": fresh}
        return fresh

    def of_listing(self) -> tuple[str, ...]:
        """Options of the subclass that decide what a listing becomes."""
        return ()

    def _asked(self, config: dict[str, Any], path: str) -> list[dict[str, Any]]:
        from rigprov.cloud.access import Api, checked_address, checked_token
        from rigprov.cloud.client import Client
        from rigprov.cloud.inventory import hosts
        from rigprov.errors import UsageError

        provider, timeout, retries = self.provider(), self.get_option("timeout"), self.get_option("retries")
        if not 0 < timeout <= _LONGEST_S:
            raise UsageError(f"`timeout` is {timeout:g}", hint=f"it is a number of seconds above 0, up to {_LONGEST_S}")
        if retries < 0:
            raise UsageError(f"`retries` is {retries}", hint="0 asks once")
        address = checked_address(str(self.get_option("api_url")))
        token = checked_token(self._token(config, path), provider.NAME, provider.KEY)
        api = Api(provider.NAME, address, token, needs=provider.KEY_NEEDS, key=provider.KEY)
        found: list[dict[str, Any]] = hosts(self.machines(Client(api, timeout_s=timeout, retries=retries)))
        return found

    def _token(self, config: dict[str, Any], path: str) -> str | None:
        """The key: the environment's, or a vaulted or templated one of the file.

        One in plain text is refused: Ansible quotes lines of the file in its messages.
        """
        from rigprov.errors import UsageError

        written = config.get("api_key")
        if written is None:
            value = self.get_option("api_key")
            return None if value is None else str(value)
        try:
            if isinstance(written, EncryptedString):
                return str(written)
            if isinstance(written, str) and self.templar.is_template(written):
                return str(self.templar.template(written) or "")
        except Exception:  # noqa: BLE001  whatever it is, its message may show the key
            message = "`api_key` cannot be decrypted or filled in"
            raise UsageError(message, hint="give the vault's password, and look for what its template names") from None
        if isinstance(written, str) and Path(path).read_bytes().startswith(_VAULTED_FILE):
            return written
        hint = f"set {self.provider().KEY} instead, or encrypt it with `ansible-vault encrypt_string`"
        raise UsageError("`api_key` stands in the inventory in plain text", hint=hint)

    def _add(self, name: str, variables: dict[str, Any], groups: list[str]) -> None:
        strict, name = self.get_option("strict"), self._free(name, variables)
        self.inventory.add_host(name)
        for group in groups:
            self.inventory.add_group(group)
            self.inventory.add_child(group, name)
        for key, value in variables.items():
            self.inventory.set_variable(name, key, value)
        self._set_composite_vars(self.get_option("compose"), variables, name, strict=strict)
        self._add_host_to_composed_groups(self.get_option("groups"), variables, name, strict=strict)
        self._add_host_to_keyed_groups(self.get_option("keyed_groups"), variables, name, strict=strict)

    def _free(self, name: str, variables: dict[str, Any]) -> str:
        """The name, with the id where a listing that was read before has another machine of that name.

        Ansible would make one host of both. A host without an id is somebody's own, with more variables of this machine.
        """
        from rigprov.cloud.naming import longer

        while (there := self.inventory.hosts.get(name)) and _another(there.vars, variables):
            name = longer(name, variables[_ID])
        return name


def _note(error: Exception) -> None:
    """Ansible hands on sentences only; rigprov's commands end with another exit code where it was not the user's fault."""
    from rigprov.errors import UnreachableError
    from rigprov.facts.inventory_file import UNREACHABLE

    if isinstance(error, UnreachableError) and (note := os.environ.get(UNREACHABLE)):
        Path(note).touch()


def _another(there: dict[str, Any], mine: dict[str, Any]) -> bool:
    return _ID in there and any(there.get(mark) != mine[mark] for mark in (_ID, "rigprov_provider"))
