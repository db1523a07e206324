"""Docker: where it comes from, where its data lies, and what stands in its way."""

from rigprov.model.host import Docker
from rigprov.model.missing import Missing
from rigprov.model.plan import Blocker, Chosen, Decision, Destructive
from rigprov.plan.case import Case
from rigprov.plan.consent import REMOVE_CONFLICTS
from rigprov.plan.environment import no_services
from rigprov.plan.storage import Place

# Releases that Docker publishes packages for (docs.docker.com/engine/install, 2026).
SUPPORTED = {"ubuntu": ("jammy", "noble", "questing", "resolute"), "debian": ("bookworm", "trixie")}
OWN = ("docker-ce", "docker-ce-cli", "containerd.io", "docker-buildx-plugin", "docker-compose-plugin")
DISTRIBUTION = ("docker.io", "docker-doc", "docker-compose", "docker-compose-v2", "docker-engine", "containerd", "runc")
CONFLICTS = {
    "repository": (*DISTRIBUTION, "podman-docker"),
    "distribution": (*OWN, "docker-engine", "podman-docker"),
}
DATA_ROOT, CONTAINERD_ROOT = "/var/lib/docker", "/var/lib/containerd"


def decide(case: Case, place: Place) -> Decision:
    """Values of the role `docker`, or why it is left out."""
    if reason := _skip(case):
        return Decision(skip=reason)
    source = _source(case)
    conflicts = tuple(package.name for package in case.installed(*CONFLICTS[str(source.value)]))
    given = case.consent.remove_conflicts or case.wish("docker_remove_conflicts") is True
    removals = (
        (Destructive("docker", f"removes the packages {', '.join(conflicts)}", REMOVE_CONFLICTS, given),) if conflicts else ()
    )
    why = f"{REMOVE_CONFLICTS} was {'given' if given else 'not given'}"
    return Decision(
        values={
            "docker_source": source,
            **_roots(case, place),
            "docker_conflicts": Chosen(list(conflicts), "installed packages that cannot stay beside this Docker"),
            "docker_remove_conflicts": Chosen(bool(conflicts) and given, why if conflicts else "nothing to remove"),
        },
        blockers=(*_conflict_blockers(conflicts, str(source.value), given), *_state_blockers(case.facts.docker)),
        warnings=_warnings(case, source),
        destructive=removals,
        reason=_reason(case, str(source.value)),
    )


def _skip(case: Case) -> str | None:
    if reason := no_services(case.environment):
        return reason
    if case.environment.kind == "container" and not case.facts.virtualisation.can_admin:
        return "this container may not mount file systems, which Docker needs for its images"
    return None


def _source(case: Case) -> Chosen:
    """The user's word, else what is installed, else what can be had."""
    wish = case.wish("docker_source")
    if wish is not None:
        return Chosen(wish, "`docker_source` is set")
    if case.installed("docker-ce"):
        return Chosen("repository", "Docker's own package (docker-ce) is here already and is kept")
    if case.installed("docker.io"):
        return Chosen("distribution", "the distribution's package (docker.io) is here already and is kept")
    return _obtainable(case)


def _obtainable(case: Case) -> Chosen:
    if case.wish("docker_repository_url") is not None:
        return Chosen("repository", "`docker_repository_url` names a mirror")
    release = case.facts.os
    if release.codename not in SUPPORTED.get(release.id, ()):
        return Chosen("distribution", f"Docker publishes no packages for {release.pretty}")
    answers = case.answers("docker_repository")
    if answers:
        return Chosen("repository", f"Docker publishes packages for {release.pretty}, and download.docker.com answers")
    why = "does not answer from this host" if answers is False else "could not be asked from this host"
    return Chosen("distribution", f"download.docker.com {why}")


