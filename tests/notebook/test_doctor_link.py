"""A failed check whose cell stopped at something the doctor knows names that cause in its hint."""

from dataclasses import replace

import nbformat

from grader.assignment import Assignment, Exercise
from grader.checks.check import Check, Wanted
from grader.evidence import CellError, CellRun, CellStatus, Status
from grader.notebook.doctor import examine
from grader.notebook.doctor.link import advised, died_of_dead_names
from grader.report import Finding, Report, Severity, SubmissionId, Verdict

CELLS = (
    "import keras",
    "model = keras.Sequential()\nmodel.compile(keras.optimizers.SGD(lr=0.1), 'mse', metrics=['binary_accuracy'])",
    "history = model.fit(1, 2)\nhistory.history['binary_accuracy']",
    "1 / 0",
)


def check(name):
    return Check(name=name, title=name, judge=lambda *_: None)


ASSIGNMENT = Assignment(
    name="a",
    title="A",
    exercises=(
        Exercise(name="network", title="N", points=1, variables=("model",), checks=(check("compiled"),)),
        Exercise(name="plot", title="P", points=1, variables=("curve",), checks=(check("figure"),)),
        Exercise(name="other", title="O", points=1, variables=("other",), checks=(check("value"),)),
    ),
)


def notebook(*sources):
    return nbformat.v4.new_notebook(cells=[nbformat.v4.new_code_cell(s) for s in sources])


def finding(exercise, cell=None, verdict=Verdict.FAILED):
    return Finding(
        exercise=exercise, check="c", title="t", verdict=verdict, points=0, max_points=1, cell=cell, hint="Look again."
    )


def report(*findings):
    error = CellRun(index=1, status=CellStatus.ERROR, error=CellError(name="ValueError", message="{'lr': 0.1}"))
    after = CellRun(index=2, status=CellStatus.ERROR, error=CellError(name="KeyError", message="x"), follows_from=1)
    own = CellRun(index=3, status=CellStatus.ERROR, error=CellError(name="ZeroDivisionError", message="no"))
    return Report(
        assignment="a",
        submission=SubmissionId(student="s", file="f", sha256=""),
        status=Status.STUDENT_ERROR,
        score=0,
        max_score=3,
        findings=findings,
        cells=(CellRun(index=0), error, after, own),
    )


def linked(*findings):
    made = notebook(*CELLS)
    return advised(report(*findings), examine(made, installed=lambda _: True), made, ASSIGNMENT)


def test_a_dead_argument_is_named_where_its_error_shows_up_far_away():
    hints = [f.hint for f in linked(finding("network"), finding("plot", cell=2), finding("plot", cell=1)).findings]
    for hint in hints:
        assert "write `learning_rate=0.1` instead of `lr=0.1`" in hint
        assert "Cell 1 " in hint
        assert hint.endswith("Look again.")


def test_other_failures_keep_their_hint():
    found = linked(finding("other"), finding("other", cell=3), finding("network", verdict=Verdict.PASSED)).findings
    assert {f.hint for f in found} == {"Look again."}


def test_the_report_holds_the_advice():
    found = linked().advice
    assert [(a.cell, a.severity) for a in found] == [(1, Severity.BREAKS)]


def test_the_advice_that_fits_the_error_is_chosen():
    made = notebook("import keras\nkeras.layers.Dense(output_dim=3)\nkeras.optimizers.SGD(lr=1)", *CELLS[1:])
    stopped = CellRun(
        index=0, status=CellStatus.ERROR, error=CellError(name="ValueError", message="recognized: {'lr': 1}")
    )
    whole = Report(**{**{n: getattr(report(), n) for n in Report.__dataclass_fields__}, "cells": (stopped,)})
    found = advised(whole, examine(made, installed=lambda _: True), made, ASSIGNMENT)
    assert found.advice
    again = Report(
        **{**{n: getattr(whole, n) for n in Report.__dataclass_fields__}, "findings": (finding("other", cell=0),)}
    )
    hint = advised(again, found.advice, made, ASSIGNMENT).findings[0].hint
    assert "learning_rate=1" in hint


def test_advice_never_names_what_only_hidden_checks_ask_for():
    secret = replace(check("secret"), hidden=True, wants=Wanted(variables=("secret_name",)))
    hidden = replace(ASSIGNMENT.exercises[0], name="hidden", title="Hidden", checks=(secret,))
    both = replace(
        ASSIGNMENT.exercises[2], checks=(replace(check("value"), wants=Wanted(variables=("open_name",))), secret)
    )
    found = examine(
        notebook("x = 1"), assignment=replace(ASSIGNMENT, exercises=(hidden, both)), installed=lambda _: True
    )
    assert [a.new for a in found] == ["define `open_name`"]


def test_who_gets_a_second_attempt():
    made = notebook(*CELLS)
    advice = examine(made, installed=lambda _: True)
    assert died_of_dead_names(report(), advice)
    assert not died_of_dead_names(report(), ())
    fine = Report(**{**{n: getattr(report(), n) for n in Report.__dataclass_fields__}, "cells": (CellRun(index=1),)})
    assert not died_of_dead_names(fine, advice)
