"""Takes secrets out of text before it is kept or shown."""

import re
from collections.abc import Mapping

from rigprov.facts.recording import Section

MARK = "<redacted>"
_WORDS = r"(?:password|passwd|passphrase|pwd|secret|token|api[_-]?key|access[_-]?key|private[_-]?key|auth|credentials?)"

# Each with what a text must hold, in lower case, for the pattern to fit: one of the words in every group. To look for a word
# takes a hundredth of the time of a pattern that begins with a boundary, and a fleet's facts are long.
_ASSIGNED = ("=",)
_NAMED = ("password", "passwd", "passphrase", "pwd", "secret", "token", "key", "auth", "credential")
_RULES: tuple[tuple[tuple[tuple[str, ...], ...], re.Pattern[str], str], ...] = (
    # A key block that was cut short loses everything to its end.
    (
        (("private key",),),
        re.compile(
            r"(-----BEGIN [A-Z0-9 ]*PRIVATE KEY[A-Z ]*-----).*?(-----END [A-Z0-9 ]*PRIVATE KEY[A-Z ]*-----|\Z)", re.DOTALL
        ),
        rf"\1 {MARK} \2",
    ),
    # https://user:password@host, also https://token@host
    ((("://",), ("@",)), re.compile(r"(\b[a-zA-Z][a-zA-Z0-9+.-]*://)[^\s/@'\"]+@"), rf"\1{MARK}@"),
    # Token formats of well-known services
    ((("hf_",),), re.compile(r"\bhf_[A-Za-z0-9]{8,}"), MARK),
    ((("gho_", "ghp_", "ghs_", "ghu_", "ghr_"),), re.compile(r"\bgh[opsur]_[A-Za-z0-9]{8,}"), MARK),
    ((("github_pat_",),), re.compile(r"\bgithub_pat_[A-Za-z0-9_]{8,}"), MARK),
    ((("glpat-",),), re.compile(r"\bglpat-[A-Za-z0-9_-]{8,}"), MARK),
    ((("akia", "asia"),), re.compile(r"\b(?:AKIA|ASIA)[A-Z0-9]{12,}"), MARK),
    (
        (("sk-", "rk-", "pk-", "pat-", "key-", "nvapi-", "rpa-", "xox"),),
        re.compile(r"\b(?:sk|rk|pk|pat|key|nvapi|rpa|xox[abprs])-[A-Za-z0-9_-]{16,}"),
        MARK,
    ),
    ((("eyj",),), re.compile(r"\beyJ[A-Za-z0-9_-]{8,}\.[A-Za-z0-9_-]{8,}(?:\.[A-Za-z0-9_-]*)?"), MARK),
    ((("bearer", "basic"),), re.compile(r"\b(Bearer|Basic)\s+[A-Za-z0-9._~+/=-]{8,}", re.IGNORECASE), rf"\1 {MARK}"),
    # NAME_OF_A_TOKEN=value, as in an environment
    (
        (_NAMED, _ASSIGNED),
        re.compile(r"\b([A-Z0-9_]*(?:TOKEN|KEY|SECRET|PASSWORD|PASSWD|CREDENTIALS?)[A-Z0-9_]*=)(?!\s|$)(\"[^\"]*\"|'[^']*'|\S+)"),
        rf"\1{MARK}",
    ),
    # "password": "value"
    (
        (_NAMED, ('"',)),
        re.compile(rf"(\"[A-Za-z0-9_.-]*{_WORDS}[A-Za-z0-9_.-]*\"\s*:\s*)\"(?:[^\"\\]|\\.)*\"", re.IGNORECASE),
        rf'\1"{MARK}"',
    ),
    # password=value, token: value, in option lists, queries and configuration files
    (
        (_NAMED, _ASSIGNED),
        re.compile(rf"((?<![A-Za-z]){_WORDS}\s*=\s*)(?!{MARK})(\"[^\"]*\"|'[^']*'|[^\s,;&\"'\]]+)", re.IGNORECASE),
        rf"\1{MARK}",
    ),
    (
        (_NAMED, (":",)),
        re.compile(r"^(\s*(?:password|token|api[_-]?key|secret)\s*:\s*)\S.*$", re.IGNORECASE | re.MULTILINE),
        rf"\1{MARK}",
    ),
    # apt's auth.conf and netrc
    ((("login",),), re.compile(r"(\bmachine\s+\S+\s+login\s+)\S+(\s+password\s+)\S+"), rf"\1{MARK}\2{MARK}"),
)


def redact(text: str) -> str:
    """The text without secrets; its lines and its JSON structure stay."""
    folded = text.casefold()
    for needed, pattern, instead in _RULES:
        if all(any(word in folded for word in words) for words in needed):
            text = pattern.sub(instead, text)
    return text


def redact_sections(sections: Mapping[str, Section]) -> dict[str, Section]:
    """All sections, output and errors alike."""
    return {
        name: Section(name, redact(section.command), redact(section.output), redact(section.errors), section.rc)
        for name, section in sections.items()
    }
