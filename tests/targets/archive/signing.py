"""Keys of the stand-in repositories: made with them, signing nothing else."""

import base64
import shutil
import tempfile
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path

from tests.targets.archive.deb import STAND_IN
from tests.targets.system import run

# The sites whose names the stand-in answers to, inside the throw-away machine.
SITES = (
    *("archive.ubuntu.com", "security.ubuntu.com"),
    *("developer.download.nvidia.com", "nvidia.github.io", "download.docker.com"),
)

# NVIDIA's CUDA repository changed its key in April 2022: machines set up before trust only the old one.
PRESENT_CUDA_KEY = "A4B469963BF863CC"


class Ring:
    """A keyring with a key a vendor."""

    def __init__(self, folder: Path) -> None:
        self._folder = folder

    def make(self, vendor: str) -> str:
        """Make a vendor's key and return it, armored."""
        self._gpg("--quick-gen-key", _user(vendor), "rsa2048", "sign", "never")
        return self._gpg("--armor", "--export", _user(vendor))

    def inline(self, vendor: str, text: str, *options: str) -> str:
        """The text with a signature around it, as in InRelease."""
        return self._gpg("--local-user", _user(vendor), *options, "--clearsign", stdin=text)

    def detached_by_another(self, vendor: str, text: str, key_id: str) -> str:
        """A signature as in Release.gpg which says that `key_id` made it; who lacks that key cannot tell."""
        listing = self._gpg("--with-colons", "--list-keys", _user(vendor))
        own = next(line.split(":")[4] for line in listing.splitlines() if line.startswith("pub"))
        signed, out = self._folder / "text", self._folder / "text.sig"
        signed.write_text(text)
        self._gpg("--yes", "--local-user", _user(vendor), "--output", str(out), "--detach-sign", str(signed))
        forged = out.read_bytes().replace(bytes.fromhex(own), bytes.fromhex(key_id))
        body = base64.encodebytes(forged).decode()
        return f"-----BEGIN PGP SIGNATURE-----\n\n{body}-----END PGP SIGNATURE-----\n"

    def _gpg(self, *words: str, stdin: str = "") -> str:
        options = ("--homedir", str(self._folder), "--batch", "--quiet", "--passphrase", "", "--pinentry-mode", "loopback")
        return run("gpg", *options, *words, stdin=stdin)


def _user(vendor: str) -> str:
    return f"{STAND_IN} {vendor} <{vendor}@example.invalid>"


@contextmanager
def ring() -> Iterator[Ring]:
    """A keyring for the length of the block."""
    folder = Path(tempfile.mkdtemp(prefix="rpt-gpg-"))  # a short path: gpg's agent opens a socket in it
    try:
        yield Ring(folder)
    finally:
        run("gpgconf", "--homedir", folder, "--kill", "gpg-agent", check=False)
        shutil.rmtree(folder, ignore_errors=True)


def certificate(folder: Path) -> None:
    """Make `site.key` and `site.pem` for HTTPS under the sites' names; throw-away machines of this harness alone trust it."""
    names = ",".join(f"DNS:{name}" for name in SITES)
    words = ("req", "-x509", "-newkey", "rsa:2048", "-nodes", "-days", "3650", "-subj", f"/CN={STAND_IN}")
    out = ("-addext", f"subjectAltName={names}", "-keyout", folder / "site.key", "-out", folder / "site.pem")
    run("openssl", *words, *out)


def dearmored(armored: str) -> bytes:
    """A key as a binary keyring, which apt wants where the file's name ends in .gpg."""
    body = armored.partition("\n\n")[2].partition("\n=")[0]
    return base64.b64decode(body)
