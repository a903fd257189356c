"""Releasing: what is written, that nothing hidden goes along, and that what would leak is named with file, cell and line."""

from __future__ import annotations

import json
import re
import shutil
from collections.abc import Callable
from pathlib import Path

import nbformat
import numpy as np
import pytest

from grader.calibration import public_part, readable
from grader.cli import run
from grader.course import AssignmentFolder, Course
from grader.errors import AssignmentError
from grader.expectations import Expectations
from grader.release import release
from grader.submission import read_notebook

ROOT = Path(__file__).parents[2]
BOUND = 0.961234567
PACKED = "2itoXz4Mtz/PS8o1Q1PPP5BnoGanSeU/VVVVVVVV1T9V"


def calibrated(folder: AssignmentFolder) -> Expectations:
    """Expectations as calibration writes them, without a run."""
    full = Expectations(
        assignment=folder.name,
        data_source="none",
        seeds=(1, 2),
        checks={
            "standardize.standardize": {"cases": {"three rows": {"value": [1.5, 0.123456789]}}},
            "standardize.standardize_wide": {"cases": {"four": {"array": {"base64": PACKED}}, "shared": 0.123456789}},
            "network.architecture": {"network": {"layers": []}},
            "network.compiled": {"loss": "binary_crossentropy"},
            "network.trained": {"epochs": [30, 30]},
            "network.test_accuracy": {"bound": BOUND},
        },
    )
    path = folder.expectations_file("none", hidden=True)
    path.parent.mkdir(exist_ok=True)
    path.write_bytes(readable(full))
    return full


def test_starter_and_public_expectations_are_written_and_nothing_twice(folder: AssignmentFolder) -> None:
    full = calibrated(folder)
    made = release(folder)
    assert [p.name for p in made.changed] == ["none.json"]
    made.write()
    again = release(folder)
    assert again.changed == ()
    assert again.notes == ()
    kept = folder.expectations("none", hidden=False)
    assert kept == public_part(full, folder.assignment(hidden=True))
    assert set(kept.checks) == {
        "standardize.standardize",
        "network.architecture",
        "network.compiled",
        "network.trained",
    }


def test_released_files_hold_no_solution_line_and_no_hidden_value(folder: AssignmentFolder) -> None:
    """The test that doesn't trust the code under test: it greps."""
    calibrated(folder)
    release(folder).write()
    everything = "\n".join(p.read_text() for p in folder.public.rglob("*") if p.is_file())
    flat = everything.replace('\\"', '"')
    solution = read_notebook(folder.solution.read_bytes())
    blocks = re.findall(
        r"# BEGIN SOLUTION\n(.*?)# END SOLUTION", "\n".join(c.source for c in solution.cells), re.DOTALL
    )
    lines = [x.strip() for block in blocks for x in block.splitlines() if len(x.strip()) > 1]
    assert len(lines) >= 8
    assert [x for x in lines if x in flat] == []
    for hidden in ("standardize_wide", "network.test_accuracy", "four columns", str(BOUND), PACKED, "HeldOut"):
        assert hidden not in flat


def edit(path: Path, old: str, new: str) -> None:
    text = path.read_text()
    assert text.count(old) >= 1
    path.write_text(text.replace(old, new, 1))


def in_text(folder: AssignmentFolder) -> None:
    edit(
        folder.solution,
        "The cell below each",
        "Or write `network.fit(points, labels, epochs=30, batch_size=50, verbose=0)`. The cell below each",
    )


def in_another_cell(folder: AssignmentFolder) -> None:
    notebook = read_notebook(folder.solution.read_bytes())
    notebook.cells.append(nbformat.v4.new_code_cell("# try\nx = points\nprint((x-x.mean( axis=0 ))/x.std(axis=0))"))
    notebook.cells.append(
        nbformat.v4.new_code_cell("if True:\n    return_ = 1\n    keras.layers.Dense(16, activation='relu'),")
    )
    folder.solution.write_text(nbformat.writes(notebook))


def in_a_hint(folder: AssignmentFolder) -> None:
    edit(
        folder.public / "assignment.py",
        'hint="The exercise says',
        "hint=\"Dense(1, activation='sigmoid') and keras.layers.Dense(1, activation='sigmoid'), say",
    )


def hidden_name(folder: AssignmentFolder) -> None:
    edit(folder.public / "assignment.py", "limits=", "# see standardize_wide\n    limits=")


def hidden_case(folder: AssignmentFolder) -> None:
    edit(folder.public / "assignment.py", "limits=", "# four columns, unlike in size\n    limits=")


def hidden_value(folder: AssignmentFolder) -> None:
    calibrated(folder)
    edit(folder.solution, "The cell below each", f"More than {BOUND} is within reach. The cell below each")


def hidden_array(folder: AssignmentFolder) -> None:
    calibrated(folder)
    (folder.public / "data.json").write_text(json.dumps({"rows": {"base64": PACKED}}))


def a_private_file(folder: AssignmentFolder) -> None:
    assert folder.private is not None
    shutil.copy(folder.private / "hidden.py", folder.public / "notes.txt")


def the_solution_itself(folder: AssignmentFolder) -> None:
    (folder.public / "old").mkdir()
    shutil.copy(folder.solution, folder.public / "old" / "solution.ipynb")


