"""Which CUDA toolkit builds for which GPU, and which driver runs what it built."""

# Compute capability -> first CUDA release whose compiler knows it.
# Source: llama.cpp, ggml/src/ggml-cuda/CMakeLists.txt (2025), and the release notes of CUDA 11.0, 11.1, 11.8, 12.8, 12.9.
FIRST_RELEASE: dict[tuple[int, int], tuple[int, int]] = {
    (8, 0): (11, 0),
    (8, 6): (11, 1),
    (8, 7): (11, 4),
    (8, 9): (11, 8),
    (9, 0): (11, 8),
    (10, 0): (12, 8),
    (12, 0): (12, 8),
    (10, 3): (12, 9),
    (12, 1): (12, 9),
}

# CUDA 13 compiles for Turing (7.5) and newer only. Source: CUDA 13.0 release notes, "Deprecated Architectures" (2025).
OLDEST_SINCE_13 = (7, 5)

# First driver branch that runs programs of each major release, by minor-version compatibility.
# Source: CUDA Toolkit release notes, table "CUDA Toolkit and Minimum Required Driver Version for CUDA Minor Version
# Compatibility" (2025).
FIRST_DRIVER = {11: 450, 12: 525, 13: 580}


def pair(text: str) -> tuple[int, int] | None:
    """ "12.4" as numbers; None when it is no such thing."""
    major, dot, minor = text.partition(".")
    return (int(major), int(minor)) if dot and major.isdigit() and minor.isdigit() else None


def unable(release: str, capability: str) -> str | None:
    """Why the toolkit of this release cannot build for a GPU of this compute capability; None when it can."""
    toolkit, gpu = pair(release), pair(capability)
    if toolkit is None or gpu is None:
        return None
    first = FIRST_RELEASE.get(gpu)
    if first is not None and toolkit < first:
        return (
            f"CUDA {release} cannot build for this GPU (compute capability {capability}): CUDA {first[0]}.{first[1]} is the first"
        )
    if toolkit[0] >= 13 and gpu < OLDEST_SINCE_13:  # noqa: PLR2004
        return f"CUDA {release} no longer builds for this GPU (compute capability {capability}): CUDA 12 is the last that does"
    return None


def too_old(release: str, driver: str) -> str | None:
    """Why a driver cannot run what the toolkit of this release builds; None when it can."""
    toolkit, branch = pair(release), driver.partition(".")[0]
    if toolkit is None or not branch.isdigit():
        return None
    first = FIRST_DRIVER.get(toolkit[0])
    if first is None or int(branch) >= first:
        return None
    return f"driver {driver} cannot run programs of CUDA {release}: they need driver {first} or newer"
