"""Every number that the sources print is the reference's own, on real data, within its tolerance."""

from __future__ import annotations

from pathlib import Path

import pytest

from grader.course import Course
from grader.errors import AssignmentError, NotCalibrated
from grader.headline import Headline, kept, of_first_run
from grader.lint import page

COURSE = Course(root=Path(__file__).parents[2])
HEADLINES = [
    pytest.param(name, source, headline, id=f"{name}-{source}-{headline.what}")
    for name in COURSE.names()
    for headline in COURSE.folder(name).headlines()
    for source in (("keras", "none") if headline.tolerance else ("keras", "stand-in", "none"))
    if COURSE.folder(name).expectations_file(source, hidden=True).is_file()
]


@pytest.mark.parametrize(("name", "source", "headline"), HEADLINES)
def test_the_reference_reproduces_it(name: str, source: str, headline: Headline) -> None:
    value = headline.measured(COURSE.folder(name).expectations(source, hidden=True))
    assert headline.holds(value), value


def test_some_are_declared() -> None:
    assert len(HEADLINES) >= 9


def test_tolerance() -> None:
    headline = Headline(what="accuracy", printed=(0.97, 0.98), tolerance=0.01, measured=kept("a.b"))
    assert headline.holds(0.961)
    assert headline.holds(0.989)
    assert not headline.holds(0.95)


def test_nothing_at_that_place() -> None:
    try:
        expectations = COURSE.folder("mnist_dense").expectations("keras", hidden=True)
    except NotCalibrated:  # pragma: no cover
        pytest.fail("mnist_dense is calibrated")
    for path in (("nothing",), ("mean", "deeper"), (3,)):
        with pytest.raises(AssignmentError, match="hold nothing"):
            kept("evaluation.accuracy", *path)(expectations)


def test_a_variable_of_the_first_run() -> None:
    expectations = COURSE.folder("boston_regression").expectations("keras", hidden=True)
    assert of_first_run("parameters")(expectations) == 5_121
    assert 2.3 < of_first_run("cv_mae")(expectations) < 2.7
    for name in ("x_train", "nothing"):
        with pytest.raises(AssignmentError, match=f"no number {name}"):
            of_first_run(name)(expectations)


def test_page_shows_both_sources_and_no_path_of_this_machine() -> None:
    text = page([], [COURSE.folder("mnist_dense")])
    assert "| `mnist_dense` | parameters | 407,050 | exact | 407,050 | 407,050 | yes |" in text
    assert "0.9778 and 0.9785" in text
    assert str(Path.home()) not in text
    assert str(COURSE.root) not in text


def test_page_takes_the_full_form_and_says_where_a_recipe_had_to_do() -> None:
    text = page([], [COURSE.folder("boston_regression").by("small")])
    rows = [line for line in text.splitlines() if line.startswith("| `boston_regression`")]
    full = COURSE.folder("boston_regression").expectations("keras", hidden=True)
    [mean] = [row for row in rows if "mean absolute error" in row]
    assert f"{of_first_run('cv_mae')(full):.4g}" in mean
    assert "(small)" not in mean.split("|")[5]
