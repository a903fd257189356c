"""docs/write-an-assignment.md, executed from top to bottom."""

import json
import re
import shlex
import shutil
from pathlib import Path

import nbformat
import pytest

from grader.cli import run

PAGE = Path(__file__).parents[1] / "docs" / "write-an-assignment.md"


def write_files(text: str, root: Path) -> nbformat.NotebookNode:
    """Writes every titled block to its file; the notebook's cells become one notebook."""
    cells = []
    for title, code in re.findall(r'```python title="([^"]+)"\n(.*?)```', text, re.DOTALL):
        if " cell " in title:
            cells.append(
                nbformat.v4.new_code_cell(code.rstrip("\n"), metadata={"tags": re.findall(r"tagged (\S+)", title)})
            )
        else:
            (root / title).parent.mkdir(parents=True, exist_ok=True)
            (root / title).write_text(code)
    notebook = nbformat.v4.new_notebook(cells=cells)
    nbformat.write(notebook, root / "reference/xor/solution.ipynb")
    return notebook


@pytest.mark.slow
def test_the_page_works_as_written(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    text = PAGE.read_text()
    write_files(text, tmp_path)
    commands = [shlex.split(line) for line in re.findall(r"^\$ (.+)$", text, re.MULTILINE)]
    assert [c[:2] for c in commands] == [["grader", "calibrate"], ["grader", "grade"], ["grader", "release"]]
    monkeypatch.chdir(tmp_path)

    assert run([*commands[0][1:], "--sandbox", "any"]) == 0

    shutil.copytree(tmp_path / "reference", tmp_path / "submissions", ignore=shutil.ignore_patterns("*.py", "*.json"))
    solution = (tmp_path / "submissions/xor/solution.ipynb").rename(tmp_path / "submissions/ana.ipynb").read_text()
    (tmp_path / "submissions/bo.ipynb").write_text(solution.replace("Dense(16", "Dense(4"))
    shutil.rmtree(tmp_path / "submissions/xor")
    code = run([*commands[1][1:], "--sandbox", "any", "--format", "json", "--output", "marks.json"])

    reports = {r["submission"]["student"]: r for r in json.loads(Path("marks.json").read_text())["reports"]}
    assert code == 1
    assert reports["ana"]["score"] == reports["ana"]["max_score"] == 6
    assert reports["bo"]["score"] < 6
    failed = {f["check"] for f in reports["bo"]["findings"] if f["verdict"] in {"failed", "partial"}}
    assert "architecture" in failed
    public = json.loads((tmp_path / "assignments/xor/expectations/none.json").read_text())
    assert not any("wide" in name or "accuracy" in name for name in public["checks"])

    assert run(commands[2][1:]) == 0
    starter = nbformat.read(tmp_path / "assignments/xor/xor.ipynb", as_version=4)
    assert [c.source.splitlines()[-1] for c in starter.cells] == [
        "from grader import check  # stays first: it sees the trainings below it",
        'labels = (points[:, 0] * points[:, 1] > 0).astype("int32")',
        "    ...",
        'check("standardize")',
        "network = ...",
        'check("network")',
    ]
