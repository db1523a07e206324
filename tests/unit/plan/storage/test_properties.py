"""No plan ever formats a disk that holds or may hold anything, and kernel names decide nothing.

`make fuzz` runs the first with 100,000 examples; here there are 2,000.
"""

import os
import re
from dataclasses import replace
from typing import Any

from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st

from rigprov.plan import environment, storage
from rigprov.plan.build import build_plan
from rigprov.plan.case import Case
from rigprov.plan.consent import Consent
from rigprov.plan.wishes import Wishes
from rigprov.tiers import STARTER
from tests.unit.plan.storage.topologies import machines
from tests.unit.plan.storage.topology import by_id

EXAMPLES = int(os.environ.get("RIGPROV_FUZZ_EXAMPLES", "2000"))
often = settings(max_examples=EXAMPLES, suppress_health_check=list(HealthCheck))
less_often = settings(often, max_examples=EXAMPLES // 10)


def wishes(made):
    return Wishes(flags={"model_storage_raid0": True} if made.raid0 else {})


def decided(made, machine=None):
    """The storage decision alone, which is a small part of a plan and takes a small part of its time."""
    facts = (machine or made.machine).facts()
    case = Case(facts, STARTER, environment.decide(facts), wishes(made), Consent(format=made.named))
    return storage.decide(case, storage.choose(case))


def formatted(decision):
    """By-id links of the disks that would be formatted."""
    if decision.blockers or not decision.values.get("model_storage_format"):
        return ()
    values = {name: chosen.value for name, chosen in decision.values.items()}
    return tuple(disk["device"] for disk in values["model_storage_devices"]) if values["model_storage_format"] else ()


@often
@given(machines())
def test_only_blank_disks_that_were_named_are_formatted(made):
    decision = decided(made)
    blank = {f"/dev/disk/by-id/{link}" for node in made.blank for link in node.links}
    found = formatted(decision)
    assert set(found) <= blank & set(made.named)
    assert not (found and made.closed)
    if not decision.blockers:
        assert [item.consent for item in decision.destructive] == [f"--format {one}" for one in found]
    named = [link for link in dict.fromkeys(made.named) if link in blank]
    if not (made.closed or made.raid0) and len(named) == 1 == len(
        set(made.named)
    ):  # and a blank disk that was named is formatted
        assert found == (named[0],)


@less_often
@given(machines(), st.randoms(use_true_random=False))
def test_kernel_names_decide_nothing(made, random):
    names = sorted({node.name for node in made.machine.disks if re.fullmatch(r"nvme\dn1|sd[a-y]|vd[a-z]", node.name)})
    mixed = dict(zip(names, random.sample(names, len(names)), strict=True))
    texts = {name: (_renamed(text, mixed), errors, rc) for name, (text, errors, rc) in made.machine.texts().items()}
    assert formatted(decided(made, replace(made.machine, sections=texts))) == formatted(decided(made))


def _renamed(text, mixed):
    """Kernel names exchanged, serial numbers and links kept."""
    if not mixed:
        return text
    pattern = "|".join(sorted(mixed, key=len, reverse=True))
    return re.sub(rf"(?<![A-Za-z0-9_-])({pattern})(?=p?\d*\b)", lambda match: mixed[match[1]], text)


@less_often
@given(machines())
def test_nothing_is_formatted_that_was_not_named(made):
    made.named = ()
    decision = decided(made)
    assert (formatted(decision), decision.destructive) == ((), ())


@settings(often, max_examples=max(EXAMPLES // 100, 20))
@given(machines())
def test_the_whole_plan_formats_what_the_storage_decision_says(made):
    plan = build_plan(made.machine.facts(), STARTER, wishes(made), Consent(format=made.named))
    values: dict[str, Any] = plan.variables()
    formats = values.get("model_storage_format")
    found = tuple(disk["device"] for disk in values["model_storage_devices"]) if formats else ()
    assert set(formatted(decided(made))) <= set(found) or plan.blockers
    assert plan.storage
    assert (plan.storage.format, plan.storage.devices if plan.storage.format else ()) == (bool(found), found)


@less_often
@given(machines(), st.sampled_from(["ext4", "xfs", "zfs_member", "LVM2_member", ""]))
def test_a_format_that_was_cut_off_is_finished_only_on_its_own_disk(made, found_now):
    spare = next((node for node in made.blank if node.size), None)
    if spare is None or made.closed or made.machine.sections:  # texts that are fixed do not follow the disk
        return
    spare.data, spare.signatures = True, (found_now,) if found_now else ()
    made.machine.note = (
        f"state=formatting\ndisk={by_id(spare)} {spare.number} {spare.size}\nfilesystem=xfs\nuuid=1-2\nmount=/srv/models\n"
    )
    made.named, made.raid0 = (by_id(spare),), False
    assert formatted(decided(made)) == (made.named if found_now in ("", "xfs") else ())
    made.machine.note = made.machine.note.replace(f" {spare.size}", " 12345")  # another disk by the same name
    assert formatted(decided(made)) == ()
