"""Stripping: what goes, what stays and where it stands, for wild cells too; and what is said of marks that don't match."""

from __future__ import annotations

import ast
import textwrap

import pytest
from hypothesis import given
from hypothesis import strategies as st

from grader.errors import AssignmentError
from grader.release.stripping import DEFAULT_TEXT, strip

WHERE = "reference/xor/solution.ipynb, cell 3"


def shown(source: str, **named: bool) -> str:
    return strip(textwrap.dedent(source).strip("\n"), WHERE, **named).source


CASES = {
    "a function's body": (
        """
        def f(x):
            \"\"\"Doc.\"\"\"
            # BEGIN SOLUTION
            y = x * 2
            return y
            # END SOLUTION
        """,
        'def f(x):\n    """Doc."""\n    # your code\n    ...',
    ),
    "nbgrader's marks": ("a = 1\n### BEGIN SOLUTION\nb = a\n### END SOLUTION\nc = 2", "a = 1\n# your code\n...\nc = 2"),
    "a prompt inside": (
        """
        # BEGIN SOLUTION
        network = build()
        # BEGIN PROMPT
        # network = ...
        #
        # # your code: compile it
        # END PROMPT
        # END SOLUTION
        """,
        "network = ...\n\n# your code: compile it",
    ),
    "a prompt below, further in": (
        """
        for i in range(3):
            # BEGIN SOLUTION
            total += i
            # END SOLUTION

            # BEGIN PROMPT
            # if i:
            #     total = ...
            # END PROMPT
        """,
        "for i in range(3):\n\n    if i:\n        total = ...",
    ),
    "an empty prompt": ("a = 1\n# BEGIN SOLUTION\nb = 2\n# BEGIN PROMPT\n# END PROMPT\n# END SOLUTION", "a = 1"),
    "Otter's prompt": (
        '# BEGIN SOLUTION\nb = 2\n# END SOLUTION\n""" # BEGIN PROMPT\n# yours\nb = ...\n"""; # END PROMPT',
        "# yours\nb = ...",
    ),
    "one line": ("x = f(1)  # SOLUTION\nprint(x)", "x = ...\nprint(x)"),
    "one line that is taken apart": ("a, (b, c) = f()  # SOLUTION", "a, (b, c) = ..., (..., ...)"),
    "one line, annotated": ("x: int = f()  # SOLUTION", "x: int = ..."),
    "one line of a function": ("def f():\n    return 3  # SOLUTION", "def f():\n    return ..."),
    "one line without a value": ("if a:\n    f()  # SOLUTION", "if a:\n    ..."),
    "one line and nothing": ("a = 1\nplt.show()  # SOLUTION NO PROMPT", "a = 1"),
    "a magic beside it": (
        "%matplotlib inline\n# BEGIN SOLUTION\nx = 1\n# END SOLUTION",
        "%matplotlib inline\n# your code\n...",
    ),
    "await at the top": ("x = await f()  # SOLUTION\nawait g(x)", "x = ...\nawait g(x)"),
    "two blocks": (
        "# BEGIN SOLUTION\na = 1\n# END SOLUTION\nb = 2\n# BEGIN SOLUTION\nc = 3\n# END SOLUTION",
        "# your code\n...\nb = 2\n# your code\n...",
    ),
    "other spelling of the same mark": ("#begin solution\na = 1\n#  END  SOLUTION  ", "# your code\n..."),
    "nothing marked": (
        "a = 1\n\n# the solution of the equation\nb = 2",
        "a = 1\n\n# the solution of the equation\nb = 2",
    ),
}


@pytest.mark.parametrize("case", CASES)
def test_what_students_get(case: str) -> None:
    source, expected = CASES[case]
    assert shown(source) == expected


def test_an_answer_in_words() -> None:
    assert shown("Because it overfits.", code=False, whole=True) == DEFAULT_TEXT
    assert shown("## 7\n<!-- BEGIN SOLUTION -->\nYes.\n<!-- END SOLUTION -->", code=False) == f"## 7\n{DEFAULT_TEXT}"
    marked = "<!-- BEGIN SOLUTION -->\nYes.\n<!-- END SOLUTION -->\n<!-- BEGIN PROMPT -->\n# Yours\n<!-- END PROMPT -->"
    assert shown(marked, code=False) == "# Yours"


def test_a_whole_cell_with_a_prompt() -> None:
    source = "network = build()\n# BEGIN PROMPT\n# network = ...\n# END PROMPT\nnetwork.fit()"
    assert shown(source, whole=True) == "network = ..."
    assert [line.number for line in strip(source, WHERE, whole=True).removed] == [1, 5]


