"""`rigprov tiers`: what they need; `--fit`: which fit a host, what is missing; `--predict`: how fast hardware would be."""

from argparse import ArgumentParser, Namespace

from rigprov.commands import predicting
from rigprov.commands.options import add_hosts, add_json
from rigprov.commands.plan import add_recordings, facts_of, problems_of
from rigprov.errors import Exit, RigprovError, UsageError
from rigprov.model.outcome import Outcome
from rigprov.report.json import plain
from rigprov.report.tiers import benchmark_data, fitting, listing, markdown, unbuilt
from rigprov.tiers import BUILT_IN
from rigprov.tiers.fit import fits, judge


def add_arguments(parser: ArgumentParser) -> None:
    """Arguments of `tiers`."""
    add_hosts(parser, required=False)
    add_recordings(parser)
    parser.add_argument("--fit", action="store_true", help="judge the HOSTs, or the recordings given with --from")
    parser.add_argument("--markdown", action="store_true", help="print the table of the README")
    predicting.add_arguments(parser)
    add_json(parser)


def run(args: Namespace) -> Outcome:
    """List the tiers, judge hosts by them, or predict."""
    if args.predict:
        if args.fit or args.hosts or args.recordings or args.markdown:
            raise UsageError("--predict asks no host and lists no tier", hint="leave out HOST, --from, --fit and --markdown")
        return predicting.run(args)
    if stray := predicting.given(args):
        raise UsageError(f"{stray} belongs to a prediction", hint="add --predict")
    if args.fit:
        return _fit(args)
    if args.hosts or args.recordings:
        raise UsageError("a host was named, but nothing to do with it", hint="add --fit")
    tiers = [
        {**_plain(tier), "benchmarks": [benchmark_data(item) for item in tier.benchmarks], "not_built": list(unbuilt(tier))}
        for tier in BUILT_IN
    ]
    return Outcome("tiers", data={"tiers": tiers}, text=markdown(BUILT_IN) if args.markdown else listing(BUILT_IN))


def _fit(args: Namespace) -> Outcome:
    """Which tiers fit. A host that fits none is an answer, not an error; a host that does not answer is one."""
    facts, _ = facts_of(args, {})
    found = {
        host: {tier.name: judge(known, tier) for tier in BUILT_IN}
        for host, known in facts.items()
        if not isinstance(known, RigprovError)
    }
    data = {
        host: {name: {"fits": fits(findings), "findings": plain(findings)} for name, findings in tiers.items()}
        for host, tiers in found.items()
    }
    errors = [known.exit for known in facts.values() if isinstance(known, RigprovError)]
    return Outcome(
        "tiers",
        data={"hosts": data},
        text="\n".join(fitting(host, tiers) for host, tiers in found.items()),
        problems=problems_of(facts),
        exit=max(errors, default=Exit.OK),
    )


def _plain(tier: object) -> dict[str, object]:
    value = plain(tier)
    return value if isinstance(value, dict) else {}
