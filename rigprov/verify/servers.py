"""Measures servers that somebody else set up: one a host, at the same address as seen from each."""

from collections.abc import Callable, Iterable, Mapping
from dataclasses import replace

from rigprov.errors import RigprovError
from rigprov.facts.connection import Access
from rigprov.facts.shell import ScriptResult, run_script
from rigprov.model.plan import PlannedBenchmark
from rigprov.model.proof import Proof
from rigprov.model.target import Target
from rigprov.verify.asked import Asked, Server
from rigprov.verify.conclude import conclude
from rigprov.verify.finding import STEADY
from rigprov.verify.job import of_server, time_limit_s
from rigprov.verify.script import script


def verify_servers(
    server: Server,
    floors: Mapping[str, float],
    targets: Iterable[Target],
    access: Access,
    *,
    say: Callable[[str], None],
    asked: Asked,
) -> dict[str, Proof | RigprovError]:
    """Proof of each host; a host that could not be reached gets its error.

    Args:
        server: as seen from each host.
        floors: tokens/s by host; one that is missing has no floor.
        targets: the hosts.
        access: how to get there.
        say: progress, one line at a time.
        asked: by the user.
    """
    chosen = list(targets)
    jobs = {target.name: of_server(server, floors.get(target.name, 0.0), asked) for target in chosen}
    for target in chosen:
        say(f"{target.name}: measuring the server on port {server.port}, about a minute")
    limit = max((time_limit_s(job) for job in jobs.values()), default=0.0)
    results = run_script(chosen, access, {name: script(job) for name, job in jobs.items()}, root=True, timeout_s=limit)
    return {name: _proof(name, server, floors.get(name, 0.0), result) for name, result in results.items()}


def _proof(host: str, server: Server, floor: float, result: ScriptResult | RigprovError) -> Proof | RigprovError:
    proof = conclude(host, _benchmark(server, floor), result)
    if isinstance(proof, RigprovError):
        return proof
    measured = proof.raw.get("server")
    model = str(measured["model"]) if isinstance(measured, dict) else server.model
    return without_floor(replace(proof, model=model)) if not floor else replace(proof, model=model)


def without_floor(proof: Proof) -> Proof:
    """What can be said of a speed that has no floor to pass: whether it is steady. Other verdicts stay."""
    if proof.verdict != "pass" or proof.spread is None:
        return proof
    said = f"{len(proof.runs)} runs within {proof.spread * 100:.1f} %"
    if proof.spread > STEADY:
        fix = "let the machine do nothing else and run `rigprov verify` again"
        return replace(proof, verdict="unstable", reason=f"{said}, which is too scattered for a figure", fix=fix)
    return replace(proof, reason=f"{said}; no floor was given, so whether that is fast enough was not judged")


def _benchmark(server: Server, floor: float) -> PlannedBenchmark:
    """What the judge is to know: the floor. There is no file to compare with."""
    return PlannedBenchmark(
        model=server.model, path="", sha256="", size_bytes=0, context=0, floor=floor, machine_class="", reason=""
    )
