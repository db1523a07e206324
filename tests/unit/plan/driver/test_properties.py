"""What holds of every driver decision, whatever the host."""

from hypothesis import given
from hypothesis import strategies as st

from rigprov.catalog import generations, gpus
from rigprov.plan.driver.decide import decide
from rigprov.tiers import INTERMEDIATE
from tests.unit.plan.driver import rows
from tests.unit.plan.hosts import case

OPEN_ONLY = ("2b85", "2d05", "2901", "2941", "3182", "2342", "2e12", "3000", "3f00")
UP_TO_580 = ("13c2", "1b06", "1c81", "15f8", "1db4")
EITHER = ("1eb8", "2204", "2684", "2331", "2237")
OLD = ("06c0", "102d", "128b")
OTHER = ("1002:744c", "8086:56a0", "1a03:2000", "2236")
KERNELS = (
    "6.8.0-52-generic",
    "6.8.0-1029-aws",
    "6.8.0-1020-azure",
    "6.1.0-28-cloud-amd64",
    "6.12.1-x64v3-xanmod1",
    "6.9.3-060903-generic",
)
DRIVERS = (
    "",
    "nouveau",
    *(
        f"{state} {source} {version} {kind}"
        for state in ("works", "mismatch", "broken", "half", "unbuilt", "nodevices")
        for source in ("ubuntu", "nvidia", "debian", "ppa", "runfile", "ubuntu+nvidia")
        for version in ("470.256.02", "535.288.01", "580.95.05", "595.71.05", "615.71.09")
        for kind in ("open", "proprietary")
    ),
)
PLACES = ("metal", "vm", "aws", "gcp", "azure", "azure Standard_NV6ads_A10_v5", "runpod", "vast", "wsl2")
APT = (
    "",
    "none",
    "535",
    "580",
    "580 595",
    "580! 595",
    "580! 595!",
    "570>580 580",
    "580 595 610 615",
    "debian 535",
    "nvidia 580 595 615",
    "640",
)
SETS = (
    "",
    "nvidia_driver_source=nvidia",
    "nvidia_driver_source=ubuntu",
    "nvidia_driver_branch=595",
    "nvidia_driver_modules=dkms",
    "nvidia_driver_modules=prebuilt",
    "nvidia_driver_source=debian",
    "nvidia_driver_source=adopt",
    "nvidia_driver_branch=580",
    "nvidia_driver_flavour=open",
    "nvidia_driver_flavour=proprietary",
)

hosts = st.fixed_dictionaries(
    {
        "gpus": st.lists(st.sampled_from(OPEN_ONLY + UP_TO_580 + EITHER + OLD + OTHER), max_size=4).map(" ".join),
        "os": st.sampled_from(sorted(rows.RELEASES)),
        "kernel": st.sampled_from(KERNELS),
        "secure_boot": st.sampled_from(["on", "off", "?"]),
        "place": st.sampled_from(PLACES),
        "driver": st.sampled_from(DRIVERS),
        "apt": st.sampled_from(APT),
        "set": st.sampled_from(SETS),
        "consent": st.sampled_from(["", "remove"]),
    }
)


def made(row):
    flags = dict(word.split("=") for word in row["set"].split())
    host = case(rows.facts(row), tier=INTERMEDIATE, flags=flags, remove_conflicts=row["consent"] == "remove")
    return host, decide(host)


def installs(found):
    """The values of a plan that would install something."""
    values = {name.removeprefix("nvidia_driver_"): chosen.value for name, chosen in found.decision.values.items()}
    return values if values.get("packages") and not found.decision.blockers else None


@given(hosts)
def test_one_outcome_and_always_with_words(row):
    _, found = made(row)
    decision = found.decision
    assert bool(decision.skip) != bool(decision.values)
    assert all(blocker.message and blocker.fix for blocker in decision.blockers)
    assert all(chosen.reason for chosen in decision.values.values())


@given(hosts)
def test_the_same_facts_give_the_same_decision(row):
    assert made(row)[1] == made(row)[1]


@given(hosts)
def test_modules_and_branch_drive_every_card(row):
    values = installs(made(row)[1])
    if values is None:
        return
    cards = [gpus.lookup(word) or generations.stand_in(word) for word in row["gpus"].split() if ":" not in word]
    branch = int(values["branch"])
    assert not (values["flavour"] == "proprietary" and any(card.modules == "open" for card in cards))
    assert not (values["flavour"] == "open" and any(card.modules == "proprietary" for card in cards))
    assert all(branch <= 580 for card in cards if card.generation in ("Maxwell", "Pascal", "Volta"))
    assert all(card.min_branch is None or branch >= card.min_branch for card in cards)


@given(hosts)
def test_never_two_sources(row):
    host, found = made(row)
    values = installs(found)
    if values is None:
        return
    assert (values["source"] == "nvidia") == bool(values.get("repository"))
    foreign = {
        "ubuntu": ("Debian", "NVIDIA", "LP-PPA-graphics-drivers"),
        "debian": ("Ubuntu", "NVIDIA"),
        "nvidia": ("Ubuntu", "Debian"),
    }
    left = [package for package in host.facts.packages if package.name not in values["conflicts"]]
    assert not [package for package in left if package.origin in foreign[values["source"]]]
    if values["source"] != "nvidia":
        assert values["pins"][0]["priority"] < 0


@given(hosts)
def test_no_unsigned_module_under_secure_boot(row):
    values = installs(made(row)[1])
    if values is None or row["secure_boot"] != "on":
        return
    assert values["modules"] == "prebuilt" or row["set"] == "nvidia_driver_modules=dkms"


@given(hosts)
def test_a_slice_of_a_gpu_never_gets_a_driver(row):
    values = installs(made(row)[1])
    if "Standard_NV" in row["place"] and "source" not in row["set"]:
        assert values is None


@given(hosts)
def test_nothing_is_removed_without_consent(row):
    _, found = made(row)
    values = {name: chosen.value for name, chosen in found.decision.values.items()}
    if values.get("nvidia_driver_conflicts"):
        assert found.decision.destructive
        assert row["consent"] == "remove" or found.decision.blockers


@given(hosts)
def test_what_the_user_set_is_kept_or_refused(row):
    """Never only printed: a plan shows the user's values as its own."""
    _, found = made(row)
    name, _, wanted = row["set"].partition("=")
    values = {key: chosen.value for key, chosen in found.decision.values.items()}
    # one that is here stays as it is, whoever it is from, and was built
    stays = values.get("nvidia_driver_source") == "adopt" and (wanted in row["driver"] or name == "nvidia_driver_modules")
    if values and name and not found.decision.blockers and not stays:
        assert values.get(name, wanted) == wanted
