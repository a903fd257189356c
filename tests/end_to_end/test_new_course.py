"""By the documentation alone: a course, an assignment from a solution notebook, a student in JupyterLab, and the steps of CI."""

from __future__ import annotations

import importlib.util
import json
import os
import shutil
import sys
from pathlib import Path

import nbformat
import pictures
import pytest
import yaml
from ci_steps import action
from executed_page import DOCS, FENCE, Command, Run, commands
from live_lab import Notebook, chromium, opened

from grader.execute.sandbox import available_sandboxes

pytestmark = [
    pytest.mark.slow,
    pytest.mark.browser,
    pytest.mark.xdist_group("documentation"),
    pytest.mark.skipif(chromium() is None, reason="no chromium on this machine"),
    pytest.mark.skipif(importlib.util.find_spec("playwright") is None, reason="playwright is not installed"),
    pytest.mark.skipif(importlib.util.find_spec("jupyterlab") is None, reason="JupyterLab is not installed"),
    pytest.mark.skipif(not available_sandboxes(), reason="no sandbox works here"),
]


def student(page: str, notebook: Path, lab: Notebook) -> dict[str, list[str]]:
    """Does in JupyterLab what a page says to a student.

    Returns:
        What stands below the cells that were run, by their source.
    """
    answers: dict[str, list[str]] = {}
    exercises = [c.metadata.get("grader", {}).get("exercise") for c in nbformat.read(notebook, as_version=4).cells]
    for block in FENCE.finditer((DOCS / page).read_text("utf-8")):
        source = block["text"].strip()
        if block["language"] == "console":
            continue
        if block["title"]:
            cell = lab.page.locator(".jp-Cell").nth(exercises.index(block["title"].rpartition(" ")[2]))
            lab.write(cell, source)
            assert "Error" not in lab.run(cell)
        else:
            answers.setdefault(source, []).append(lab.run(lab.cell(source)))
            if source == 'check("standardize")' and len(answers[source]) == 1 and pictures.wanted():
                written = lab.page.locator(".jp-Cell").nth(exercises.index("standardize"))
                written.evaluate("cell => cell.scrollIntoView({block: 'start'})")
                lab.page.wait_for_timeout(1000)
                pictures.window("jupyterlab", lab.page)
    lab.save()
    return answers


def keep_pictures(reader: Run) -> None:
    """The class in the terminal, and what is said of Bo's network on his page."""
    from playwright.sync_api import sync_playwright

    line = "grader grade points handed-in"
    reader.command(Command(f"env -u NO_COLOR FORCE_COLOR=1 {line} 2>/dev/null", ""), code=1)
    pictures.terminal("class", f"$ {line}", reader.printed[-1])
    with sync_playwright() as running:
        browser = running.chromium.launch(executable_path=chromium(), args=["--no-sandbox", "--disable-gpu"])
        page = browser.new_page(viewport={"width": 1100, "height": 800})
        page.goto((reader.folder / "marks/bo.html").as_uri())
        box = page.locator("article.finding.partial").bounding_box()
        pictures.window(
            "report",
            page,
            full_page=True,
            clip={"x": 0, "y": box["y"] - 60, "width": 1100, "height": box["height"] + 90},
        )
        browser.close()


def test_a_new_course(tmp_path: Path) -> None:
    reader = Run(tmp_path)
    reader.page("tutorial-instructor.md")
    assert (reader.folder / "marks/bo.html").is_file()
    if pictures.wanted():
        keep_pictures(reader)

    reader.page("write-an-assignment.md")
    course = reader.folder
    handed_out = course / "for-students/xor/xor.ipynb"

    # A student has the folder that was handed out, and nothing else of the course.
    notebook = shutil.copytree(handed_out.parent, tmp_path / "student/xor") / "xor.ipynb"
    with opened(notebook, tmp_path / "jupyter") as lab:
        answers = student("tutorial-student.md", notebook, lab)
    wrong, right = answers['check("standardize")']
    assert "0 of 1 cases right" in wrong
    assert "standardize" in wrong
    assert "not yet" in wrong
    assert "not yet" not in right
    assert "not yet" not in answers['check("network")'][0]
    assert "may check more" in answers['check("network")'][0]

    reader.folder = notebook.parent
    for block in FENCE.finditer((DOCS / "tutorial-student.md").read_text("utf-8")):
        for command in commands(block["text"]) if block["language"] == "console" else ():
            reader.command(command)
    assert "6/6" in reader.printed[-1]

    shutil.rmtree(course / "submissions")
    (course / "submissions").mkdir()
    shutil.copy(notebook, course / "submissions/cleo.ipynb")
    reader.folder = course
    reader.page("tutorial-ci.md")

    (grade,) = yaml.safe_load((course / ".github/workflows/grade.yml").read_text())["jobs"].values()
    given = next(step["with"] for step in grade["steps"] if "grader@" in step["uses"])
    path = os.pathsep.join([str(Path(sys.executable).parent), os.environ["PATH"]])
    ran = action(given | {"install": "false"}, course, tmp_path / "runner", PATH=path)
    assert ran.code == 0, ran.log
    assert ran.outputs["exit-code"] == "0"
    assert ran.outputs["score"] == ran.outputs["max-score"] != ""
    assert "cleo" in ran.summary
    report = json.loads((course / "grader-report/class.json").read_text())["reports"][0]
    assert report["submission"]["student"] == "cleo"
    assert report["calibrated_with"] == report["environment"]
