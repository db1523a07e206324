"""What the plan promises of a machine: all that the controls are told, and they are told no more than that."""

import json
from collections.abc import Mapping
from dataclasses import asdict, dataclass, fields
from pathlib import Path

from rigprov.errors import UsageError
from rigprov.model.plan import Plan


@dataclass(frozen=True)
class Promises:
    """In a tier's words. What is None is not promised, and looked for on the machine.

    Args:
        roles: which roles the plan runs; None: there is no plan.
        base_packages: that role base installs, where the plan says so; None: its usual ones.
        models_path: directory of the models.
        models_group: group that shares it.
        models_mount: file system of its own under it; "": none.
        models: file name -> (size in bytes, sha256), of the files that have to be there.
        served: path of the model that is served; "": none; None: whichever.
        port: of the API.
        address: that the API listens on.
        supervisor: "systemd" or "script".
        gpu: the engine computes on a GPU.
        docker_root: Docker's data directory.
        containerd_root: containerd's.
        swap_mib: least size of all swap.
        swappiness: the kernel's setting.
        cuda_release: of the compiler.
    """

    roles: tuple[str, ...] | None = None
    base_packages: tuple[str, ...] | None = None
    models_path: str = "/srv/models"
    models_group: str = "models"
    models_mount: str = ""
    models: Mapping[str, tuple[int, str]] | None = None
    served: str | None = None
    port: int = 8080
    address: str = "127.0.0.1"
    supervisor: str = "systemd"
    gpu: bool | None = None
    docker_root: str | None = None
    containerd_root: str | None = None
    swap_mib: int | None = None
    swappiness: int | None = None
    cuda_release: str | None = None

    def text(self) -> str:
        """As JSON."""
        return json.dumps(asdict(self), indent=2)


def from_plan(plan: Plan) -> Promises:
    """What a plan promises."""
    values = plan.variables()
    swap = _number(values.get("swap_size_mib"))
    return Promises(
        roles=plan.roles,
        base_packages=_names(values.get("base_packages")),
        models_path=str(values.get("models_path") or values.get("model_storage_path") or "/srv/models"),
        models_group=str(values.get("model_storage_group") or values.get("models_group") or "models"),
        models_mount=str(values.get("llm_runtime_required_mount") or ""),
        models=_models(values.get("models_wanted")),
        served=str(values.get("llm_runtime_model") or "") if "llm_runtime" in plan.roles else None,
        port=_number(values.get("llm_runtime_port")) or 8080,
        address=str(values.get("llm_runtime_host") or "127.0.0.1"),
        supervisor=str(values.get("llm_runtime_supervisor") or "systemd"),
        gpu=str(values.get("llm_runtime_gpu_layers") or "0") != "0",
        docker_root=_text(values.get("docker_data_root")),
        containerd_root=_text(values.get("docker_containerd_root")),
        swap_mib=swap,
        swappiness=_number(values.get("swap_swappiness", 10)) if "swap" in plan.roles else None,
        cuda_release=_text(values.get("cuda_toolkit_release")),
    )


def read(path: Path) -> Promises:
    """From a file.

    Raises:
        UsageError: it cannot be read, or says what no promise is.
    """
    try:
        raw = json.loads(path.read_text(encoding="utf-8"))
    except (OSError, ValueError) as error:
        raise UsageError(f"promises `{path}` cannot be read: {error}") from error
    names = {field.name for field in fields(Promises)}
    if not isinstance(raw, dict) or set(raw) - names:
        unknown = sorted(set(raw) - names) if isinstance(raw, dict) else "no mapping"
        raise UsageError(f"promises `{path}` hold {unknown}", hint=f"known are {', '.join(sorted(names))}")
    for name in ("roles", "base_packages"):
        if isinstance(raw.get(name), list):
            raw[name] = tuple(raw[name])
    if isinstance(raw.get("models"), dict):
        raw["models"] = {name: (int(size), str(digest)) for name, (size, digest) in raw["models"].items()}
    return Promises(**raw)


def _models(wanted: object) -> dict[str, tuple[int, str]] | None:
    if not isinstance(wanted, list):
        return None
    items = [item for item in wanted if isinstance(item, Mapping)]
    return {str(one["file"]): (int(one["size_bytes"]), str(one["sha256"])) for one in items}


def _number(value: object) -> int | None:
    return int(value) if isinstance(value, int | float | str) and str(value).strip().lstrip("-").isdigit() else None


def _text(value: object) -> str | None:
    return str(value) if value else None


def _names(value: object) -> tuple[str, ...] | None:
    return tuple(map(str, value)) if isinstance(value, list) else None