def _roots(case: Case, place: Place) -> dict[str, Chosen]:
    """Data roots follow the models' own disk on a fresh install; a Docker that is here keeps its data where it is."""
    docker = case.facts.docker
    wish = case.wish("docker_data_root")
    if wish is not None:
        data, why = str(wish), "`docker_data_root` is set"
    elif isinstance(docker, Docker):
        data = docker.data_root if isinstance(docker.data_root, str) else _configured(docker)
        why = "the Docker that is here has its data there; moving it would hide its images and volumes"
    elif place.ephemeral:
        data, why = DATA_ROOT, "the disk for models comes back blank after a stop, and Docker's volumes must not"
    elif place.own_mount:
        data, why = f"{place.own_mount}/docker", f"{place.own_mount} is the disk for models, so images do not fill the root disk"
    else:
        data, why = DATA_ROOT, "there is no disk of its own for models"
    follows = bool(place.own_mount) and data.startswith(f"{place.own_mount}/")
    return {
        "docker_data_root": Chosen(data, why),
        "docker_containerd_root": _containerd_root(docker, place.own_mount if follows else None),
        "docker_required_mount": Chosen(place.own_mount if follows else "", f"Docker must not start before {data} is mounted"),
    }


def _containerd_root(docker: Docker | Missing | None, mount: str | None) -> Chosen:
    """Where the images of Docker 29 lie: they stay where they are, and follow the data on a fresh install."""
    if isinstance(docker, Docker):
        # Missing: the role's default leaves containerd's own setting alone
        root = docker.containerd_root if isinstance(docker.containerd_root, str) else CONTAINERD_ROOT
        return Chosen(root, "the Docker that is here has its images there; moving it would hide them")
    if mount:
        return Chosen(f"{mount}/containerd", "beside Docker's data, since Docker 29 keeps its images in containerd")
    return Chosen(CONTAINERD_ROOT, "there is no disk of its own for models")


def _configured(docker: Docker) -> str:
    if docker.daemon_json is None or isinstance(docker.daemon_json, Missing):
        return DATA_ROOT
    return str(docker.daemon_json.get("data-root", DATA_ROOT))


def _conflict_blockers(conflicts: tuple[str, ...], source: str, given: bool) -> tuple[Blocker, ...]:
    if not conflicts or given:
        return ()
    message = f"{', '.join(conflicts)} cannot stay beside Docker from {_origin(source)}"
    other = "distribution" if source == "repository" else "repository"
    keep = "" if set(conflicts) & set(CONFLICTS[other]) else f", or keep them: --set docker.source={other}"
    fix = f"agree to their removal with {REMOVE_CONFLICTS} (images and volumes stay){keep}"
    return (Blocker("docker-conflicts", message, fix),)


def _state_blockers(docker: Docker | Missing | None) -> tuple[Blocker, ...]:
    if not isinstance(docker, Docker):
        return ()
    found = []
    if docker.snap:
        fix = "save what you need, then `sudo snap remove docker`; the snap cannot use GPUs or a data directory outside its own"
        found.append(Blocker("docker-snap", "Docker is installed as a snap", fix))
    if isinstance(docker.daemon_json, Missing):
        message = f"/etc/docker/daemon.json cannot be used: {docker.daemon_json.reason}"
        found.append(Blocker("docker-daemon-json", message, "mend the file; rigprov adds to it and never overwrites it"))
    return tuple(found)


def _warnings(case: Case, source: Chosen) -> tuple[str, ...]:
    found = []
    if isinstance(case.facts.packages, Missing):
        found.append(
            f"installed packages could not be read ({case.facts.packages.reason}), so conflicts with Docker are not known"
        )
    if source.value == "repository" and case.answers("docker_repository") is False:
        found.append("download.docker.com does not answer from this host, so Docker's own packages cannot be fetched or updated")
    return tuple(found)


def _origin(source: str) -> str:
    return "Docker's own repository" if source == "repository" else "the distribution"


def _reason(case: Case, source: str) -> str:
    if isinstance(case.facts.docker, Docker):
        return f"Docker {case.facts.docker.version} is here; its settings are completed"
    return f"Docker from {_origin(source)}, with log rotation"
