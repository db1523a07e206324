"""Whether a container gets the GPUs. Words in `docker info` prove nothing; a container that ran does."""

from rigprov.doctor.layer import broken, does_not_apply, fine, not_known, not_proved
from rigprov.doctor.layers.container_causes import causes, stale_specs
from rigprov.doctor.layers.container_notes import notes
from rigprov.doctor.layers.docker import NO_IMAGE, Engine, Tried
from rigprov.doctor.seen import Seen, clipped, listed
from rigprov.model.diagnosis import Finding, Layer
from rigprov.model.host import Missing

_UNKNOWN_ERROR = "Failed to initialize NVML: Unknown Error"
_BY_HAND = "`docker run --rm --gpus all ubuntu nvidia-smi` shows it, and fetches an image"


def judge(seen: Seen) -> Layer:
    """Docker's absence is no fault."""
    engine = Engine(seen)
    return _judged(engine) if engine.info else _silent(engine)


def _silent(engine: Engine) -> Layer:
    """`docker info` told nothing."""
    seen, rc = engine.seen, engine.seen.rc("docker-info")
    if rc is not None and not engine.installed:
        return does_not_apply("container", "Docker is not installed")
    if not rc or "ermission denied" in seen.words("docker-info"):  # not asked, or an answer that makes no sense
        return not_known("container", seen.why("docker-info"))
    return broken("container", [_no_engine(seen)])


def _judged(engine: Engine) -> Layer:
    """The engine answers; containers tell the rest."""
    if lost := [one for one in engine.inside if _UNKNOWN_ERROR in one.said]:
        return broken("container", [_lost(lost)], notes(engine))
    worked = [one for one in engine.runs if one.gpus]
    if worked:
        return _worked(engine, worked)
    failed = [one for one in engine.runs if not one.silent]
    if failed:
        return broken("container", _failed(engine, failed), notes(engine))
    return _not_tried(engine)


def _no_engine(seen: Seen) -> Finding:
    return Finding(
        "docker-not-running",
        "Docker is installed, but its engine does not answer",
        seen.quote("docker-info", limit=2),
        "`systemctl start docker`; `journalctl -u docker` says why it does not start (often a daemon.json that is no valid JSON)",
    )


def _lost(lost: list[Tried]) -> Finding:
    names = [one.what.split()[0].lstrip("/") for one in lost]
    return Finding(
        "container-lost-gpu",
        f"running containers have lost their GPUs: {listed(names)}; a `systemctl daemon-reload` took the devices away",
        tuple(clipped(line) for one in lost[:2] for line in one.evidence[:2]),
        "start these containers anew; then have GPUs handed over by CDI (`--device nvidia.com/gpu=all`), which such a reload "
        "does not undo; `nvidia-ctk system create-dev-char-symlinks --create-all` at every boot is the other way",
    )


def _worked(engine: Engine, worked: list[Tried]) -> Layer:
    """The GPUs inside must be those of the host."""
    told = engine.seen.told
    wanted = frozenset() if isinstance(told, Missing) else frozenset(one.uuid for one in told)
    best = max(worked, key=lambda one: len(one.gpus & wanted))
    missing = [] if isinstance(told, Missing) else [one for one in told if one.uuid not in best.gpus and not one.mig]
    if missing:
        return broken("container", [_fewer(engine, best, [f"GPU {one.index}" for one in missing])], notes(engine))
    others = [_other_way(engine, one) for one in engine.runs if not one.silent and not one.gpus]
    return fine("container", f"`{best.what}` saw {len(best.gpus)} GPU{'s' * (len(best.gpus) > 1)}", [*others, *notes(engine)])


def _fewer(engine: Engine, best: Tried, missing: list[str]) -> Finding:
    stale = stale_specs(engine)
    fix = "`systemctl restart nvidia-cdi-refresh`, or `nvidia-ctk cdi generate --output=/etc/cdi/nvidia.yaml`"
    evidence = (*best.evidence, *(stale[0].evidence if stale else ()))
    return Finding("container-fewer-gpus", f"a container does not get {listed(missing)}", tuple(map(clipped, evidence)), fix)


def _other_way(engine: Engine, failed: Tried) -> Finding:
    found = causes(engine, failed)
    return Finding("container-one-way", f"`{failed.what}` fails: {found[0].what}", found[0].evidence, found[0].fix)


def _failed(engine: Engine, failed: list[Tried]) -> list[Finding]:
    found: dict[str, Finding] = {}
    for finding in (finding for one in failed for finding in causes(engine, one)):
        found.setdefault(finding.code, finding)
    return sorted(found.values(), key=lambda one: one.code == "container-failed")  # the one without a cause last


def _not_tried(engine: Engine) -> Layer:
    """What can be said without having run one."""
    if found := causes(engine, None):
        return broken("container", found, notes(engine))
    if engine.seen.rc("container-run") == NO_IMAGE:
        said = "there is no image here to run a container of, and none is fetched"
    else:
        said = "no image that is here can run nvidia-smi" if engine.runs else engine.seen.why("container-run")
    return not_proved("container", said, _BY_HAND, notes(engine))
