"""Flags about honesty reach the instructor in the formats that show flags, and a student in none."""

from dataclasses import replace

import pytest

from grader.judge import for_student
from grader.render import FORMATS, Work, renderer
from grader.report import HonestyFlag, Suspicion

FLAG = HonestyFlag(kind=Suspicion.TEST_ROWS_IN_TRAINING, text="73 of 512 rows are held-out rows", model="network")


@pytest.mark.parametrize("name", ["terminal", "json", "html", "markdown", "csv"])
def test_the_instructor_sees_them(samples, name):
    report = replace(samples.report(), honesty=(FLAG,))
    shown = renderer(name).one(report, Work()) + renderer(name).many([report])
    assert "73 of 512" in " ".join(shown.split())


@pytest.mark.parametrize("name", sorted(FORMATS))
def test_a_student_never_does(samples, name):
    report = for_student(replace(samples.report(), honesty=(FLAG,)))
    assert "73 of 512" not in " ".join(renderer(name).one(report, Work()).split())
