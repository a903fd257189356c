"""The documentation: its commands run as they are written, and its site is built without a warning."""

from __future__ import annotations

import ast
import importlib.util
import json
import re
import shutil
import subprocess
import sys
from pathlib import Path

import nbformat
import pytest
from executed_page import DOCS, Command, Run, commands, executed
from IPython.core.inputtransformer2 import TransformerManager

import grader.checks
from grader.cli import grader as program
from grader.execute.sandbox import available_sandboxes

ROOT = DOCS.parent

isolated = pytest.mark.skipif(not available_sandboxes(), reason="no sandbox works here")


@pytest.fixture
def reader(tmp_path: Path) -> Run:
    return Run(tmp_path)


def test_what_a_page_shows_is_held_against_what_is_printed(reader: Run) -> None:
    first, second = commands("$ echo one two\none ...\n$ exit 3  # exit code 3\n")
    reader.command(first)
    reader.command(second)
    with pytest.raises(AssertionError, match="the page shows"):
        reader.command(Command("echo one", "two"))
    with pytest.raises(AssertionError):
        reader.command(Command("exit 1", ""))


def test_a_page_is_read_by_its_blocks(reader: Run) -> None:
    reader.write("sub/a.py", "x = 1\n")
    reader.write("b.ipynb cell 1", "x = 1\n")
    reader.write("b.ipynb cell 2, tagged exercise:e", "y = 2\n")
    reader.command(Command("cd sub && cat a.py", "x = 1"))
    assert reader.folder.name == "sub"
    cells = nbformat.read(reader.folder.parent / "b.ipynb", as_version=4).cells
    assert [(c.source, c.metadata.get("tags")) for c in cells] == [("x = 1", None), ("y = 2", ["exercise:e"])]


def test_every_page_with_commands_is_run_by_a_test() -> None:
    tests = "".join(path.read_text() for path in Path(__file__).parent.rglob("test_*.py"))
    assert [name for name in executed() if f'"{name}"' not in tests] == []


@pytest.mark.slow
@pytest.mark.xdist_group("documentation")
@isolated
def test_from_a_solution_notebook_to_ci(reader: Run) -> None:
    reader.page("write-an-assignment.md")
    assert "ana" in reader.printed[-2]
    root = reader.folder
    reader.command(Command("grader grade xor submissions/ --format json -o marks.json", ""), code=1)
    reports = {r["submission"]["student"]: r for r in json.loads((root / "marks.json").read_text())["reports"]}
    assert reports["ana"]["score"] == reports["ana"]["max_score"] == 6
    assert reports["bo"]["score"] < 6
    assert "architecture" in {f["check"] for f in reports["bo"]["findings"] if f["verdict"] in {"failed", "partial"}}
    public = json.loads((root / "assignments/xor/expectations/none.json").read_text())
    assert not any("wide" in name or "accuracy" in name for name in public["checks"])
    starter = nbformat.read(root / "assignments/xor/xor.ipynb", as_version=4)
    assert [c.source.splitlines()[-1] for c in starter.cells] == [
        "from grader import check  # stays first: it sees the trainings below it",
        'labels = (points[:, 0] * points[:, 1] > 0).astype("int32")',
        "    ...",
        'check("standardize")',
        "network = ...",
        'check("network")',
    ]

    reader.folder = root / "for-students/xor"
    reader.page("tutorial-student.md")
    assert "6/6" in reader.printed[-1]
    shutil.rmtree(root / "submissions")
    (root / "submissions").mkdir()
    shutil.copy(root / "for-students/xor/xor.ipynb", root / "submissions/cleo.ipynb")
    reader.folder = root
    reader.page("tutorial-ci.md")
    assert {"class.json", "cleo.html"} <= set(reader.printed[-1].split())


@pytest.mark.slow
@pytest.mark.docs
@pytest.mark.skipif(
    importlib.util.find_spec("sphinx") is None, reason="Sphinx is not installed: pip install grader[docs]"
)
def test_the_site_is_built_without_a_warning(tmp_path: Path) -> None:
    source = shutil.copytree(DOCS, tmp_path / "docs", ignore=shutil.ignore_patterns("_build", "__pycache__"))
    for name in ("SECURITY.md", "CONTRIBUTING.md", "CHANGELOG.md"):
        shutil.copy(ROOT / name, tmp_path)
    build = [sys.executable, "-m", "sphinx", "-W", "--keep-going", "-q", "-b", "html", str(source)]
    done = subprocess.run([*build, str(tmp_path / "site")], capture_output=True, text=True, check=False)
    assert done.returncode == 0, done.stderr
    checks = (tmp_path / "site/reference/checks.html").read_text()
    assert [name for name in grader.checks.__all__ if f'id="grader.checks.{name}"' not in checks] == []
    commands_page = (tmp_path / "site/reference/commands.html").read_text()
    assert [name for name in program.list_commands(None) if f'id="grader-{name}"' not in commands_page] == []  # type: ignore[arg-type]
    schema = json.loads((DOCS / "report.schema.json").read_text())
    formats = (tmp_path / "site/reference/report-format.html").read_text()
    assert [name for name in schema["$defs"] if f'id="{name.lower()}"' not in formats] == []
    assert "waiting" in formats

    (source / "data.md").write_text((source / "data.md").read_text() + "\n[nowhere](not-there.md)\n")
    done = subprocess.run([*build, str(tmp_path / "again")], capture_output=True, text=True, check=False)
    assert done.returncode != 0
    assert "not-there.md" in done.stderr


def test_every_page_is_in_the_sites_table_of_contents() -> None:
    listed = set(re.findall(r"^([\w/-]+)$", (DOCS / "index.md").read_text(), re.MULTILINE))
    pages = {p.relative_to(DOCS).with_suffix("").as_posix() for p in DOCS.rglob("*.md") if "_build" not in p.parts}
    assert {p for p in pages if not p.startswith("decisions/0")} - {"index"} - listed == set()


def test_examples_in_the_documentation_are_python() -> None:
    for path in sorted(DOCS.rglob("*.md")):
        for block in re.findall(r"^```python.*?\n(.*?)^```$", path.read_text("utf-8"), re.DOTALL | re.MULTILINE):
            ast.parse(TransformerManager().transform_cell(block))
