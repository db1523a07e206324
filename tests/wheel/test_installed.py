"""The built wheel, installed in an environment of its own and used from outside the checkout."""

import json
import os
import subprocess
import sys
import tarfile
import zipfile
from pathlib import Path

import pytest

import rigprov
from tests.meta.checkout import ROLES, ROOT
from tests.unit.cloud.api import PODS, said, serving

pytestmark = pytest.mark.wheel

CONTENT = "rigprov/_collections/ansible_collections/rigprov/workstation"


def run(*words: str | Path, cwd: Path) -> subprocess.CompletedProcess[str]:
    """Run a program without anything that would lead Python or Ansible back to the checkout."""
    env = {name: value for name, value in os.environ.items() if not name.startswith(("PYTHON", "ANSIBLE", "VIRTUAL_ENV"))}
    return subprocess.run([str(word) for word in words], cwd=cwd, env=env, capture_output=True, text=True, check=False)


@pytest.fixture(scope="module")
def wheel(tmp_path_factory: pytest.TempPathFactory) -> Path:
    folder = tmp_path_factory.mktemp("dist")
    done = run(sys.executable, "-m", "hatchling", "build", "-t", "wheel", "-d", folder, cwd=ROOT)
    assert done.returncode == 0, done.stdout + done.stderr
    (built,) = folder.glob("*.whl")
    return built


@pytest.fixture(scope="module")
def installed(wheel: Path, tmp_path_factory: pytest.TempPathFactory) -> Path:
    """Folder `bin` of a fresh environment with the wheel and the dependencies that it declares."""
    home = tmp_path_factory.mktemp("venv")
    made = run(sys.executable, "-m", "venv", home, cwd=home)
    assert made.returncode == 0, made.stderr
    filled = run(home / "bin/pip", "install", "--quiet", wheel, cwd=home)
    assert filled.returncode == 0, filled.stderr
    return home / "bin"


def test_the_wheel_carries_roles_and_playbooks_and_no_tests(wheel: Path) -> None:
    names = zipfile.ZipFile(wheel).namelist()
    roles = {name.split("/")[6] for name in names if name.startswith(f"{CONTENT}/roles/")}

    assert roles == {role.name for role in ROLES}
    assert [name for name in (f"{CONTENT}/playbooks/site.yml", f"{CONTENT}/playbooks/rollback.yml") if name not in names] == []
    templates = {path.name for path in (ROOT / "rigprov/report/templates").iterdir()}
    assert {name.rpartition("/")[2] for name in names if name.startswith("rigprov/report/templates/")} == templates
    unattended = {f"rigprov/unattended/{name}" for name in ("install.sh", "aws.tf", "gcp.tf", "azure.tf")}
    assert {"rigprov/lock.txt", "rigprov/catalog/rentals.csv", *unattended} <= set(names)
    assert {name.split("/")[0] for name in names} == {"rigprov", f"rigprov-{rigprov.__version__}.dist-info"}


def test_version_and_tiers_run_from_anywhere(installed: Path, tmp_path: Path) -> None:
    version = run(installed / "rigprov", "--version", cwd=tmp_path)
    tiers = run(installed / "rigprov", "tiers", "--json", cwd=tmp_path)

    assert (version.returncode, version.stdout) == (0, f"rigprov {rigprov.__version__}\n")
    assert tiers.returncode == 0, tiers.stderr
    text = json.dumps(json.loads(tiers.stdout))
    assert [name for name in ("starter", "intermediate", "advanced") if name not in text] == []


def test_it_finds_its_own_roles_not_the_checkouts(installed: Path, tmp_path: Path) -> None:
    code = "from rigprov.catalog import content; import rigprov; print(rigprov.__file__)"
    done = run(installed / "python", "-c", code, cwd=tmp_path)

    assert done.returncode == 0, done.stderr
    assert Path(done.stdout.strip()).is_relative_to(installed.parent)


def test_ansible_finds_the_playbook_in_the_wheel(installed: Path, tmp_path: Path) -> None:
    (site,) = installed.parent.glob(f"lib/*/site-packages/{CONTENT}/playbooks/site.yml")
    collections = site.parents[4]
    setting = f"ANSIBLE_COLLECTIONS_PATH={collections}"
    words = ("-i", "localhost,", "--syntax-check", "rigprov.workstation.site")
    done = run("env", setting, installed / "ansible-playbook", *words, cwd=tmp_path)

    assert (done.returncode, done.stdout.split()) == (0, ["playbook:", str(site)]), done.stderr


def test_inventories_of_rented_machines_are_found_in_the_wheel(installed: Path, tmp_path: Path) -> None:
    (tmp_path / "pods.yml").write_text("plugin: rigprov.workstation.runpod\n")
    with serving([said(PODS)]) as server:
        key = ("env", "RUNPOD_API_KEY=a-key-of-a-test", f"RIGPROV_RUNPOD_URL={server.url}")
        waiting = run(*key, installed / "rigprov", "facts", "-i", "pods.yml", "asleep", cwd=tmp_path)
        (collections,) = installed.parent.glob("lib/*/site-packages/rigprov/_collections")
        setting = f"ANSIBLE_COLLECTIONS_PATH={collections}"
        listed = run(*key, setting, installed / "ansible-inventory", "-i", "pods.yml", "--graph", "runpod_stopped", cwd=tmp_path)

    assert (waiting.returncode, waiting.stderr.splitlines()[0]) == (
        2,
        "error: `asleep` of `pods.yml` is not ready: it is stopped",
    )
    assert listed.stdout == "@runpod_stopped:\n  |--asleep\n", listed.stderr


def test_the_collection_holds_roles_and_playbooks_only(tmp_path: Path) -> None:
    galaxy = Path(sys.executable).parent / "ansible-galaxy"
    done = run(galaxy, "collection", "build", "--output-path", tmp_path, ROOT, cwd=tmp_path)
    assert done.returncode == 0, done.stderr
    (archive,) = tmp_path.glob("*.tar.gz")
    with tarfile.open(archive) as files:
        names = files.getnames()

    folders = {name.split("/")[0] for name in names if "/" in name}
    assert folders - {"plugins"} == {"roles", "playbooks", "meta"}
    assert {name.split("/")[1] for name in names if name.startswith("roles/")} == {role.name for role in ROLES}
    allowed = {"MANIFEST.json", "FILES.json", "README.md", "LICENSE", "CHANGELOG.md", "CONTRIBUTING.md"}
    assert {name for name in names if "/" not in name} - folders <= allowed
