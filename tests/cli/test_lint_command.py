"""`grader lint` as it is called; the untouched starter is judged without a kernel."""

from __future__ import annotations

import json
from pathlib import Path

import pytest

from grader.cli import run

ROOT = Path(__file__).parents[2]


def lint(tmp_path: Path, *arguments: str) -> int:
    return run(["lint", *arguments, "--course", str(ROOT), "--workspace", str(tmp_path), "--sandbox", "any", "-j", "1"])


def test_one_case(tmp_path: Path, capsys: pytest.CaptureFixture[str]) -> None:
    page = tmp_path / "page.md"
    assert lint(tmp_path, "tiny_mlp", "--only", "starter", "--table", str(page)) == 0
    shown = capsys.readouterr().out
    assert "1 of 1 earn 0" in shown
    assert "Only some cases" in shown
    assert "| `tiny_mlp` | none | full |" in page.read_text()


def test_a_page_is_renewed_by_assignments(tmp_path: Path) -> None:
    page = tmp_path / "page.md"
    assert lint(tmp_path, "tiny_mlp", "anatomy", "--only", "starter", "--table", str(page)) == 0
    both = page.read_text().splitlines()
    assert [line.split()[1] for line in both if line.startswith("| `")][:2] == ["`anatomy`", "`tiny_mlp`"]
    older = [line.replace("| none |", "| long ago |") for line in both]
    page.write_text("\n".join(older))
    assert lint(tmp_path, "tiny_mlp", "--only", "starter", "--table", str(page)) == 0
    assert page.read_text().splitlines() == [
        old if "`anatomy`" in old else new for old, new in zip(older, both, strict=True)
    ]


def test_json(tmp_path: Path, capsys: pytest.CaptureFixture[str]) -> None:
    assert lint(tmp_path, "tiny_mlp", "--only", "starter", "--format", "json") == 0
    (found,) = json.loads(capsys.readouterr().out)
    assert found["results"][0]["score"] == 0


@pytest.mark.parametrize("arguments", [(), ("tiny_mlp", "--all"), ("tiny_mlp", "--only", "strater"), ("tiny",)])
def test_called_wrongly(tmp_path: Path, arguments: tuple[str, ...]) -> None:
    assert lint(tmp_path, *arguments) == 2