FAULTS = {
    "no end": ("a = 1\n# BEGIN SOLUTION\nb = 2", 2, "END SOLUTION"),
    "no begin": ("a = 1\n# END SOLUTION", 2, "BEGIN SOLUTION"),
    "nested": ("# BEGIN SOLUTION\n# BEGIN SOLUTION\n# END SOLUTION\n# END SOLUTION", 2, "line 1"),
    "solution in a prompt": ("# BEGIN PROMPT\n# BEGIN SOLUTION\n# END SOLUTION\n# END PROMPT", 2, "inside the prompt"),
    "crossed": ("# BEGIN SOLUTION\n# BEGIN PROMPT\n# END SOLUTION\n# END PROMPT", 3, "END SOLUTION has no BEGIN"),
    "prompt without solution": ("a = 1\n# BEGIN PROMPT\n# b\n# END PROMPT", 2, "without a solution"),
    "misspelt": ("# BEGIN SOLUTIONS\na = 1", 1, "looks like a mark"),
    "with a dash": ("a = 1\n# begin-solution", 2, "looks like a mark"),
    "behind code": ("a = 1  # BEGIN SOLUTION", 1, "looks like a mark"),
    "alone": ("# SOLUTION\na = 1", 1, "looks like a mark"),
    "hidden tests": ("### BEGIN HIDDEN TESTS\nassert x\n### END HIDDEN TESTS", 1, r"hidden\.py"),
    "part of a statement": ("x = f(  # SOLUTION\n  1)", 1, "part of a statement"),
    "prompt that runs": ("# BEGIN SOLUTION\na = 1\n# BEGIN PROMPT\na = ...\n# END PROMPT\n# END SOLUTION", 4, "behind `# `"),
    "prompt that is no Python": (
        "# BEGIN SOLUTION\na = 1\n# BEGIN PROMPT\n# your code\n# END PROMPT\n# END SOLUTION", 4, "# # your code"
    ),
    "nothing left of a body": (
        "def f():\n    # BEGIN SOLUTION\n    return 1\n    # BEGIN PROMPT\n    # END PROMPT\n    # END SOLUTION", 1, "no Python"
    ),
    "a solution that is no Python": ("# BEGIN SOLUTION\na = = 1\n# END SOLUTION", 2, "the solution is no Python"),
}  # fmt: skip


@pytest.mark.parametrize("case", FAULTS)
def test_faults_are_named_with_cell_line_and_a_way_out(case: str) -> None:
    source, line, words = FAULTS[case]
    with pytest.raises(AssignmentError, match=words) as caught:
        strip(source, WHERE)
    assert caught.value.where == f"{WHERE}, line {line}"
    assert caught.value.remedy


WORD = st.from_regex(r"[a-z]{3,8}", fullmatch=True)


@st.composite
def cells(draw: st.DrawFn) -> tuple[str, list[str], list[str]]:
    """A cell of Python with marks at any depth; its lines that stay, and those that go."""
    lines: list[str] = []
    kept: list[str] = []
    gone: list[str] = []
    indent = ""
    for number in range(draw(st.integers(1, 12))):
        kind = draw(st.sampled_from(["keep", "deeper", "out", "block", "prompt", "line", "blank"]))
        name = f"{draw(WORD)}_{number}"
        if kind == "deeper" and len(indent) < 12:
            lines += [f"{indent}if {name}:", f"{indent}    {name} = 0"]
            kept += lines[-2:]
            indent += "    "
        elif kind == "out":
            indent = indent[4:]
        elif kind in {"block", "prompt"}:
            body = [f"{indent}{name} = {n}" for n in range(draw(st.integers(1, 3)))]
            if draw(st.booleans()):
                body += ["", f"{indent}def {name}_f():", f"{indent}    return {name}"]
            lines += [f"{indent}# BEGIN SOLUTION", *body, f"{indent}# END SOLUTION"]
            gone += [x for x in body if x]
            if kind == "prompt":
                lines += [f"{indent}# BEGIN PROMPT", f"{indent}# shown_{name} = ...", f"{indent}# END PROMPT"]
                kept.append(f"{indent}shown_{name} = ...")
        elif kind == "line":
            lines.append(f"{indent}{name} = compute_{name}()  # SOLUTION")
            kept.append(f"{indent}{name} = ...")
            gone.append(f"compute_{name}()")
        elif kind == "blank":
            lines.append("")
            kept.append("")
        else:
            text = draw(st.text('#"aé ', max_size=5))
            lines.append(f"{indent}{name} = '{text}'")
            kept.append(lines[-1])
    return "\n".join(lines), kept, gone


@given(cells())
def test_what_is_marked_goes_and_all_else_stays_as_it_was(cell: tuple[str, list[str], list[str]]) -> None:
    source, kept, gone = cell
    made = strip(source, WHERE)
    lines = made.source.split("\n")
    rest = iter(lines)
    assert all(line in rest for line in kept), "a kept line is missing, changed, or in another order"
    assert not any(line in lines for line in gone if "compute" not in line)
    assert not any(line in made.source for line in gone if "compute" in line)
    assert "SOLUTION" not in made.source
    assert "PROMPT" not in made.source
    assert made.changed == bool(gone)
    ast.parse(made.source)


@given(cells())
def test_stripping_twice_is_stripping_once(cell: tuple[str, list[str], list[str]]) -> None:
    once = strip(cell[0], WHERE)
    again = strip(once.source, WHERE)
    assert again.source == once.source
    assert not again.changed


@given(cells(), st.data())
def test_a_mark_that_is_lost_never_lets_a_solution_through(
    cell: tuple[str, list[str], list[str]], data: st.DataObject
) -> None:
    lines = cell[0].split("\n")
    marks = [i for i, line in enumerate(lines) if "# BEGIN" in line or "# END" in line]
    if not marks:
        return
    lines.pop(data.draw(st.sampled_from(marks)))
    with pytest.raises(AssignmentError) as caught:
        strip("\n".join(lines), WHERE)
    assert caught.value.where.startswith(f"{WHERE}, line ")


@given(
    st.text(alphabet=st.sampled_from("# BEGINSOLUTIONPROMPTend\n\"'<!->x=1:()"), max_size=120),
    st.booleans(),
    st.booleans(),
)
def test_wild_text_is_stripped_or_refused(text: str, code: bool, whole: bool) -> None:
    try:
        made = strip(text, WHERE, code=code, whole=whole)
    except AssignmentError:
        return
    assert made.changed or made.source == text
