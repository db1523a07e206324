"""A compliance check as JUnit XML: one suite a host, one case a control. Holds what both schemas in use ask for."""

import re
from collections.abc import Mapping
from datetime import UTC, datetime
from xml.etree import ElementTree as ET

from rigprov.errors import RigprovError
from rigprov.model.compliance import Answer, HostCompliance

# XML 1.0 cannot hold these at all, not even escaped.
_NOT_XML = re.compile("[^\t\n\r\x20-\ud7ff\ue000-\ufffd\U00010000-\U0010ffff]")


def junit(found: Mapping[str, HostCompliance | RigprovError], when: datetime) -> str:
    """The document; a host that was not reached is a suite with one error."""
    root = ET.Element("testsuites")
    for number, (host, one) in enumerate(found.items()):
        answers = one.answers if isinstance(one, HostCompliance) else ()
        error = one if isinstance(one, RigprovError) else None
        _suite(root, host, answers, error, {"id": str(number), "timestamp": when.astimezone(UTC).strftime("%Y-%m-%dT%H:%M:%S")})
    ET.indent(root)
    return ET.tostring(root, encoding="unicode", xml_declaration=False).join(['<?xml version="1.0" encoding="UTF-8"?>\n', "\n"])


def _suite(
    root: ET.Element, host: str, answers: tuple[Answer, ...], error: RigprovError | None, about: Mapping[str, str]
) -> None:
    count = {state: sum(one.state == state for one in answers) for state in ("fail", "error", "skip", "waived")}
    suite = ET.SubElement(root, "testsuite", {
        **about, "package": "rigprov.compliance", "name": _clean(host) or "host", "hostname": _clean(host) or "host",
        "tests": str(len(answers) + (error is not None)), "failures": str(count["fail"]),
        "errors": str(count["error"] + (error is not None)), "skipped": str(count["skip"] + count["waived"]),
        "time": f"{sum(one.seconds for one in answers):.3f}",
    })  # fmt: skip
    ET.SubElement(suite, "properties")
    for answer in answers:
        _case(suite, answer)
    if error is not None:
        case = ET.SubElement(
            suite, "testcase", {"classname": "rigprov.compliance.host", "name": "the host is reached", "time": "0"}
        )
        told = ET.SubElement(case, "error", {"message": _clean(str(error)), "type": type(error).__name__})
        told.text = _clean(error.hint or "")
    ET.SubElement(suite, "system-out")
    ET.SubElement(suite, "system-err")


def _case(suite: ET.Element, answer: Answer) -> None:
    known = answer.control
    about = {
        "classname": f"rigprov.compliance.{known.role}",
        "name": f"{known.id} {known.title}",
        "time": f"{answer.seconds:.3f}",
    }
    case = ET.SubElement(suite, "testcase", about)
    match answer.state:
        case "skip":
            ET.SubElement(case, "skipped", {"message": _clean(answer.note)})
        case "waived":
            ET.SubElement(case, "skipped", {"message": _clean(f"waived {answer.note}")})
        case "error":
            ET.SubElement(case, "error", {"message": _clean(answer.note), "type": "error"})
        case "fail":
            message = f"found {answer.found}, expected {answer.expected}"
            told = ET.SubElement(case, "failure", {"message": _clean(message), "type": known.severity})
            told.text = _clean(
                "\n".join([*answer.output, *filter(None, [answer.note]), f"why: {known.reason}", f"fix: {known.fix}"])
            )


def _clean(text: str) -> str:
    return _NOT_XML.sub("?", text)
