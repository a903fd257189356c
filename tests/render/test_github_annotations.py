"""Workflow commands beside those of github-action-utils, which is not ours."""

import re
from dataclasses import replace

import github_action_utils
import nbformat
import pytest

from grader.evidence import CellError, CellRun, CellStatus
from grader.judge import for_student
from grader.render import Work, github
from grader.report import Advice, Severity

WRITERS = {
    "error": github_action_utils.error,
    "warning": github_action_utils.warning,
    "notice": github_action_utils.notice,
}
HARD = ["100 %", "a: b, c", "::error::x", "two\nlines", "%0A%25", "end::", "##[error]x"]


@pytest.mark.parametrize("level", sorted(WRITERS))
@pytest.mark.parametrize("text", HARD)
def test_commands_are_written_as_others_write_them(capsys, level, text):
    ours = github.Annotation(level=level, title=text.replace("\n", " "), message=text, file="a,b:c%.ipynb", line=7)
    WRITERS[level](text, title=text.replace("\n", " "), file="a,b:c%.ipynb", line=7)
    assert str(ours) + "\n" == capsys.readouterr().out


def test_the_fences_word_can_be_resumed(capsys):
    fence = github.Fence()
    word = fence.begin.removeprefix("::stop-commands::")
    # Refuses a word that the runner would not take.
    github_action_utils.begin_stop_commands(word)
    github_action_utils.end_stop_commands(word)
    assert capsys.readouterr().out.replace(" ", "") == f"{fence.begin}\n{fence.end}\n"
    assert github.Fence().begin != fence.begin


def notebook():
    cells = [nbformat.v4.new_markdown_cell("# Title")]
    cells += [nbformat.v4.new_code_cell(f"a = {n}\nb = {n}\nc = {n}") for n in range(10)]
    return nbformat.v4.new_notebook(cells=cells)


def parsed(line):
    level, properties, message = re.fullmatch(r"::(\w+) ([^\n]*?)::(.*)", line).groups()
    return level, dict(pair.split("=", 1) for pair in properties.split(",")), message.replace("%0A", "\n")


def said(report, **work):
    book = notebook()
    text = nbformat.writes(book)
    lines = github.one(report, Work(notebook=book, source=text, path="hw/ada.ipynb", **work)).splitlines()
    return [parsed(line) for line in lines], text.split("\n")


def test_findings_stand_at_their_cell(samples):
    found, lines = said(samples.report())
    (level, where, message) = next(f for f in found if "reference's layers" in f[1]["title"])
    assert (level, where["file"]) == ("error", "hw/ada.ipynb")
    assert '"a = 2\\n"' in lines[int(where["line"]) - 1]
    assert "expected: Dense(512, relu)" in message
    assert "(0/2)" in where["title"]


def test_a_cell_that_stopped_is_shown_at_the_line_that_stopped(samples):
    trace = "Traceback (most recent call last):\n  Cell In[6], line 3, in <module>\n    c = 5\nNameError: c"
    cell = CellRun(index=6, status=CellStatus.ERROR, error=CellError(name="NameError", message="c", traceback=trace))
    found, lines = said(samples.report(cells=(cell,)))
    _, where, message = next(f for f in found if "stopped" in f[1]["title"])
    assert '"c = 5"' in lines[int(where["line"]) - 1]
    assert message == "NameError: c"


def test_advice_stands_at_its_line(samples):
    advice = Advice(
        kind="dead_name", severity=Severity.BREAKS, cell=3, line=2, what="`lr` is gone", new="learning_rate"
    )
    found, lines = said(samples.report(advice=(advice,)))
    level, where, message = next(f for f in found if "gone" in f[2])
    assert level == "warning"
    assert '"b = 2\\n"' in lines[int(where["line"]) - 1]
    assert message.endswith("learning_rate")


def test_lines_of_another_file_are_not_claimed(samples):
    other = nbformat.writes(nbformat.v4.new_notebook(cells=notebook().cells[:3]))
    text = github.one(samples.report(), Work(notebook=notebook(), source=other))
    assert ",line=" not in text
    assert "file=ada.ipynb" in text


def test_ten_of_a_kind_and_how_many_more(samples):
    many = tuple(samples.finding("a", f"c{i}", samples.Verdict.FAILED, points=0, max_points=i) for i in range(25))
    found, _ = said(samples.report(findings=many, cells=()))
    errors = [f for f in found if f[0] == "error"]
    assert len(errors) == 10
    assert errors[-1][2] == "16 more are in the summary."
    assert "(0/24)" in errors[0][1]["title"]


def test_one_student_does_not_take_all_the_room(samples):
    many = tuple(samples.finding("a", f"c{i}", samples.Verdict.FAILED, points=0, max_points=9) for i in range(25))
    one = (samples.finding("a", "c", samples.Verdict.FAILED, points=0, max_points=1),)
    text = github.many([samples.report("ann", findings=many, cells=()), samples.report("bo", findings=one, cells=())])
    assert [line for line in text.splitlines() if line.startswith("::error ") and "file=bo.ipynb" in line]


def test_whatever_a_student_writes_a_command_is_one_line(samples):
    for text in (*samples.HOSTILE, *HARD):
        made = samples.hostile(text)
        made = replace(made, submission=replace(made.submission, file=f"{text}.ipynb"))
        for line in github.one(made, Work()).splitlines():
            level, properties, _ = parsed(line)
            assert level in WRITERS
            assert set(properties) <= {"title", "file", "line"}


def test_a_student_is_told_of_hidden_checks_and_nothing_else(samples):
    text = github.one(for_student(samples.report()), Work())
    assert "1 further check" in text
    assert "SECRET" not in text
