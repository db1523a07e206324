import pytest

from rigprov.facts.connection import Access
from rigprov.model.plan import Blocker, Environment, Plan
from rigprov.model.proof import Proof
from rigprov.verify.asked import Asked
from rigprov.verify.run import verify
from tests.unit.verify.cases import BENCHMARK


@pytest.mark.parametrize(
    ("blockers", "reason", "fix"),
    [
        ((), "tier mine has no benchmark for this host", "give the tier a benchmark, or take another tier"),
        ((Blocker("ram-short", "too little RAM", "add some"),), "nothing to measure: too little RAM", "add some"),
    ],
)
def test_a_plan_without_a_benchmark(blockers: tuple[Blocker, ...], reason: str, fix: str) -> None:
    place = Environment("vm", systemd=True, provider=None, why="")
    plan = Plan("web1", "mine", place, (), blockers, (), (), None, None)
    proof = verify({"web1": plan}, [], Access(), say=lambda _: None)["web1"]
    assert isinstance(proof, Proof)
    assert (proof.verdict, proof.reason, proof.fix) == ("not measured", reason, fix)


def test_synthetic_weights_of_a_model_without_a_known_shape() -> None:
    place = Environment("vm", systemd=True, provider=None, why="")
    plan = Plan("web1", "mine", place, (), (), (), (), None, BENCHMARK)
    proof = verify({"web1": plan}, [], Access(), say=lambda _: None, asked=Asked(synthetic=True))["web1"]
    assert isinstance(proof, Proof)
    assert (proof.verdict, proof.reason) == ("not measured", "there is no model `tiny` in the catalogue")
