"""The self-check's answer: what it says, and what it never says."""

from __future__ import annotations

from dataclasses import replace

import pytest

from grader.errors import MachineError
from grader.judge import for_student
from grader.render.answer import Kind, closing, html, parts, text
from grader.report import Verdict


def with_verdicts(samples, *verdicts: Verdict, points: float = 1.0):
    """The first exercise of a student's report alone, its findings with these verdicts."""
    report = for_student(samples.report())
    name = report.exercises[0].exercise
    finding = next(f for f in report.findings if f.exercise == name)
    listed = tuple(
        replace(finding, check=f"c{i}", verdict=v, max_points=points, hint="Look closer.")
        for i, v in enumerate(verdicts)
    )
    return replace(report, exercises=report.exercises[:1], findings=listed, notes=(), advice=())


@pytest.mark.parametrize("kind", [Kind.SUMMARY, Kind.EXERCISES])
def test_it_never_says_that_all_is_right(samples, kind):
    report = with_verdicts(samples, Verdict.PASSED, Verdict.PASSED)
    for shown in (html(report, kind), " ".join(text(report, kind).split())):
        assert "public checks" in shown
        assert "may check more" in shown
        assert not [w for w in ("correct", "everything is right", "full marks", "100") if w in shown.lower()]


@pytest.mark.parametrize(
    ("verdicts", "points", "said"),
    [
        ((Verdict.PASSED, Verdict.FAILED), 1, "1 of 2 public checks still to do."),
        ((Verdict.PASSED, Verdict.SKIPPED), 1, "1 of 2 public checks still to do."),
        ((Verdict.PASSED, Verdict.SKIPPED), 0, "All public checks pass."),
        (
            (Verdict.PASSED, Verdict.BROKEN),
            1,
            "All public checks pass. 1 could not be carried out, which is not your fault.",
        ),
        (
            (Verdict.WAITING,),
            1,
            "There is nothing to check here. What you wrote in words of your own is read by a human.",
        ),
    ],
)
def test_what_is_still_to_do(samples, verdicts, points, said):
    assert closing(with_verdicts(samples, *verdicts, points=points)).startswith(said)


def test_what_waits_for_the_instructor_does_not_pass(samples):
    report = with_verdicts(samples, Verdict.PASSED, Verdict.BROKEN)
    held = replace(report, findings=(report.findings[0], replace(report.findings[1], held=True)))
    assert closing(held).startswith(
        "All other public checks pass. 1 can't be measured here and waits for your instructor."
    )
    (part,) = parts(held)
    assert part.count == "1 of 1"


def test_one_exercise_speaks_of_itself_alone(samples):
    assert closing(with_verdicts(samples, Verdict.PASSED), Kind.EXERCISES).startswith(
        "All public checks of this exercise pass."
    )


def test_hints_open_on_request(samples):
    report = with_verdicts(samples, Verdict.PASSED, Verdict.FAILED)
    name = parts(report)[0].name
    page = html(report, Kind.EXERCISES)
    assert page.index("<details") < page.index("<summary") < page.index("Look closer.") < page.index("</details>")
    assert page.count("Look closer.") == 1, "what passes needs none"
    shown = text(report, Kind.EXERCISES)
    assert "Look closer." not in shown
    assert f'hint("{name}")' in shown
    assert f"%grader hint {name}" in text(report, Kind.EXERCISES, magic=True)
    assert text(report, Kind.HINTS).count("Look closer.") == 1
    assert "Nothing is left" in text(with_verdicts(samples, Verdict.PASSED), Kind.HINTS)
    assert "There are no hints for what is left." in html(
        replace(report, findings=tuple(replace(f, hint="") for f in report.findings)), Kind.HINTS
    )


def test_what_a_student_wrote_is_only_text(samples):
    hostile = "<script>alert(1)</script>\x1b[31m\u202e"
    report = with_verdicts(samples, Verdict.FAILED)
    report = replace(report, findings=tuple(replace(f, message=hostile, received=hostile) for f in report.findings))
    for kind in Kind:
        assert "<script" not in html(report, kind)
        assert not {"\x1b", "\u202e"} & set(html(report, kind) + text(report, kind))


def test_colours_are_for_terminals(samples):
    report = with_verdicts(samples, Verdict.FAILED)
    assert "\x1b[31m" in text(report, Kind.EXERCISES, colour=True)
    assert "\x1b" not in text(report, Kind.EXERCISES)


def test_hidden_findings_are_refused(samples):
    report = with_verdicts(samples, Verdict.FAILED)
    leaky = replace(report, findings=tuple(replace(f, hidden=True) for f in report.findings))
    for show in (html, text):
        with pytest.raises(MachineError):
            show(leaky, Kind.SUMMARY)
