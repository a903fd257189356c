"""The package for Gradescope: what is in it, and a run of it in a folder that stands for the container."""

from __future__ import annotations

import json
import os
import subprocess
import sys
import zipfile
from dataclasses import replace
from pathlib import Path

import nbformat
import pytest
from packaging.requirements import Requirement

from grader.cli import run
from grader.course import AssignmentFolder, Course
from grader.errors import NotCalibrated
from grader.package import package_gradescope
from grader.package.gradescope import _needs
from grader.package.this_grader import requirements, wheel

ROOT = Path(__file__).parents[2]


@pytest.fixture(scope="module")
def folder() -> AssignmentFolder:
    return Course(root=ROOT).folder("tiny_mlp")


@pytest.fixture(scope="module")
def package(folder, tmp_path_factory) -> Path:
    return package_gradescope(folder, tmp_path_factory.mktemp("made") / "tiny.zip").path


def test_scripts_are_at_the_root_and_can_be_run(package, tmp_path) -> None:
    with zipfile.ZipFile(package) as archive:
        for name in ("setup.sh", "run_autograder"):
            member = archive.getinfo(name)
            assert member.external_attr >> 16 == 0o755
            archive.extract(member, tmp_path)
            subprocess.run(["bash", "-n", str(tmp_path / name)], check=True)


def test_the_solution_stays_at_home(package, folder) -> None:
    secrets = {
        line.strip()
        for cell in nbformat.read(folder.solution, as_version=4).cells
        for line in cell.source.splitlines()
        if cell.cell_type == "code" and len(line.split()) > 4 and not line.lstrip().startswith(("#", "import", "from"))
    }
    starter = folder.starter.read_text()
    secrets = {line for line in secrets if json.dumps(line)[1:-1] not in starter}
    assert len(secrets) > 5
    with zipfile.ZipFile(package) as archive:
        names = archive.namelist()
        texts = [archive.read(name).decode() for name in names if name.startswith("course/")]
    assert not [line for line in secrets if any(line in text for text in texts)]
    assert "course/reference/tiny_mlp/hidden.py" in names
    assert not [name for name in names if "solution" in name.rsplit("/", 1)[-1] and name.startswith("course/")]


def test_a_class_of_packages_is_the_same_bytes(package, folder, tmp_path) -> None:
    assert package_gradescope(folder, tmp_path / "again.zip").path.read_bytes() == package.read_bytes()


def test_versions_are_those_of_here() -> None:
    found = {Requirement(line).name: Requirement(line) for line in requirements()}
    assert {"tensorflow", "keras", "numpy", "nbclient", "packaging"} <= set(found)
    assert not {"grader", "pytest", "ruff"} & set(found)
    assert all(str(r.specifier).startswith("==") for r in found.values())


def test_pip_takes_the_wheel(tmp_path) -> None:
    name, data = wheel()
    (tmp_path / name).write_bytes(data)
    command = [sys.executable, "-m", "pip", "install", "--no-deps", "--no-index", "--no-compile", "-q"]
    subprocess.run([*command, "--target", str(tmp_path / "to"), str(tmp_path / name)], check=True)
    found = {p.relative_to(tmp_path / "to").as_posix() for p in (tmp_path / "to").rglob("*") if p.is_file()}
    assert {"grader/__init__.py", "grader/inside/runner.py", "grader/py.typed", "bin/grader"} <= found
    assert "grader/package/template/setup.sh.txt" in found


def test_the_containers_size_follows_from_calibration() -> None:
    assert (_needs(1 << 29, 300).cpus, _needs(1 << 29, 300).minutes) == (2, 8)
    assert _needs(1 << 20, 10).gigabytes == 1.5
    assert not _needs(16 << 30, 300).enough
    assert _needs(1 << 29, 3600).minutes == 40


def test_what_is_not_calibrated_is_not_packaged(folder, tmp_path) -> None:
    public = tmp_path / "tiny_mlp"
    public.mkdir()
    (public / "assignment.py").write_text((folder.public / "assignment.py").read_text())
    with pytest.raises(NotCalibrated, match="not calibrated"):
        package_gradescope(replace(folder, public=public, private=None), tmp_path / "x.zip")


def test_the_command_says_what_to_set(tmp_path, capsys) -> None:
    command = ["package", "gradescope", "tiny_mlp", "--course", str(ROOT), "-o", str(tmp_path / "x.zip")]
    assert run([*command, "--hidden", "after_published"]) == 0
    assert "time limit of" in capsys.readouterr().out
    with zipfile.ZipFile(tmp_path / "x.zip") as archive:
        assert "GRADER_HIDDEN_TESTS='after_published'" in archive.read("grader.env").decode()


@pytest.mark.slow
def test_it_grades_in_a_folder_that_stands_for_the_container(package, folder, tmp_path) -> None:
    root = tmp_path / "autograder"
    with zipfile.ZipFile(package) as archive:
        archive.extractall(root / "source")
    (root / "run_autograder").write_bytes((root / "source/run_autograder").read_bytes())
    env = {
        "PATH": os.environ["PATH"], "HOME": str(tmp_path), "LANG": "C.UTF-8", "GRADER_AUTOGRADER": str(root),
        "GRADER_PYTHON": str(_python(tmp_path / "python")), "PIP_NO_INDEX": "1",
    }  # fmt: skip
    subprocess.run(["bash", str(root / "source/setup.sh")], env=env, check=True)
    where = [env["GRADER_PYTHON"], "-c", "import grader; print(grader.__file__)"]
    told = subprocess.run(where, cwd=tmp_path, env=env, check=True, capture_output=True, text=True).stdout
    assert told.startswith(str(tmp_path / "python"))

    solution = nbformat.read(folder.solution, as_version=4)
    for cell in solution.cells:
        cell.source = cell.source.replace("np.exp(", "np.exp2(")
    (root / "submission").mkdir()
    nbformat.write(solution, root / "submission/my work.ipynb")
    done = subprocess.run(["bash", str(root / "run_autograder")], env=env, capture_output=True, text=True, check=False)
    assert done.returncode == 0, done.stdout + done.stderr
    found = json.loads((root / "results/results.json").read_text())
    failed = {t["name"].split(":")[0] for t in found["tests"] if t["extra_data"]["verdict"] in {"failed", "partial"}}
    assert failed == {"Softmax by hand"}
    assert 10 < found["score"] < 20
    assert [t["visibility"] for t in found["tests"]].count("hidden") == 1


def _python(copy: Path) -> Path:
    """An interpreter with everything that this one has but Grader: a copy whose files are links."""
    if subprocess.run(["cp", "-al", sys.prefix, str(copy)], check=False, capture_output=True).returncode:
        subprocess.run(["cp", "-a", sys.prefix, str(copy)], check=True)
    for pattern in ("bin/grader", "lib/*/site-packages/grader-*", "lib/*/site-packages/*editable*grader*"):
        for path in copy.glob(pattern):
            subprocess.run(["rm", "-r", str(path)], check=True)
    return copy / "bin/python"
