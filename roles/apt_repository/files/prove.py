"""Prove a package repository before apt is told of it: the right key, and a release that is there, signed and current.

Runs on the host (Python 3.8 or later, nothing but the standard library). Wants come as JSON on stdin; the key to install, or
what is wrong in one sentence, goes to stdout as JSON. Everything is staged in a directory that goes with this program, and apt
works with lists of its own there: beside an index from before it would only warn of a bad signature, and call that success.
"""

import base64
import hashlib
import json
import os
import re
import subprocess
import sys
import tempfile
from pathlib import Path

PUBLIC_KEY, SECRET_KEYS = 6, (5, 7)  # kinds of OpenPGP packets (RFC 9580, section 5)
TWO_OCTETS, PARTIAL, FOUR_OCTETS, INDEFINITE = 192, 224, 255, 3  # the forms of their lengths (section 4.2)
ARMOUR = re.compile(rb"-----BEGIN PGP PUBLIC KEY BLOCK-----(.*?)-----END PGP PUBLIC KEY BLOCK-----", re.DOTALL)
PATIENCE = ["-o", "Acquire::Retries=2", "-o", "Acquire::http::Timeout=20", "-o", "Acquire::https::Timeout=20"]
CUDA_KEY = "A4B469963BF863CC"  # NVIDIA's since 2022; a host that lacks it trusts only the one before
NOT_RIGHT = re.compile(r"(?m)^(E:|Err:|W: .*(Failed to fetch|Some index files failed|GPG error|signature|doesn't support arch))")
# What apt says, what it means, and the way out; the first that fits. `{0}` is the group of the pattern.
CAUSES = (
    (
        rf"(?:NO_PUBKEY|Missing key) \w*{CUDA_KEY}",
        "it is signed with the key that NVIDIA's CUDA repository has had since 2022, and this host trusts only the retired one. "
        "Name the old source in {user}_replace_sources, so that the current key is installed",
    ),
    (
        r"(?is)sqv.*SHA-?1|SHA1 is not considered secure",
        "this system no longer accepts the SHA-1 signatures in its key. Only the repository's owner can mend that; the check "
        "stays on. Take the packages from the distribution until the owner has published a renewed key",
    ),
    (r"(?:NO_PUBKEY|Missing key) (\w+)", "it is signed with another key, {0}. Find out whether its owner changed the key"),
    (r"(?:KEYEXPIRED|EXPKEYSIG) (\w+)", "its key {0} has expired. Ask its owner for the renewed one"),
    (r"BADSIG (\w+)", "its signature is not right ({0}). Find out who answers at that address"),
    (
        r"(?:Release file for|Release) .*?is expired(?: \((.*?)\))?",
        "its Release file has expired ({0}). The mirror is no longer kept up to date, or this host's clock is wrong (`date`)",
    ),
    (r"is not valid yet \((.*?)\)", "its Release file is not valid yet ({0}). Set this host's clock (`date`)"),
    (r"is not signed", "it is not signed. Find out who answers at that address"),
    (r"(?m)^\s+404  |does not have a Release file", "the server has nothing there (404). Check {names}"),
    (r"(?m)^\s+([45]\d\d  [^\[\n]*)", "the server answers {0}. Check {names}, and the proxy"),
    (r"(?i)certificate verif", "its certificate cannot be verified. Check this host's clock, and for ca-certificates"),
    (r"(Hash Sum mismatch|File has unexpected size)", "its files do not fit together ({0}). Try again in some minutes"),
    (
        r"((?:Could not|Unable to) (?:resolve|connect|handshake|init).*|Temporary failure resolving.*|timed out|refused)",
        "it cannot be reached ({0}). Check this host's network and proxy",
    ),
    (r"doesn't support architecture '(\w+)'", "it has nothing for {0}. Check architectures"),
    (r"(?m)^E: (.*)", "apt says: {0}"),
)


class RefusedError(Exception):
    """The repository cannot be trusted or used; the message names the way out."""


def apt(*words):
    """Exit code and output of one of apt's programs, in English."""
    done = subprocess.run(
        words, stdout=subprocess.PIPE, stderr=subprocess.STDOUT, text=True, check=False, env={**os.environ, "LC_ALL": "C"}
    )
    return done.returncode, done.stdout


def explain(output, user, names="url and suites"):
    """What apt says, what it means and the way out; `names` are the keys of the entry to check."""
    for pattern, words in CAUSES:
        match = re.search(pattern, output)
        if match:
            detail = next((group for group in match.groups() if group), "no more is known")
            return words.format(detail.strip().rstrip("."), user=user, names=names)
    return "apt does not say why"


def length(data, at):
    """Where the body of the packet at `at` begins, and how long it is. Partial lengths are not for keys."""
    if data[at] & 0x40:
        first = data[at + 1]
        if first < TWO_OCTETS:
            return at + 2, first
        if first < PARTIAL:
            return at + 3, ((first - TWO_OCTETS) << 8) + data[at + 2] + TWO_OCTETS
        if first == FOUR_OCTETS:
            return at + 6, int.from_bytes(data[at + 2 : at + 6], "big")
        raise ValueError("a packet of partial length")
    if data[at] & INDEFINITE == INDEFINITE:
        raise ValueError("a packet without a length")
    size = 1 << (data[at] & INDEFINITE)
    return at + 1 + size, int.from_bytes(data[at + 1 : at + 1 + size], "big")


