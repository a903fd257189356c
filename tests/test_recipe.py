"""Recipes: the smaller form of an assignment, its notebooks, its expectations, and what is said about faults."""

from __future__ import annotations

from pathlib import Path

import nbformat
import pytest

from grader.course import AssignmentFolder, Course
from grader.errors import AssignmentError, NotCalibrated, UsageError
from grader.hand_out import hand_out
from grader.recipe import Recipe, recipe_notes, recipe_of, smaller
from grader.variant import Cells, Replace, Variant

ASSIGNMENT = """
from grader.assignment import Assignment, Exercise, Limits
from grader.checks.check import Check
from grader.recipe import Recipe
from grader.report import Outcome
from grader.variant import Replace

assignment = Assignment(
    name="long",
    title="Long",
    exercises=(Exercise(name="net", title="Net", points=1, checks=(
        Check(name="open", title="open", judge=lambda evidence, expected: Outcome(score=1)),
    )),),
    recipes=(Recipe(
        name="small",
        why="20 epochs instead of 100.",
        replace=(Replace("EPOCHS = 100", "EPOCHS = 20"), Replace("for 100 epochs", "for 20 epochs")),
        limits=Limits(notebook_seconds=60),
    ),),
)
"""


def notebook(answer: str) -> nbformat.NotebookNode:
    return nbformat.v4.new_notebook(
        cells=[
            nbformat.v4.new_markdown_cell("Train for 100 epochs.", id="text"),
            nbformat.v4.new_code_cell("EPOCHS = 100", id="settings"),
            nbformat.v4.new_code_cell(answer, id="answer", metadata={"grader": {"exercise": "net"}}),
        ]
    )


@pytest.fixture
def folder(tmp_path: Path) -> AssignmentFolder:
    for place in ("assignments/long", "reference/long"):
        (tmp_path / place).mkdir(parents=True)
    (tmp_path / "assignments/long/assignment.py").write_text(ASSIGNMENT)
    nbformat.write(notebook("..."), tmp_path / "assignments/long/long.ipynb")
    nbformat.write(notebook("train(EPOCHS)"), tmp_path / "reference/long/solution.ipynb")
    return Course(root=tmp_path).folder("long")


def code(made: nbformat.NotebookNode) -> list[str]:
    return [cell.source for cell in made.cells]


def test_a_recipe_makes_starter_solution_limits_and_place_of_expectations(folder: AssignmentFolder) -> None:
    small = folder.by("small")
    assert code(small.starter_notebook()) == ["Train for 20 epochs.", "EPOCHS = 20", "..."]
    assert code(small.solution_notebook()) == ["Train for 20 epochs.", "EPOCHS = 20", "train(EPOCHS)"]
    assert recipe_of(small.starter_notebook()) == "small"
    assert small.assignment(hidden=True).recipe == "small"
    assert small.assignment(hidden=True).limits.notebook_seconds == 60
    assert small.expectations_file("keras", hidden=True).name == "keras.small.json"


@pytest.mark.parametrize("asked", [None, "full"])
def test_without_a_recipe_everything_is_as_written(folder: AssignmentFolder, asked: str | None) -> None:
    full = folder.by(asked)
    assert code(full.solution_notebook()) == ["Train for 100 epochs.", "EPOCHS = 100", "train(EPOCHS)"]
    assert full.assignment(hidden=True).recipe == ""
    assert full.expectations_file("keras", hidden=True).name == "keras.json"


def test_a_folder_whose_starter_is_the_small_one_is_of_that_recipe(folder: AssignmentFolder) -> None:
    nbformat.write(folder.by("small").starter_notebook(), folder.starter)
    assert folder.recipe == "small"
    assert folder.assignment(hidden=False).recipe == "small"
    assert code(folder.starter_notebook())[1] == "EPOCHS = 20"
    assert folder.by("full").recipe == ""


def test_a_variant_is_changed_first_and_made_smaller_then(folder: AssignmentFolder) -> None:
    changed = Variant(name="few", why="…", change=(Replace("EPOCHS = 100", "EPOCHS = 3"),), right=True)
    alone = Variant(name="alone", why="…", change=(Cells(("EPOCHS = 100\nmine(EPOCHS)",)),), right=True)
    assert "EPOCHS = 3" in code(folder.by("small").variant_notebook(changed))
    assert code(folder.by("small").variant_notebook(alone)) == ["EPOCHS = 20\nmine(EPOCHS)"]
    assert code(folder.variant_notebook(alone)) == ["EPOCHS = 100\nmine(EPOCHS)"]


def test_unknown_recipes_are_answered_with_the_ones_there_are(folder: AssignmentFolder) -> None:
    with pytest.raises(UsageError, match="full, small"):
        folder.by("tiny")


def test_missing_expectations_name_the_command(folder: AssignmentFolder) -> None:
    with pytest.raises(NotCalibrated, match="grader calibrate long --recipe small"):
        folder.by("small").expectations("keras", hidden=True)


def test_a_text_that_is_not_there_once_names_the_notebook(folder: AssignmentFolder) -> None:
    nbformat.write(notebook("EPOCHS = 100"), folder.solution)
    with pytest.raises(AssignmentError, match=r"solution\.ipynb.*2 times"):
        folder.by("small").solution_notebook()


@pytest.mark.parametrize("name", ["full", "Small", "a b", "../x", ""])
def test_names_that_would_not_do_are_refused(name: str) -> None:
    with pytest.raises(AssignmentError):
        Recipe(name=name, why="…", replace=(Replace("a", "b"),))


def test_the_notebook_handed_over_is_left_as_it_is() -> None:
    full = notebook("...")
    smaller(full, Recipe(name="small", why="…", replace=(Replace("EPOCHS = 100", "EPOCHS = 20"),)), where="here")
    assert code(full) == code(notebook("..."))
    assert recipe_of(full) == ""


def test_hand_out_writes_one_form_and_nothing_of_the_reference(folder: AssignmentFolder, tmp_path: Path) -> None:
    (folder.public / "expectations").mkdir()
    for name in ("none.json", "none.small.json"):
        (folder.public / "expectations" / name).write_text("{}")
    made = hand_out(folder.by("small"), tmp_path / "class")
    assert sorted(str(p.relative_to(made)) for p in made.rglob("*") if p.is_file()) == [
        "assignment.py",
        "expectations/none.small.json",
        "long.grader.json",
        "long.ipynb",
    ]
    handed = AssignmentFolder(name="long", public=made, private=None)
    assert handed.recipe == "small"
    assert handed.expectations_file("none", hidden=False).is_file()
    with pytest.raises(UsageError, match="already"):
        hand_out(folder, tmp_path / "class")


def test_the_report_names_the_recipe_and_says_when_the_notebook_is_of_another_one(folder: AssignmentFolder) -> None:
    full, small = folder.assignment(hidden=False), folder.by("small").assignment(hidden=False)
    made = folder.by("small").starter_notebook()
    assert recipe_notes(full, folder.starter_notebook()) == ()
    assert recipe_notes(small, made) == (
        "Graded by the smaller recipe 'small' of this assignment: 20 epochs instead of 100.",
    )
    assert "but graded by 'full'" in recipe_notes(full, made)[0]
    assert recipe_notes(full, None) == ()