def in_outputs(folder: AssignmentFolder) -> None:
    shown = nbformat.v4.new_output(
        "stream", text="a\n  network.fit(points, labels, epochs=30, batch_size=50, verbose=0)\n"
    )
    other = nbformat.v4.new_notebook(cells=[nbformat.v4.new_code_cell("1", outputs=[shown])])
    nbformat.write(other, folder.public / "demo.ipynb")


PUBLIC = "assignments/points"
LEAKS: dict[Callable[[AssignmentFolder], None], tuple[str, str]] = {
    in_text: (f"{PUBLIC}/points.ipynb, cell 0, line 6", "solution.ipynb, cell 5, line "),
    in_another_cell: (f"{PUBLIC}/points.ipynb, cell 10, line 3", "solution.ipynb, cell 5, line "),
    in_a_hint: (f"{PUBLIC}/assignment.py, line 34", "Dense"),
    hidden_name: (f"{PUBLIC}/assignment.py, line 40", "standardize_wide"),
    hidden_case: (f"{PUBLIC}/assignment.py, line 40", "four columns"),
    hidden_value: (f"{PUBLIC}/points.ipynb, cell 0, line 6", str(BOUND)),
    hidden_array: (f"{PUBLIC}/data.json", "standardize_wide"),
    a_private_file: (f"{PUBLIC}/notes.txt", "hidden.py"),
    the_solution_itself: (f"{PUBLIC}/old/solution.ipynb", "file of the reference"),
    in_outputs: (f"{PUBLIC}/demo.ipynb, cell 0, outputs", "line of the solution"),
}


@pytest.mark.parametrize("leak", LEAKS, ids=lambda leak: leak.__name__)
def test_a_leak_is_refused_and_nothing_is_written(
    leak: Callable[[AssignmentFolder], None], folder: AssignmentFolder
) -> None:
    where, words = LEAKS[leak]
    before = folder.starter.read_bytes()
    leak(folder)
    with pytest.raises(AssignmentError) as caught:
        release(folder)
    assert where in str(caught.value)
    assert words in str(caught.value)
    assert folder.starter.read_bytes() == before


def test_a_line_that_is_given_may_be_seen(folder: AssignmentFolder) -> None:
    in_text(folder)
    edit(folder.solution, "verbose=0)\\n", "verbose=0)  # GIVEN\\n")
    assert release(folder).changed


def test_an_exercise_that_was_released_must_stay(folder: AssignmentFolder) -> None:
    starter = read_notebook(folder.starter.read_bytes())
    cell = nbformat.v4.new_code_cell("...", metadata={"grader": {"exercise": "curve"}})
    starter.cells.append(cell)
    folder.starter.write_text(nbformat.writes(starter))
    with pytest.raises(AssignmentError, match="--forget curve"):
        release(folder)
    assert release(folder, forget=("curve",)).changed


def test_a_recipe_must_fit_the_starter_too(folder: AssignmentFolder) -> None:
    declared = (
        "recipes=(Recipe(name='small', why='5 epochs.', replace=(Replace('epochs=30', 'epochs=5'),)),),\n    limits="
    )
    edit(folder.public / "assignment.py", "limits=", declared)
    edit(
        folder.public / "assignment.py",
        "import numpy",
        "from grader.recipe import Recipe\nfrom grader.variant import Replace\nimport numpy",
    )
    with pytest.raises(AssignmentError, match=r"recipe small.*0 times"):
        release(folder)


@pytest.mark.parametrize(("which", "way_out"), [("starter", "written anew"), ("solution", "save it")])
def test_a_notebook_that_is_none_is_named(which: str, way_out: str, folder: AssignmentFolder) -> None:
    path: Path = getattr(folder, which)
    path.write_text("<<<<<<< HEAD\n{}")
    with pytest.raises(AssignmentError, match=way_out) as caught:
        release(folder)
    assert caught.value.where == "/".join(path.parts[-3:])


def test_expectations_that_are_older_than_a_check_are_told(folder: AssignmentFolder) -> None:
    full = calibrated(folder)
    del full.checks["network.trained"]
    folder.expectations_file("none", hidden=True).write_bytes(readable(full))
    assert "older than the check network.trained" in release(folder).notes[0]


def test_the_command(folder: AssignmentFolder, tmp_path: Path, capsys: pytest.CaptureFixture[str]) -> None:
    course = ["--course", str(tmp_path / "course")]
    calibrated(folder)
    assert run(["release", "points", "--check", *course]) == 1
    assert "none.json is not as" in capsys.readouterr().out
    assert run(["release", "points", str(tmp_path / "class"), *course]) == 0
    assert run(["release", "points", "--check", *course]) == 0
    assert sorted(p.name for p in (tmp_path / "class/points").rglob("*.*")) == [
        "assignment.py",
        "none.json",
        "points.grader.json",
        "points.ipynb",
    ]
    capsys.readouterr()
    in_another_cell(folder)
    assert run(["release", "points", *course]) == 3
    told = capsys.readouterr().err
    assert "cell 10, line 3" in told
    assert "Try: " in told


@pytest.mark.parametrize("name", ["tiny_mlp", "mnist_dense"])
def test_a_solution_without_marks_is_not_released(name: str) -> None:
    with pytest.raises(AssignmentError, match="nothing is marked"):
        release(Course(root=ROOT).folder(name))


def test_the_examples_array_stays_what_it_is(folder: AssignmentFolder) -> None:
    wide = [c for n, c in folder.assignment(hidden=True).checks() if n == "standardize.standardize_wide"]
    (case,) = wide[0].wants.functions
    assert np.asarray(case.inputs[0]).shape == (4, 4)
