"""What values must look like beyond their type: those that a role would refuse on any host are refused before one is touched.

The roles check the same in their preflight, since they can be run without rigprov's command line.
"""

import posixpath
import re
from collections.abc import Callable, Mapping
from typing import NamedTuple

_NAMES = ("", "home", "root", "srv", "var", "usr", "etc", "opt", "mnt", "media", "tmp", "boot", "dev", "proc", "sys")
SYSTEM = frozenset(f"/{name}" for name in _NAMES)  # they hold more than models
_PATH = re.compile(r"(/[A-Za-z0-9._@+-]+)+")
_PASSING = re.compile(r"/(dev|proc|run|sys)(/|$)")  # nothing there lasts
_PATH_WORDS = "letters, digits and . _ @ + -; no .. and no slash too many; not below /dev, /proc, /run or /sys"


class Form(NamedTuple):
    """Which values fit, and in words what they are: the rest of "must be ..."."""

    fits: Callable[[object], bool]
    words: str


def is_path(value: object) -> bool:
    """Whether roles take it as a path of their own."""
    text = str(value)
    return bool(_PATH.fullmatch(text)) and posixpath.normpath(text) == text and not _PASSING.match(text)


def problem(name: str, value: object) -> str | None:
    """What the value of this variable, or an item of its list, must be; None where it is that, or where anything goes."""
    form = FORMS.get(name)
    return None if form is None or not isinstance(value, str | int) or form.fits(value) else form.words


def _text(pattern: str, words: str) -> Form:
    known = re.compile(pattern)
    return Form(lambda value: bool(known.fullmatch(str(value))), words)


def _number(least: int, most: int | None = None) -> Form:
    words = f"at least {least}" if most is None else f"{least} to {most}"
    return Form(lambda value: isinstance(value, int) and value >= least and (most is None or value <= most), words)


def _path(example: str, *, shared: bool = True, empty: bool = False) -> Form:
    """`shared`: it may hold other things as well. `empty`: "" stands for none."""
    alone = "" if shared else ", a directory for models alone"

    def fits(value: object) -> bool:
        return (empty and value == "") or (is_path(value) and (shared or value not in SYSTEM))

    return Form(fits, f"an absolute path such as {example}{alone} ({_PATH_WORDS})")


_ACCOUNT = _text(r"[a-z_][a-z0-9_-]{0,31}", "a name of lower-case letters, digits, _ and - (32 at most)")
_SOMEBODY = _text(r"[^\s:,/]{1,256}", "the name of an account, without blanks, colons, commas and slashes")
_PACKAGE = _text(r"[a-z0-9][A-Za-z0-9+.:=~_-]+", "a package's name")
_SHA256 = _text(r"[0-9a-f]{64}", "64 hexadecimal digits in lower case")
_MODELS = _path("/srv/models", shared=False)

FORMS: Mapping[str, Form] = {
    "base_packages": _PACKAGE,
    "cuda_toolkit_home": _path("/usr/local/cuda-12.9"),
    "cuda_toolkit_packages": _PACKAGE,
    "cuda_toolkit_release": _text(r"\d+\.\d+", "a release such as 12.9"),
    "docker_containerd_root": _path("/var/lib/containerd"),
    "docker_data_root": _path("/var/lib/docker"),
    "docker_log_max_file": _number(1),
    "docker_log_max_size": _text(r"[1-9]\d*[kmgKMG]?", "a size such as 50m (k, m or g)"),
    "docker_packages": _PACKAGE,
    "docker_repository_fingerprint": _text(r"[0-9A-F]{40}", "40 hexadecimal digits in capitals, without blanks"),
    "docker_repository_url": _text(r"https?://[^/\s][^\s]*", "an address that begins with https:// or http://"),
    "docker_users": _SOMEBODY,
    "llm_runtime_archive": _text(r"(/[^\"\n]+|https://[^\s\"]+)?", "an absolute path on the controller, or an https address"),
    "llm_runtime_archive_sha256": _text(r"([0-9a-f]{64})?", _SHA256.words),
    "llm_runtime_build_architectures": _text(r"[0-9a-z;-]*", "CUDA architectures such as 86-real;89-real, or native"),
    "llm_runtime_build_flags": _text(r"-D[A-Za-z0-9_]+=.*", "an option of CMake such as -DGGML_NATIVE=OFF"),
    "llm_runtime_build_jobs": _number(1),
    "llm_runtime_build_nvcc": _path("/usr/local/cuda/bin/nvcc"),
    "llm_runtime_context": _number(1),
    "llm_runtime_gpu_layers": _text(r"all|\d+", "all, or a whole number"),
    "llm_runtime_group": _ACCOUNT,
    "llm_runtime_home": Form(lambda value: is_path(value) and str(value).count("/") > 1, "an absolute path such as /opt/llm"),
    "llm_runtime_host": _text(r"[0-9A-Za-z.:_-]+", "an address or name such as 127.0.0.1"),
    "llm_runtime_model": _text(r"(/.+)?", "an absolute path of a model file"),
    "llm_runtime_port": _number(1, 65535),
    "llm_runtime_prompt_cache_mib": _number(0),
    "llm_runtime_sdist": _text(r"[0-9A-Za-z._-]+==[0-9A-Za-z.]+", "NAME==VERSION"),
    "llm_runtime_sdist_sha256": _SHA256,
    "llm_runtime_start_timeout_s": _number(1),
    "llm_runtime_threads": _number(0),
    "llm_runtime_user": _ACCOUNT,
    "llm_runtime_version": _text(r"[0-9A-Za-z][0-9A-Za-z.+-]*", "a version"),
    "llm_runtime_wheel_sha256": _SHA256,
    "model_storage_group": _ACCOUNT,
    "model_storage_mount": _path("/srv/models", shared=False, empty=True),
    "model_storage_mount_options": _text(r"[A-Za-z0-9._=,:@/+-]+", "mount options with commas between, without blanks"),
    "model_storage_move_from": _path("/home/ada/models", shared=False, empty=True),
    "model_storage_path": _MODELS,
    "model_storage_users": _SOMEBODY,
    "models_group": _ACCOUNT,
    "models_min_free_mib": _number(0),
    "models_path": _MODELS,
    "models_retries": _number(0),
    "models_token_host": _text(r"[0-9A-Za-z.-]+(:\d+)?", "a host's name such as huggingface.co"),
    "models_wanted.file": _text(r"[A-Za-z0-9][A-Za-z0-9._+-]*[.]gguf", "a file's name that ends in .gguf, without directories"),
    "models_wanted.sha256": _SHA256,
    "models_wanted.size_bytes": _number(1),
    "models_wanted.url": _text(r"https://[^\s\"\\@]+", "an https address without credentials"),
    "models_wanted.wheel_requirement": _text(r"[A-Za-z0-9._-]+==[A-Za-z0-9.+!_-]+", "NAME==VERSION"),
    "models_wanted.wheel_sha256": _SHA256,
    "nvidia_container_toolkit_packages": _PACKAGE,
    "nvidia_driver_branch": _text(r"\d{3,4}", "a branch's number such as 580"),
    "nvidia_driver_packages": _PACKAGE,
    "swap_file": _path("/swapfile"),
    "swap_size_mib": Form(
        lambda value: isinstance(value, int) and (value == 0 or value >= 16),  # noqa: PLR2004 - as the role has it
        "in MiB, 16 or more (8192 makes 8 GiB), or 0 to leave swap as it is",
    ),
    "swap_swappiness": _number(0, 200),
}
