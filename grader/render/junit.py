"""JUnit XML as GitLab and the common GitHub actions read it: a suite a student, a case a check.

The element's text is what those tools show, so the message stands there as well as in the attribute. They drop cases
whose (classname, name) came before, so both are made unique, and files past 30 MB, so texts are capped.
"""

from __future__ import annotations

from collections.abc import Sequence
from xml.etree import ElementTree as ET

from grader.evidence import Status
from grader.render import Work, wording
from grader.render.escape import one_line, xml_text
from grader.report import Finding, Report, Verdict

TEXT = 4000
"""Characters of one text."""


def one(report: Report, work: Work) -> str:  # noqa: ARG001 - the notebook is for formats that show it
    """One student."""
    return many([report])


def many(reports: Sequence[Report]) -> str:
    """A class."""
    root = ET.Element("testsuites", name=one_line(reports[0].assignment) if reports else "grader")
    names: dict[str, int] = {}
    for report in reports:
        student = _unique(one_line(report.submission.student, limit=200), names)
        root.append(_suite(wording.guard(report), student))
    for count in ("tests", "failures", "errors", "skipped"):
        root.set(count, str(sum(int(suite.get(count, "0")) for suite in root)))
    root.set("time", f"{sum(r.seconds for r in reports):.3f}")
    ET.indent(root)
    return f'<?xml version="1.0" encoding="UTF-8"?>\n{ET.tostring(root, encoding="unicode")}\n'


def _unique(name: str, taken: dict[str, int]) -> str:
    """The name, or the name with the first free number."""
    found = name
    while found in taken:
        taken[name] += 1
        found = f"{name} ({taken[name]})"
    taken[found] = 1
    return found


def _suite(report: Report, student: str) -> ET.Element:
    file = one_line(report.submission.file, limit=200)
    suite = ET.Element("testsuite", name=student, time=f"{report.seconds:.3f}")
    suite.append(_run(report, student, file))
    names: dict[str, int] = {}
    for finding in report.findings:
        suite.append(_case(finding, student, file, names))
    suite.set("tests", str(len(suite)))
    for count, tag in (("failures", "failure"), ("errors", "error"), ("skipped", "skipped")):
        suite.set(count, str(len(suite.findall(f"./testcase/{tag}"))))
    return suite


def _run(report: Report, student: str, file: str) -> ET.Element:
    """The run of the notebook as a case of its own; it takes all the time."""
    case = ET.Element("testcase", classname=student, name="the notebook runs", file=file, time=f"{report.seconds:.3f}")
    if report.status is not Status.GRADED:
        tag = "error" if report.status is Status.MACHINE_ERROR else "failure"
        lines = [report.reason or wording.STATUS_SENTENCE[report.status]]
        lines += [f"cell {f.cell.index}: {wording.what_happened(f.cell)}" for f in wording.failures(report.cells)]
        _say(case, tag, lines)
    out = [f"score: {wording.of(report.score, report.max_score)}"]
    out += [waiting] if (waiting := wording.open_marks(report)) else []
    out += [f"{label}: {text}" for label, text in wording.facts(report)] + list(report.notes)
    ET.SubElement(case, "system-out").text = _text("\n".join(out))
    return case


def _case(finding: Finding, student: str, file: str, names: dict[str, int]) -> ET.Element:
    classname = f"{student}.{one_line(finding.exercise, limit=200)}"
    name = _unique(f"{classname}\0{one_line(finding.title or finding.check, limit=200)}", names).split("\0")[1]
    case = ET.Element("testcase", classname=classname, name=name, file=file, time="0.000")
    lines = [finding.message or finding.title]
    for label, text in (
        ("expected", finding.expected),
        ("received", finding.received),
        ("try", finding.hint),
        ("looked at", finding.subject),
    ):
        lines += [f"{label}: {text}"] if text else []
    if finding.answer is not None:
        lines += [f"answer: {wording.answer_text(finding.answer)}"] if finding.answer.text else []
        lines += [wording.criterion(one) for one in finding.answer.rubric]
    lines.append(f"points: {wording.earned(finding)}")
    match finding.verdict:
        case Verdict.FAILED | Verdict.PARTIAL:
            _say(case, "failure", lines)
        case Verdict.BROKEN:
            _say(case, "error", lines)
        case Verdict.SKIPPED | Verdict.WAITING:
            _say(case, "skipped", lines)
        case Verdict.PASSED:
            pass
    return case


def _say(case: ET.Element, tag: str, lines: Sequence[str]) -> None:
    ET.SubElement(case, tag, message=one_line(lines[0], limit=300)).text = _text("\n".join(lines))


def _text(text: str) -> str:
    return xml_text(text) if len(text) <= TEXT else f"{xml_text(text[:TEXT])}…"
