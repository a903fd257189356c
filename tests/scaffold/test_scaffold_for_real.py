"""A new course is calibrated, linted and graded as it is; work on an older starter is graded after a new release."""

from __future__ import annotations

import json
from pathlib import Path

import nbformat
import pytest

from grader.cli import run
from grader.notebook.answer_cells import exercise_of
from grader.submission import read_notebook

ANSWERS = {
    "standardize": "def standardize(x):\n    return (x - x.mean(0)) / x.std(0)",
    "network": """network = keras.Sequential([keras.layers.Dense(16, "relu"), keras.layers.Dense(1, "sigmoid")])
network.compile(keras.optimizers.Adam(0.02), "binary_crossentropy", metrics=["accuracy"])
network.fit(points, labels, epochs=30, batch_size=50, verbose=0)""",
}


def answered(starter: Path, target: Path, **answers: str) -> None:
    notebook = read_notebook(starter.read_bytes())
    for cell in notebook.cells:
        cell.source = (ANSWERS | answers).get(exercise_of(cell), cell.source)
    target.parent.mkdir(exist_ok=True)
    nbformat.write(notebook, target)


@pytest.mark.slow
def test_from_nothing_to_marks(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    few = ["--jobs", "1", "--sandbox", "any"]
    course = tmp_path / "course"
    assert run(["init", str(course)]) == 0
    monkeypatch.chdir(course)
    assert run(["calibrate", "points", "--runs", "4", *few]) == 0
    assert run(["release", "points", "--check"]) == 0
    assert run(["lint", "points", *few]) == 0

    starter = course / "assignments/points/points.ipynb"
    answered(starter, course / "submissions/ana.ipynb")
    answered(starter, course / "submissions/bo.ipynb", standardize="def standardize(x):\n    return x / x.max()")

    solution = course / "reference/points/solution.ipynb"
    text = solution.read_text().replace("# # your code: compile it and train it", "# # here")
    notebook = nbformat.reads(text, as_version=4)
    notebook.cells.insert(2, nbformat.v4.new_code_cell("print(points[:3])", id="look"))
    solution.write_text(nbformat.writes(notebook))
    assert run(["release", "points"]) == 0
    assert "# here" in starter.read_text()
    answered(starter, course / "submissions/cleo.ipynb")

    assert run(["grade", "points", "submissions", *few, "--format", "json", "--output", "marks.json"]) == 1
    reports = {r["submission"]["student"]: r for r in json.loads(Path("marks.json").read_text())["reports"]}
    assert {name: report["score"] for name, report in reports.items()} == {"ana": 6, "bo": 4, "cleo": 6}
