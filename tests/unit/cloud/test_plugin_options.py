"""Where the key may come from, Ansible's cache, and variables and groups of the user's own."""

import pytest
from ansible.parsing.vault import VaultLib, VaultSecret

from tests.unit.cloud import api as stand_in
from tests.unit.cloud.api import KEY, said, serving

pytestmark = pytest.mark.process

NO_KEY = {"RUNPOD_API_KEY": ""}
PASSWORD = "a-password-of-a-test"  # noqa: S105


def vaulted(text: str) -> str:
    return str(VaultLib().encrypt(text, VaultSecret(PASSWORD.encode())).decode())


def with_password(tmp_path) -> dict[str, str]:
    file = tmp_path / "password"
    file.write_text(PASSWORD)
    return {**NO_KEY, "ANSIBLE_VAULT_PASSWORD_FILE": str(file)}


def test_a_templated_key(ansible) -> None:
    text = "api_key: \"{{ lookup('ansible.builtin.env', 'ELSEWHERE') }}\"\n"
    with serving([said({"pods": []})]) as server:
        ran = ansible(("runpod", server.url, text), ELSEWHERE=KEY, **NO_KEY)
    assert (ran.warnings, server.asked) == ([], [("/pods", {}, f"Bearer {KEY}")])


def test_a_vaulted_key(ansible, tmp_path) -> None:
    assert KEY not in vaulted(KEY)
    text = "api_key: !vault |\n" + "".join(f"  {line}\n" for line in vaulted(KEY).splitlines())
    with serving([said({"pods": []})]) as server:
        ran = ansible(("runpod", server.url, text), **with_password(tmp_path))
        locked = ansible(("runpod", server.url, text), **NO_KEY)
    assert (ran.warnings, server.asked) == ([], [("/pods", {}, f"Bearer {KEY}")])
    assert len(locked.warnings) == 1


PLAIN = (
    "`api_key` stands in the inventory in plain text. "
    "set RUNPOD_API_KEY instead, or encrypt it with `ansible-vault encrypt_string`"
)
REFUSED = {
    "": "there is no API key for RunPod. set RUNPOD_API_KEY, or `api_key` in the inventory to a vaulted value",
    f"api_key: {KEY}\n": PLAIN,
    f"api_key: [{KEY}]\n": PLAIN,
    f"api_key: {{key: {KEY}}}\n": PLAIN,
    f'api_key: "{KEY}{{{{ nowhere }}}}"\n': "`api_key` cannot be decrypted or filled in. "
    "give the vault's password, and look for what its template names",
    "timeout: 0\n": "`timeout` is 0. it is a number of seconds above 0, up to 100",
    "retries: -1\n": "`retries` is -1. 0 asks once",
}


def test_refused(ansible) -> None:
    with serving([said({"pods": []})]) as server:
        ran = ansible(*(("runpod", server.url, text) for text in REFUSED), **NO_KEY)
    assert ran.warnings == list(REFUSED.values())
    assert server.asked == []


def test_cache(ansible, tmp_path) -> None:
    text = f"cache: true\ncache_plugin: ansible.builtin.jsonfile\ncache_connection: {tmp_path}/cache\n"
    with serving([said(stand_in.PODS)]) as server:
        first = ansible(("runpod", server.url, text))
        second = ansible(("runpod", server.url, text))
        assert len(server.asked) == 1
    assert (first.code, second.code, second.inventory) == (0, 0, first.inventory)
    (kept,) = (tmp_path / "cache").iterdir()
    assert "secretOf" not in kept.read_text()
    with serving([said({"pods": []})]) as other:
        moved = ansible(("runpod", other.url, text))
    assert (len(other.asked), moved.variables) == (1, {})


OWN = """
strict: true
compose:
  ansible_ssh_private_key_file: "'~/.ssh/runpod'"
  dear: (rigprov_price_usd_per_hour | default(0)) > 1
groups:
  large: (rigprov_gpu_count | default(0)) >= 8
keyed_groups:
  - key: rigprov_state | lower
    prefix: state
"""


def test_variables_and_groups_of_the_user_s_own(ansible) -> None:
    with serving([said(stand_in.PODS)]) as server:
        ran = ansible(("runpod", server.url, OWN))
        wrong = ansible(("runpod", server.url, "strict: true\ncompose:\n  x: nothing_of_that_name\n"))
    found = ran.variables["chat-aaa112"]
    assert (found["ansible_ssh_private_key_file"], found["dear"]) == ("~/.ssh/runpod", True)
    assert ran.inventory["large"] == {"hosts": ["chat-aaa112"]}
    assert ran.inventory["state_exited"] == {"hosts": ["asleep"]}
    assert ["Could not set x for host chat-tier-starter" in warning for warning in wrong.warnings] == [True]
