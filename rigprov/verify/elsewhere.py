"""Whether a measured server may run on another machine than the host that measured it. Pure."""

import ipaddress
from urllib.parse import urlsplit

from rigprov.verify.evidence import Evidence


def elsewhere(evidence: Evidence) -> bool:
    """Whether it may: then nothing that was seen of the host (GPUs, CPU, other load) explains its speed."""
    if not evidence.server_url:
        return False
    name = urlsplit(evidence.server_url).hostname or ""
    try:
        return not ipaddress.ip_address(name.partition("%")[0]).is_loopback
    except ValueError:
        return name != "localhost"
