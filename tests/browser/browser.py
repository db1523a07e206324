"""Headless Chromium, started anew for each look at a page."""

import json
import re
import shutil
import struct
import subprocess
import tempfile
import zlib
from pathlib import Path
from typing import Any

NAMES = ("chromium-headless-shell", "chromium", "chromium-browser", "google-chrome")
_QUIET = (
    *("--headless", "--no-sandbox", "--disable-gpu", "--no-first-run", "--hide-scrollbars"),
    *("--disable-background-networking", "--disable-component-update", "--disable-sync", "--disable-extensions"),
    "--enable-logging=stderr",
)


def program() -> str | None:
    return next((found for name in NAMES if (found := shutil.which(name))), None)


def browse(page: Path, *options: str) -> subprocess.CompletedProcess[str]:
    found = program()
    assert found, f"none of {', '.join(NAMES)} is installed"
    with tempfile.TemporaryDirectory(prefix="rigprov-browser-") as profile:
        words = [found, *_QUIET, f"--user-data-dir={profile}", *options, page.as_uri()]
        return subprocess.run(words, capture_output=True, text=True, timeout=60, check=True)


def console(page: Path) -> list[str]:
    """What the page's own console says: errors of scripts, and what its policy forbade."""
    return [line for line in browse(page, "--dump-dom").stderr.splitlines() if ":CONSOLE" in line]


def ask(page: Path, expression: str, *, width: int, height: int = 844, dark: bool = False) -> Any:
    """Value of a JavaScript expression in a copy of the page whose policy lets the question in."""
    html = page.read_text()
    html, policies = re.subn(r'<meta http-equiv="Content-Security-Policy"[^>]*>', "", html)
    assert policies == 1
    question = f"const said = document.createElement('pre'); said.id = 'said'; said.textContent = JSON.stringify({expression});"
    html = html.replace("</body>", f"<script>{question} document.body.append(said);</script></body>")
    copy = page.with_name(f"asked-{page.name}")
    copy.write_text(html)
    scheme = ("--blink-settings=preferredColorScheme=0",) if dark else ()
    done = browse(copy, "--dump-dom", f"--window-size={width},{height}", *scheme)
    answer = re.search(r'<pre id="said">(.*?)</pre>', done.stdout, re.DOTALL)
    assert answer, done.stderr
    return json.loads(answer[1].replace("&lt;", "<").replace("&gt;", ">").replace("&amp;", "&"))


def screenshot(page: Path, to: Path, *, width: int, height: int, dark: bool = False) -> list[bytes]:
    """Rows of pixels, as the PNG holds them."""
    scheme = ("--blink-settings=preferredColorScheme=0",) if dark else ()
    browse(page, f"--screenshot={to}", f"--window-size={width},{height}", *scheme)
    return rows(to.read_bytes())


def rows(png: bytes) -> list[bytes]:
    """Scan lines of a PNG, still filtered: enough to tell a blank picture from one that shows something."""
    assert png.startswith(b"\x89PNG\r\n\x1a\n")
    place, packed, width, channels = 8, b"", 0, {2: 3, 6: 4}
    line = 0
    while place < len(png):
        (length,), kind = struct.unpack(">I", png[place : place + 4]), png[place + 4 : place + 8]
        body = png[place + 8 : place + 8 + length]
        if kind == b"IHDR":
            width, _height, depth, colour = struct.unpack(">IIBB", body[:10])
            line = 1 + width * channels[colour] * depth // 8
        elif kind == b"IDAT":
            packed += body
        place += 12 + length
    raw = zlib.decompress(packed)
    return [raw[start : start + line] for start in range(0, len(raw), line)]
