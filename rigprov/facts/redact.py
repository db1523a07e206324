"""Takes secrets out of text before it is kept or shown."""

import re
from collections.abc import Mapping

from rigprov.facts.recording import Section

MARK = "<redacted>"
_WORDS = r"(?:password|passwd|passphrase|pwd|secret|token|api[_-]?key|access[_-]?key|private[_-]?key|auth|credentials?)"

_RULES: tuple[tuple[re.Pattern[str], str], ...] = (
    # A key block that was cut short loses everything to its end.
    (
        re.compile(
            r"(-----BEGIN [A-Z0-9 ]*PRIVATE KEY[A-Z ]*-----).*?(-----END [A-Z0-9 ]*PRIVATE KEY[A-Z ]*-----|\Z)", re.DOTALL
        ),
        rf"\1 {MARK} \2",
    ),
    # https://user:password@host, also https://token@host
    (re.compile(r"(\b[a-zA-Z][a-zA-Z0-9+.-]*://)[^\s/@'\"]+@"), rf"\1{MARK}@"),
    # Token formats of well-known services
    (re.compile(r"\bhf_[A-Za-z0-9]{8,}"), MARK),
    (re.compile(r"\bgh[opsur]_[A-Za-z0-9]{8,}"), MARK),
    (re.compile(r"\bgithub_pat_[A-Za-z0-9_]{8,}"), MARK),
    (re.compile(r"\bglpat-[A-Za-z0-9_-]{8,}"), MARK),
    (re.compile(r"\b(?:AKIA|ASIA)[A-Z0-9]{12,}"), MARK),
    (re.compile(r"\b(?:sk|rk|pk|pat|key|nvapi|rpa|xox[abprs])-[A-Za-z0-9_-]{16,}"), MARK),
    (re.compile(r"\beyJ[A-Za-z0-9_-]{8,}\.[A-Za-z0-9_-]{8,}(?:\.[A-Za-z0-9_-]*)?"), MARK),
    (re.compile(r"\b(Bearer|Basic)\s+[A-Za-z0-9._~+/=-]{8,}", re.IGNORECASE), rf"\1 {MARK}"),
    # NAME_OF_A_TOKEN=value, as in an environment
    (
        re.compile(r"\b([A-Z0-9_]*(?:TOKEN|KEY|SECRET|PASSWORD|PASSWD|CREDENTIALS?)[A-Z0-9_]*=)(?!\s|$)(\"[^\"]*\"|'[^']*'|\S+)"),
        rf"\1{MARK}",
    ),
    # "password": "value"
    (re.compile(rf"(\"[A-Za-z0-9_.-]*{_WORDS}[A-Za-z0-9_.-]*\"\s*:\s*)\"(?:[^\"\\]|\\.)*\"", re.IGNORECASE), rf'\1"{MARK}"'),
    # password=value, token: value, in option lists, queries and configuration files
    (re.compile(rf"((?<![A-Za-z]){_WORDS}\s*=\s*)(?!{MARK})(\"[^\"]*\"|'[^']*'|[^\s,;&\"'\]]+)", re.IGNORECASE), rf"\1{MARK}"),
    (re.compile(r"^(\s*(?:password|token|api[_-]?key|secret)\s*:\s*)\S.*$", re.IGNORECASE | re.MULTILINE), rf"\1{MARK}"),
    # apt's auth.conf and netrc
    (re.compile(r"(\bmachine\s+\S+\s+login\s+)\S+(\s+password\s+)\S+"), rf"\1{MARK}\2{MARK}"),
)


def redact(text: str) -> str:
    """The text without secrets; its lines and its JSON structure stay."""
    for pattern, instead in _RULES:
        text = pattern.sub(instead, text)
    return text


def redact_sections(sections: Mapping[str, Section]) -> dict[str, Section]:
    """All sections, output and errors alike."""
    return {
        name: Section(name, redact(section.command), redact(section.output), redact(section.errors), section.rc)
        for name, section in sections.items()
    }