def packets(data):
    """Kind and body of each OpenPGP packet; ValueError or IndexError where it is something else."""
    at = 0
    while at < len(data):
        if not data[at] & 0x80:
            raise ValueError("not an OpenPGP packet")
        kind = data[at] & 0x3F if data[at] & 0x40 else data[at] >> 2 & 0x0F
        start, size = length(data, at)
        at = start + size
        if at > len(data):
            raise ValueError("a packet that is cut off")
        yield kind, data[start:at]


def binary(text):
    """The packets' bytes of a key file, out of their ASCII armour where they have one; ValueError where that is damaged."""
    blocks = ARMOUR.findall(text)
    if not blocks:
        return text
    bodies = (re.split(rb"\r?\n[ \t]*\r?\n", block, maxsplit=1)[-1] for block in blocks)
    return b"".join(base64.b64decode(re.sub(rb"(?m)^=[^\n]*", b"", body)) for body in bodies)


def fingerprints(data):
    """Of the primary keys in it; empty where it isn't public keys and nothing else."""
    try:
        found = list(packets(data))
    except (ValueError, IndexError):
        return []
    if any(kind in SECRET_KEYS for kind, _ in found):
        return []
    return [name_of(body) for kind, body in found if kind == PUBLIC_KEY]


def name_of(key):
    """Fingerprint of a public key."""
    if key[:1] != b"\x04":
        return "a key of another version than 4"
    return hashlib.sha1(b"\x99" + len(key).to_bytes(2, "big") + key).hexdigest().upper()  # noqa: S324  (how OpenPGP defines it)


def armoured(data):
    """The same packets in ASCII, written anew, so that apt reads exactly what was checked."""
    crc = 0xB704CE  # RFC 9580, section 6.1.1
    for byte in data:
        crc ^= byte << 16
        for _ in range(8):
            crc = crc << 1 ^ (0x1864CFB if crc & 0x800000 else 0)
    body = base64.encodebytes(data).decode() + "=" + base64.b64encode(crc.to_bytes(3, "big")).decode()
    return f"-----BEGIN PGP PUBLIC KEY BLOCK-----\n\n{body}\n-----END PGP PUBLIC KEY BLOCK-----\n"


def fetch_key(entry, user, folder):
    """The repository's key, checked, in ASCII. apt fetches it, so that apt's own proxy settings count."""
    url, file = entry["key_url"], folder / "key"
    status, output = apt("/usr/lib/apt/apt-helper", *PATIENCE, "download-file", url, str(file))
    if status != 0:
        raise RefusedError(f"The key {url} was not fetched: {explain(output, user, 'key_url')}. Nothing was added.")
    try:
        data = binary(file.read_bytes())
    except ValueError:
        data = b""
    found = fingerprints(data)
    if found != [entry["key_fingerprint"]]:
        raise RefusedError(
            f"{url} is not the key {entry['key_fingerprint']}, but {', '.join(found) or 'no key at all'}. It was not installed. "
            "Find out who answers at that address before you trust it."
        )
    return armoured(data)


def try_source(source, wants, folder):
    """Let apt fetch the lists of this one source, as on a host that has never seen it."""
    text = source["text"].replace(wants["keyring"], str(folder / "key.asc")) if not source["adopted"] else source["text"]
    file = folder / ("try.list" if source["adopted"].endswith(".list") else "try.sources")
    file.write_text(text)
    for name in ("lists/partial", "cache/archives/partial"):
        (folder / name).mkdir(parents=True, exist_ok=True)
    own = {"Etc::sourcelist": file, "Etc::sourceparts": "-", "State::lists": folder / "lists", "Cache": folder / "cache"}
    options = [word for key, value in own.items() for word in ("-o", f"Dir::{key}={value}")]
    status, output = apt("apt-get", *PATIENCE, *options, "update")
    if status != 0 or NOT_RIGHT.search(output):
        what = " ".join([wants["entry"]["url"], *wants["entry"]["suites"]])
        what += f", as {source['adopted']} has it," if source["adopted"] else ""
        raise RefusedError(f"The repository {what} cannot be used: {explain(output, wants['user'])}. Nothing was added.")


def prove(wants):
    """Key and sources, all in a directory that apt's own user may read."""
    with tempfile.TemporaryDirectory(prefix="rigprov-apt-") as name:
        folder = Path(name)
        folder.chmod(0o755)
        key = fetch_key(wants["entry"], wants["user"], folder) if wants["due"] else ""
        (folder / "key.asc").write_text(key)
        for source in wants["proofs"]:
            try_source(source, wants, folder)
    return {"key": key, "key_sha256": hashlib.sha256(key.encode()).hexdigest()}


if __name__ == "__main__":
    try:
        json.dump(prove(json.load(sys.stdin)), sys.stdout)
    except RefusedError as reason:
        json.dump({"refused": str(reason)}, sys.stdout)
