"""One verb per module: `add_arguments(parser)` and `run(args) -> Outcome`. `rigprov.cli` imports only the verb it runs."""

COMMANDS: dict[str, str] = {
    "apply": "plan, converge and prove one or more hosts",
    "plan": "show what would happen to a host, and why",
    "facts": "show what a host is; --record keeps the raw evidence",
    "verify": "measure the decode speed against the tier's floor",
    "check": "hold a machine against what was promised: some hundred controls, asked of the machine itself",
    "tiers": "list the tiers; --fit: which fit a host; --predict: how fast hardware would be",
    "report": "write the proofs of one or more hosts as one HTML file",
    "weights": "write a model file with random weights, for measuring speed without a download",
    "doctor": "name the first broken layer from the PCI bus to a served model, with the fix",
    "trust": "take a host's SSH key by its fingerprint, in the place of an old one",
    "cloud-init": "print user data with which a fresh machine provisions itself",
    "pull": "converge this machine itself, also on a timer",
    "render": "write a file with which SkyPilot, Terraform or OpenTofu launches a machine",
    "rollback": "take out what the roles put in (never data)",
}
