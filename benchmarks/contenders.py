"""Grader, its peers, and the bounds below which nobody can be, each on its own best settings."""

from __future__ import annotations

import csv
import json
import os
import subprocess
import sys
import textwrap
import zipfile
from collections.abc import Mapping, Sequence
from concurrent.futures import ThreadPoolExecutor
from dataclasses import dataclass, field
from pathlib import Path

import nbformat

from benchmarks.classroom import Recipe, Student, tests
from benchmarks.measured import Cost, measured

HERE = Path(__file__).parent
ENVIRONMENTS = HERE / ".environments"
PACKAGES = {"nbgrader": "nbgrader==0.9.6", "otter": "otter-grader==7.0.0"}
QUIET = {"TF_CPP_MIN_LOG_LEVEL": "3", "PYTHONWARNINGS": "ignore"}
ONE_THREAD = dict.fromkeys(("TF_NUM_INTRAOP_THREADS", "TF_NUM_INTEROP_THREADS", "OMP_NUM_THREADS"), "1")


def _env(programs: Path, at_once: int = 1) -> dict[str, str]:
    """As in an activated environment: both peers call other programs by name.

    Side by side each process gets one thread, as Grader's slots do: with more they take CPU time from each other.
    """
    return {**QUIET, **(ONE_THREAD if at_once > 1 else {}), "PATH": f"{programs}:{os.environ['PATH']}"}


@dataclass(frozen=True, kw_only=True)
class Result:
    """What a contender came to."""

    name: str
    cost: Cost
    scores: Mapping[str, float] = field(default_factory=dict)
    """Points by student, as a share of all."""
    note: str = ""


def environment(name: str) -> Path:
    """A virtual environment with a peer and the same TensorFlow, made once; bytecode compiled, as a course would have it.

    Returns:
        Its `bin` folder.
    """
    folder = Path(os.environ.get("GRADER_BENCHMARK_ENVIRONMENTS", ENVIRONMENTS)) / name
    if not (folder / ".ready").exists():
        import tensorflow as tf

        subprocess.run([sys.executable, "-m", "venv", str(folder)], check=True)
        install = [str(folder / "bin/python"), "-m", "pip", "install", "--quiet", "--disable-pip-version-check"]
        wanted = [PACKAGES[name], f"tensorflow=={tf.__version__}", "ipykernel"]
        subprocess.run([*install, *wanted], check=True, env={**os.environ, "PYTHONDONTWRITEBYTECODE": ""})
        (folder / ".ready").touch()
    return folder / "bin"


def grader(students: Sequence[Student], recipe: Recipe, folder: Path, *, jobs: int, train_once: bool = True) -> Result:
    """`grader grade` on an empty workspace."""
    course = folder / f"course-{jobs}-{train_once}"
    submissions = _submissions(students, course / "handed_in")
    _grader_course(recipe, course, students[1])
    command = [
        str(Path(sys.executable).with_name("grader")),
        "grade",
        "bench",
        str(submissions),
        "--course",
        str(course),
    ]
    options = ["--format", "csv", "--output", str(course / "marks"), "--sandbox", "any", "--jobs", str(jobs)]
    options += ["--data", "keras"] + ([] if train_once else ["--no-train-once"])
    cost = measured([*command, *options], cwd=course, allowed=(0, 1))
    with (course / "marks" / "class.csv").open(newline="") as table:
        scores = {row["student"]: float(row["score"] or 0) / float(row["max_score"]) for row in csv.DictReader(table)}
    note = f"{jobs} at once" + ("" if train_once else ", train-once off")
    return Result(name="Grader", cost=cost, scores=scores, note=note)


def nbgrader(students: Sequence[Student], recipe: Recipe, folder: Path, *, trees: int) -> Result:
    """autograde, feedback and export; with several trees, side by side, which it doesn't offer itself."""
    programs = environment("nbgrader")
    shares = [students[n::trees] for n in range(trees)]
    courses = [
        _nbgrader_course(share, recipe, folder / f"nbgrader-{trees}-{n}", programs) for n, share in enumerate(shares)
    ]
    steps = "\n".join(
        f"{programs}/nbgrader {step}"
        for step in ("autograde bench", "generate_feedback bench", "export --to marks.csv")
    )
    costs = _side_by_side([["sh", "-ec", steps]] * trees, courses, _env(programs, trees))
    scores: dict[str, float] = {}
    for course in courses:
        with (course / "marks.csv").open(newline="") as table:
            for row in csv.DictReader(table):
                scores[row["student_id"]] = float(row["score"] or 0) / float(row["max_score"])
    note = "serial, as it comes" if trees == 1 else f"{trees} course trees by hand"
    return Result(name="nbgrader 0.9.6", cost=costs, scores=scores, note=note)


