"""docs/doctor.md lists what doctor knows."""

import re

from rigprov.doctor.cuda_errors import CODES
from rigprov.doctor.kernel_lines import TABLE
from rigprov.doctor.xid import KNOWN
from tests.meta.checkout import ROOT

TEXT = (ROOT / "docs" / "doctor.md").read_text(encoding="utf-8")


def test_every_line_of_the_kernel_s_log() -> None:
    assert re.findall(r"^\| `([a-z-]+)` \|.*\| (.+) \|$", TEXT, re.MULTILINE) == [(known.code, known.source) for known in TABLE]


def test_every_xid() -> None:
    rows = re.findall(r"^\| (\d+)( \(grave\))? \| ([^|]+) \|$", TEXT, re.MULTILINE)
    assert rows == [(str(number), " (grave)" if known.grave else "", known.what) for number, known in KNOWN.items()]


def test_every_cuda_error() -> None:
    rows = re.findall(r"^\| (\d+) \| (CUDA_\w+) \| (.+) \|$", TEXT, re.MULTILINE)
    assert rows == [(str(code), CODES[code].name, CODES[code].what) for code in sorted(CODES) if code > 0]
