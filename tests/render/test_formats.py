"""What holds for every report format."""

import inspect
import subprocess
import sys

import pytest

from grader.errors import MachineError, UsageError
from grader.render import FORMATS, Renderer, Work, renderer

NAMES = sorted(FORMATS)


def test_unknown_format_names_the_known_ones():
    with pytest.raises(UsageError, match="terminal, json, html"):
        renderer("pdf")


@pytest.mark.parametrize("name", NAMES)
def test_renderer_has_the_protocols_functions(name):
    for function in ("one", "many"):
        expected = inspect.signature(getattr(Renderer, function)).parameters
        found = inspect.signature(getattr(renderer(name), function)).parameters
        assert ["self", *found] == list(expected)


@pytest.mark.parametrize("name", NAMES)
def test_a_class_shows_every_student(samples, name):
    text = renderer(name).many(samples.a_class())
    for student in ("grace", "ada", "nobody", "broken", "unlucky", "王小明"):
        assert student in text


@pytest.mark.parametrize("name", NAMES)
def test_an_instructor_sees_hidden_findings(samples, name):
    assert "SECRET" in renderer(name).one(samples.report(), Work())


@pytest.mark.parametrize("name", NAMES)
def test_a_student_sees_no_hidden_finding_and_no_flag(samples, name):
    text = renderer(name).one(samples.for_student(samples.report()), Work())
    assert "hidden rows" not in text
    assert "SECRET" not in text
    assert "trained on test rows" not in text
    assert "ada" in text


@pytest.mark.parametrize("name", NAMES)
def test_a_students_report_with_hidden_findings_is_refused(samples, name):
    leaking = samples.report(audience="student")
    with pytest.raises(MachineError, match="hidden findings"):
        renderer(name).one(leaking, Work())
    with pytest.raises(MachineError, match="hidden findings"):
        renderer(name).many([leaking])


@pytest.mark.parametrize("name", NAMES)
def test_no_reports_and_bare_reports_are_no_problem(samples, name):
    assert renderer(name).many([]).strip()
    for status in samples.Status:
        text = renderer(name).one(samples.bare("eve", status, "the reason"), Work())
        assert "the reason" in text or name == "csv" or status is samples.Status.GRADED


@pytest.mark.parametrize("name", NAMES)
def test_hostile_texts_stay_texts(samples, name):
    for text in samples.HOSTILE:
        written = renderer(name).one(samples.hostile(text), Work())
        written.encode("utf-8")
        if name != "json":  # JSON is data: it keeps what can be encoded, and escapes control characters by itself
            assert not [c for c in written if c in "\x1b\x9b\x00\x07\x0b\u202e\u200b\ufeff\ufffe"]


@pytest.mark.parametrize("name", NAMES)
def test_the_same_report_gives_the_same_text(samples, name):
    work = Work(notebook=samples.notebook(), outputs=samples.outputs())
    assert renderer(name).one(samples.report(), work) == renderer(name).one(samples.report(), work)


def test_the_table_of_formats_loads_no_renderer():
    code = "import sys, grader.render; print(sorted({'rich', 'jinja2', 'nbconvert', 'tensorflow'} & set(sys.modules)))"
    done = subprocess.run([sys.executable, "-c", code], capture_output=True, text=True, check=True)
    assert done.stdout.strip() == "[]"
