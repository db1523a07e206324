from pathlib import Path

from rigprov.apply.child import DROP
from rigprov.apply.settings import variables


def test_the_users_settings_and_tokens_stay_out_but_the_vault_password_file() -> None:
    given = {
        "PATH": "/usr/bin",
        "HOME": "/home/me",
        "SSH_AUTH_SOCK": "/run/agent",
        "ANSIBLE_STRATEGY": "free",
        "ANSIBLE_BECOME_PASS": "x",
        "ANSIBLE_VAULT_PASSWORD_FILE": "/home/me/.vault",
        "HF_TOKEN": "hf_x",
        "RUNPOD_API_KEY": "y",
    }
    made = variables(Path("/private"), Path("/collections"), given)
    assert made[DROP] == "ANSIBLE_BECOME_PASS,ANSIBLE_STRATEGY,HF_TOKEN,RUNPOD_API_KEY"
    assert not {"ANSIBLE_VAULT_PASSWORD_FILE", "SSH_AUTH_SOCK", "HOME"} & made.keys()


def test_settings_of_rigprov_win_over_the_users() -> None:
    made = variables(Path("/private"), Path("/collections"), {"ANSIBLE_HOST_KEY_CHECKING": "False", "PATH": "/usr/bin"})
    assert (made["ANSIBLE_HOST_KEY_CHECKING"], made[DROP]) == ("True", "")
    assert made["ANSIBLE_CONFIG"] == "/private/ansible.cfg"
    assert made["ANSIBLE_COLLECTIONS_PATH"] == "/collections"
    assert made["PATH"].endswith(":/usr/bin")