def nbgrader_start(folder: Path, *, trees: int) -> Cost:
    """What the three steps of `trees` courses cost before they look at a notebook."""
    folder.mkdir(parents=True, exist_ok=True)
    once = measured([str(environment("nbgrader") / "nbgrader"), "--version"], cwd=folder)
    return Cost(wall=3 * once.wall, cpu=3 * once.cpu * trees, memory=once.memory)


def otter(students: Sequence[Student], recipe: Recipe, folder: Path, *, jobs: int) -> Result:
    """`otter run` for each notebook, several at a time."""
    programs = environment("otter")
    work = folder / f"otter-{jobs}"
    archive = _otter_assignment(students[1], recipe, work, programs)
    submissions = _submissions(students, work / "handed_in")
    script = work / "all.py"
    script.write_text(
        textwrap.dedent(f"""
            import subprocess
            from concurrent.futures import ThreadPoolExecutor
            def one(name):
                out = {str(work)!r} + "/results/" + name
                done = subprocess.run([{str(programs / "otter")!r}, "run", "-a", {str(archive)!r}, "-o", out, "--no-logo",
                                       {str(submissions)!r} + "/" + name + ".ipynb"], capture_output=True, text=True)
                if done.returncode:
                    raise SystemExit(done.stdout + done.stderr)
            with ThreadPoolExecutor({jobs}) as pool:
                list(pool.map(one, {[s.name for s in students]!r}))
            """)
    )
    for student in students:
        (work / "results" / student.name).mkdir(parents=True)
    cost = measured([sys.executable, str(script)], cwd=work, env=_env(programs, jobs))
    scores = {}
    for student in students:
        results = json.loads((work / "results" / student.name / "results.json").read_text())["tests"]
        most = sum(test["max_score"] for test in results if test.get("max_score"))
        scores[student.name] = sum(test.get("score", 0) for test in results) / most if most else 0.0
    return Result(name="otter-grader 7.0.0", cost=cost, scores=scores, note=f"{jobs} at a time")


def scripts(students: Sequence[Student], folder: Path, *, jobs: int) -> Result:
    """Each notebook as a script in a fresh interpreter: nothing is graded."""
    work = folder / f"scripts-{jobs}"
    work.mkdir(parents=True)
    for student in students:
        (work / f"{student.name}.py").write_text("\n".join(student.cells))
    names = " ".join(f"{student.name}.py" for student in students)
    command = ["sh", "-c", f"printf '%s\\n' {names} | xargs -n 1 -P {jobs} {sys.executable}"]
    return Result(
        name="bare scripts",
        cost=measured(command, cwd=work, env=QUIET | (ONE_THREAD if jobs > 1 else {})),
        note=f"{jobs} at a time, ungraded",
    )


def floor(students: Sequence[Student], folder: Path, *, distinct: bool) -> Result:
    """One process, one import, every training (or every distinct one) one after the other: nothing is graded."""
    work = folder / f"floor-{distinct}"
    work.mkdir(parents=True)
    chosen = list({student.units: student for student in students}.values()) if distinct else list(students)
    parts = [f"def s{n}():\n" + textwrap.indent("\n".join(s.cells), "    ") + f"\ns{n}()" for n, s in enumerate(chosen)]
    (work / "all.py").write_text("\n".join(["import keras", *parts]))
    cost = measured([sys.executable, "all.py"], cwd=work, env=QUIET)
    what = f"the {len(chosen)} distinct trainings" if distinct else "all trainings"
    return Result(name="one process, one import", cost=cost, note=f"{what}, ungraded")


def _side_by_side(commands: Sequence[Sequence[str]], folders: Sequence[Path], env: Mapping[str, str]) -> Cost:
    """Cost of commands that run at the same time."""
    with ThreadPoolExecutor(len(commands)) as pool:
        costs = list(
            pool.map(lambda pair: measured(pair[0], cwd=pair[1], env=env), zip(commands, folders, strict=True))
        )
    return Cost(
        wall=max(c.wall for c in costs),
        cpu=sum(c.cpu for c in costs),
        memory=sum(c.memory for c in costs),
        own=sum(c.own for c in costs),
    )


def _notebook(cells: Sequence[nbformat.NotebookNode]) -> nbformat.NotebookNode:
    kernel = {"kernelspec": {"name": "python3", "display_name": "Python 3", "language": "python"}}
    return nbformat.v4.new_notebook(cells=list(cells), metadata=kernel)


