"""The terminal at 80 columns, with and without colour."""

import io
import re

import pytest
from rich.cells import cell_len
from rich.console import Console

from grader.render import terminal


def printed(content, *, width=80, colour=False):
    out = io.StringIO()
    Console(
        file=out, width=width, no_color=not colour, force_terminal=colour, color_system="standard" if colour else None
    ).print(content)
    return out.getvalue()


@pytest.mark.parametrize("width", [60, 80, 120])
def test_no_line_is_wider_than_the_terminal(samples, width):
    reports = samples.a_class()
    for content in (terminal.class_table(reports), *(terminal.student(r) for r in reports)):
        assert max(cell_len(line) for line in printed(content, width=width).split("\n")) <= width


def test_the_class_table_says_how_each_went(samples):
    text = printed(terminal.class_table(samples.a_class()), width=120)
    lines = {line.split()[0]: line for line in text.split("\n") if line.split()}
    assert "graded" in lines["grace"]
    assert "11/11" in lines["grace"]
    assert "!" not in lines["grace"]
    assert "errors !" in lines["ada"]
    assert "4.5/11" in lines["ada"]
    assert "–/11" in lines["unlucky"]
    assert "ungraded !" in lines["unlucky"]
    assert "11 submissions, median score 4.5/11" in text
    assert "6 need a human" in text


def test_one_student_has_everything(samples):
    text = printed(terminal.student(samples.report()), width=100)
    for mark in "✓✗◐–!►":
        assert mark in text
    order = [text.index(part) for part in ("Load and prepare", "Pixels are scaled", "Build the network", "Train it")]
    assert order == sorted(order)
    assert "only followed from it: cell 7 (NameError), cell 8 (NameError)" in text
    assert "cell 9  timeout (300 s for one cell)" in text
    assert "● net, model" in text
    assert "graded as network: trained on 60,000 rows" in text
    assert "▁▅▆▆▇  epoch 5: 0.9655 (reference 0.985–0.993)" in text
    assert "▼▼▼▼▼" in text
    assert "as the notebook reported it" in text
    assert "real data, from Keras' own loaders" in text


def test_the_first_difference_is_marked_once(samples):
    lines = printed(terminal.student(samples.report()), width=120).split("\n")
    marked = [line for line in lines if "►" in line]
    assert len(marked) == 1
    assert "Dense(512, relu)" in marked[0]
    assert "Dense(256, relu)" in marked[0]


def test_without_colour_there_are_no_escapes(samples):
    assert "\x1b" not in printed(terminal.student(samples.report()))
    assert "\x1b" not in printed(terminal.class_table(samples.a_class()))


def test_colours_are_the_terminals_own_and_suit_light_and_dark(samples):
    text = printed(terminal.student(samples.report()), colour=True)
    assert re.search("\x1b\\[32m *✓", text)
    codes = {code for part in text.split("\x1b[")[1:] for code in part.split("m")[0].split(";")}
    assert not codes & {"2", "7", "30", "37", "38", "40", "47", "48", "90", "97"}


def test_mark_up_of_rich_in_a_students_text_is_not_obeyed(samples):
    text = printed(terminal.student(samples.hostile("[bold red]x[/] :smile:")), width=200, colour=True)
    assert "[bold red]x[/] :smile:" in text


def test_a_student_is_told_about_hidden_checks(samples):
    text = printed(terminal.student(samples.for_student(samples.report())))
    assert "1 further check will be looked at by your instructor" in text
    assert "4.5/10" in text
