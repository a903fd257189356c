"""`check(...)` and `%grader` in a real notebook kernel, with nothing but the notebook's own file."""

from __future__ import annotations

from html.parser import HTMLParser
from pathlib import Path

import nbclient
import nbformat
import pytest
from selfcheck.live_kernel import live_kernel

SANITIZER_TAGS = {
    "b",
    "br",
    "code",
    "details",
    "div",
    "img",
    "p",
    "small",
    "span",
    "summary",
    "table",
    "td",
    "th",
    "tr",
}
"""Of what JupyterLab's sanitizer lets through, what an answer uses."""
SANITIZER_ATTRIBUTES = {"style", "title", "open", "src", "alt", "width"}


class _Strict(HTMLParser):
    def __init__(self) -> None:
        super().__init__()
        self.found: set[str] = set()
        self.sources: list[str] = []

    def handle_starttag(self, tag: str, attributes: list[tuple[str, str | None]]) -> None:
        self.found |= {tag, *(f"{name}=" for name, _ in attributes)}
        self.sources += [value or "" for name, value in attributes if name in {"src", "href"}]


def is_safe_and_alone(html: str) -> None:
    parser = _Strict()
    parser.feed(html)
    assert parser.found <= SANITIZER_TAGS | {f"{a}=" for a in SANITIZER_ATTRIBUTES}
    assert all(source.startswith("data:image/svg+xml;base64,") for source in parser.sources)


def test_a_notebook_is_worked_on(notebook_alone: Path, cells: dict[str, str]) -> None:
    wrong = cells["network"].replace("Dense(5", "Dense(7")
    assert wrong != cells["network"]
    with live_kernel(notebook_alone.parent, JPY_SESSION_NAME=str(notebook_alone)) as kernel:
        assert not kernel.run("from grader import check, hint", "a").error
        counted = kernel.run(
            "from grader.selfcheck import live; print([r.number for r in live().runs], len(In) - 1)", "n"
        )
        assert counted.words == "[1, 2] 2", "cells go by the numbers that stand beside them"
        assert not kernel.run(cells["given"], "b").error
        kernel.run(wrong, "network")
        shown = kernel.run('check("network")', "c")
        assert set(shown.mimes) == {"text/html", "text/plain"}
        is_safe_and_alone(shown.html)
        assert "7 units, expected 5" in shown.html
        assert "first difference" in shown.html
        assert "<details" in shown.html, "hints open on request"
        assert "hint(" in shown.words
        assert "► Dense(5, relu)" in shown.words
        advice = kernel.run('hint("network")', "d")
        assert "model.summary()" in advice.words
        assert "model.summary()" in advice.html

        # The same cell, mended, run again: what it did before is gone, and so in the other direction.
        kernel.run(cells["network"], "network")
        right = kernel.run('check("network")', "c")
        assert "All public checks of this exercise pass" in right.words
        assert "may check more" in right.words
        assert "may check more" in right.html
        kernel.run(cells["training"].replace("epochs=60", "epochs=2"), "training")
        assert "trained for 2 epochs, expected 60" in kernel.run('check("training")', "e").words
        kernel.run(cells["training"].replace("epochs=60", "epochs=3"), "training")
        assert "trained for 3 epochs, expected 60" in kernel.run('check("training")', "e").words
        kernel.run(wrong, "network")
        assert "7 units" in kernel.run('check("network")', "c").words
        never = kernel.run('check("training")', "e").words
        assert "never trained" in never

        # The sum, by magic too; other exercises' checks that one depends on are looked at; misspelt names.
        everything = kernel.run("check()", "f")
        assert "public checks still to do" in everything.words
        assert 'check("training")' in everything.words
        assert "read by a human" in everything.words
        is_safe_and_alone(everything.html)
        assert kernel.run("check()", "f").html == everything.html
        kernel.run("%load_ext grader", "g")
        assert "%grader training" in kernel.run("%grader", "h").words
        assert "model.summary()" in kernel.run("%grader hint network", "i").words
        prediction = kernel.run("%grader prediction", "j").words
        assert "Skipped: network.architecture did not pass" in prediction
        typo = kernel.run('check("netwrk")', "k")
        assert 'Try: check("network")' in typo.words
        assert not typo.error


@pytest.mark.slow
def test_training_before_the_import_is_said_until_it_is_seen(two_files: Path, cells: dict[str, str]) -> None:
    short = cells["training"].replace("epochs=60", "epochs=1")
    with live_kernel(two_files) as kernel:
        for source in (cells["given"], cells["network"], short, "from grader import check"):
            assert not kernel.run(source).error
        assert "network was trained before Grader was imported" in kernel.run('check("training")').words
        assert not kernel.run(short).error
        again = kernel.run('check("training")').words
        assert "before Grader was imported" not in again
        assert "trained for 1 epoch, expected 60" in again
        # Random numbers, dtype policy and layer names are the student's, whatever is looked at.
        kernel.run("keras.utils.set_random_seed(3); first = np.random.rand(), keras.random.uniform(()).numpy().item()")
        kernel.run("keras.config.set_dtype_policy('mixed_float16'); keras.utils.set_random_seed(3)")
        kernel.run("check()")
        kernel.run("second = np.random.rand(), keras.random.uniform(()).numpy().item()")
        assert kernel.run("first == second, keras.config.dtype_policy().name").words == "(True, 'mixed_float16')"


@pytest.mark.slow
def test_the_whole_solution_with_its_self_checks(handed_out: Path, cells: dict[str, str]) -> None:
    """The starter that students get, filled in, its self-check cells as they were released."""
    notebook = nbformat.read(handed_out / "tiny_mlp.ipynb", as_version=4)
    for cell in notebook.cells:
        name = cell.metadata.get("grader", {}).get("exercise")
        if cell.cell_type == "code" and name in cells:
            cell.source = cells[name]
    notebook.cells.append(nbformat.v4.new_code_cell("from grader import check\n\ncheck()"))
    client = nbclient.NotebookClient(notebook, timeout=300, resources={"metadata": {"path": str(handed_out)}})
    client.execute()
    checks = [c for c in notebook.cells if c.cell_type == "code" and "check(" in c.source]
    assert len(checks) == 7
    for cell in checks:
        (shown,) = (o["data"] for o in cell.outputs if "text/html" in o.get("data", {}))
        whose = "" if cell.source.endswith("check()") else " of this exercise"
        assert f"All public checks{whose} pass" in shown["text/plain"]
        assert "may check more" in " ".join(shown["text/plain"].split())
        is_safe_and_alone(shown["text/html"])
