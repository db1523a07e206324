"""How a proof differs from the last one of its kind, and what changed on the machine meanwhile. Pure."""

from collections.abc import Iterable
from dataclasses import replace

from rigprov.model.proof import Proof, Since
from rigprov.model.record import Machine, Record

_NOTICEABLE_RAM = 0.01  # share; a new kernel reserves some MiB more or less


def with_difference(record: Record, before: Record | None) -> Record:
    """`record` with its difference to `before`, the newest of the earlier ones that it is `comparable` with."""
    return replace(record, proof=replace(record.proof, since=_since(record, before) if before else None))


def comparable(one: Proof, other: Proof) -> bool:
    """Same host, model, weights and kind of engine, both measured and neither of them wrong (its figure means nothing)."""
    usable = all(proof.median and proof.verdict != "wrong" for proof in (one, other))
    return usable and _kind(one) == _kind(other)


def engine_kind(engine: str) -> str:
    """The engine's name without its version: "xllamacpp 2026.10" is "xllamacpp"."""
    return (engine.split() or [""])[0]


def _kind(proof: Proof) -> tuple[str, str, str, str]:
    return proof.host, proof.model, proof.weights, engine_kind(proof.engine)


def _since(now: Record, before: Record) -> Since | None:
    new, old = now.proof, before.proof
    if not (new.median and old.median):
        return None
    return Since(
        taken=old.taken,
        median=old.median,
        change=round(new.median / old.median - 1, 4),
        within_scatter=_overlap(new, old),
        changes=(*_machine(before.machine, now.machine), *_settings(old, new)),
    )


def _overlap(new: Proof, old: Proof) -> bool:
    """Whether the ranges of the runs have a speed in common: then the difference may be chance."""
    if new.minimum is None or new.maximum is None or old.minimum is None or old.maximum is None:
        return False
    return new.minimum <= old.maximum and old.minimum <= new.maximum


def _machine(old: Machine, new: Machine) -> list[str]:
    """What most often costs or gains speed comes first."""
    ram = abs(new.ram_mib - old.ram_mib) > _NOTICEABLE_RAM * max(old.ram_mib, 1)
    pairs = [
        ("driver", old.driver, new.driver),
        ("GPUs", "; ".join(old.gpus), "; ".join(new.gpus)),
        ("kernel", old.kernel, new.kernel),
        ("system", old.os, new.os),
        ("processor", old.cpu, new.cpu),
        ("cores", old.cores, new.cores),
        ("memory", _gib(old.ram_mib), _gib(new.ram_mib if ram else old.ram_mib)),
        ("machine", old.kind, new.kind),
        ("Docker", old.docker, new.docker),
    ]
    return _differing(pairs)


def _settings(old: Proof, new: Proof) -> list[str]:
    """How the engine ran. What one of the two did not say is no change."""
    pairs = [
        ("engine", old.engine, new.engine),
        ("back end", old.backend, new.backend),
        ("layers on GPUs", old.layers_offloaded, new.layers_offloaded),
        ("threads", old.threads, new.threads),
        ("context", old.context, new.context),
        ("power limits", _power(old), _power(new)),
        ("model file's sha256", old.model_sha256[:16], new.model_sha256[:16]),
    ]
    return _differing([(name, was, is_now) for name, was, is_now in pairs if was not in (None, "") and is_now not in (None, "")])


def _differing(pairs: Iterable[tuple[str, object, object]]) -> list[str]:
    return [f"{name} {_word(was)} \u2192 {_word(is_now)}" for name, was, is_now in pairs if was != is_now]


def _word(value: object) -> str:
    return "none" if value in (None, "") else str(value)


def _gib(mib: int) -> str:
    return f"{mib / 1024:.1f} GiB"


def _power(proof: Proof) -> str:
    limits = [device.power_limit_w for device in proof.devices]
    return ", ".join(f"{limit:.0f} W" for limit in limits if limit is not None)