def _submissions(students: Sequence[Student], folder: Path) -> Path:
    folder.mkdir(parents=True)
    for student in students:
        notebook = _notebook([nbformat.v4.new_code_cell(cell) for cell in student.cells])
        nbformat.write(notebook, folder / f"{student.name}.ipynb")
    return folder


def _grader_course(recipe: Recipe, course: Path, solution: Student) -> None:
    public, secret = course / "assignments" / "bench", course / "reference" / "bench"
    for folder in (public, secret):
        (folder / "expectations").mkdir(parents=True)
    (public / "assignment.py").write_text(
        textwrap.dedent(f"""
            from grader.assignment import Assignment, Exercise
            from grader.checks import HeldOut, ModelQuery, architecture, metric, parameters

            network = ModelQuery(name="network", variables=("model",), held_out=HeldOut(dataset="mnist"))
            assignment = Assignment(
                name="bench", title="Benchmark", datasets=("mnist",),
                exercises=(Exercise(name="network", title="Network", points=3, checks=(
                    parameters(network), architecture(network), metric(network, "accuracy", at_least={recipe.accuracy}),
                )),),
            )
            """)
    )
    (secret / "hidden.py").write_text("checks = {}\n")
    nbformat.write(_notebook([nbformat.v4.new_code_cell(cell) for cell in solution.cells]), secret / "solution.ipynb")
    calibrate = [
        str(Path(sys.executable).with_name("grader")),
        "calibrate",
        "bench",
        "--runs",
        "2",
        "--course",
        str(course),
    ]
    # In a workspace of its own: what calibration trained must not help the grading that is measured.
    apart = ["--workspace", str(course / "calibration"), "--data", "keras", "--sandbox", "any"]
    measured([*calibrate, *apart], cwd=course)


def _nbgrader_course(students: Sequence[Student], recipe: Recipe, course: Path, programs: Path) -> Path:
    def cell(source: str, name: str, **fields: object) -> nbformat.NotebookNode:
        about = {
            "schema_version": 3,
            "grade_id": name,
            "grade": False,
            "locked": False,
            "solution": False,
            "task": False,
        }
        return nbformat.v4.new_code_cell(source, metadata={"nbgrader": about | fields})

    solution = students[1 % len(students)]
    answers = [cell(text, f"answer{n}", solution=True) for n, text in enumerate(solution.cells)]
    asked = [cell(text, f"test{n}", grade=True, locked=True, points=1) for n, text in enumerate(tests(recipe))]
    (course / "source" / "bench").mkdir(parents=True)
    (course / "nbgrader_config.py").write_text(
        "c = get_config()\nc.CourseDirectory.course_id = 'bench'\nc.ExecutePreprocessor.timeout = 900\n"
        "c.ClearSolutions.enforce_metadata = False\n"
    )
    nbformat.write(_notebook([*answers, *asked]), course / "source" / "bench" / "bench.ipynb")
    measured([str(programs / "nbgrader"), "generate_assignment", "bench"], cwd=course, env=_env(programs))
    released = course / "release" / "bench" / "bench.ipynb"
    for student in students:
        notebook = nbformat.read(released, as_version=4)
        for own, text in zip(notebook.cells, student.cells, strict=False):
            own.source = text
        folder = course / "submitted" / student.name / "bench"
        folder.mkdir(parents=True)
        nbformat.write(notebook, folder / "bench.ipynb")
    return course


def _otter_assignment(solution: Student, recipe: Recipe, work: Path, programs: Path) -> Path:
    raw = nbformat.v4.new_raw_cell
    code = nbformat.v4.new_code_cell
    cells = [raw("# ASSIGNMENT CONFIG\ninit_cell: false\nexport_cell: false\nrun_tests: false\ngenerate: {}\n")]
    cells += [raw("# BEGIN QUESTION\nname: q1\npoints: 3"), raw("# BEGIN SOLUTION")]
    cells += [code(text) for text in solution.cells]
    cells += [raw("# END SOLUTION"), raw("# BEGIN TESTS")]
    config = '""" # BEGIN TEST CONFIG\npoints: 1\n""" # END TEST CONFIG\n'
    cells += [code(config + text) for text in tests(recipe)]
    cells += [raw("# END TESTS"), raw("# END QUESTION")]
    work.mkdir(parents=True)
    nbformat.write(_notebook(cells), work / "bench.ipynb")
    measured([str(programs / "otter"), "assign", "bench.ipynb", "dist", "--no-pdfs"], cwd=work, env=_env(programs))
    archive = next((work / "dist" / "autograder").glob("*.zip"))
    assert zipfile.is_zipfile(archive)
    return archive
