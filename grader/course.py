"""Finds an assignment's folders and reads what is in them.

COURSE/assignments/<name>/   assignment.py, <name>.ipynb, expectations/<source>.json      what a student may see
                             (expectations/<source>.<recipe>.json for a smaller form, and
                             <source>.jax.json or <source>.<recipe>.jax.json on another backend than TensorFlow)
COURSE/reference/<name>/     hidden.py, solution.ipynb, variants.py, expectations/…       what a student may not
"""

from __future__ import annotations

import difflib
import importlib.util
import sys
import traceback
from collections.abc import Iterator, Mapping
from dataclasses import dataclass, field, replace
from pathlib import Path
from types import ModuleType
from typing import Any

from nbformat import NotebookNode

from grader.assignment import Assignment
from grader.checks.check import Check
from grader.environment import BACKENDS, TENSORFLOW, backend
from grader.errors import AssignmentError, NotCalibrated, UsageError
from grader.expectations import SCHEMA, Expectations
from grader.headline import Headline
from grader.recipe import FULL, recipe_of, smaller
from grader.records import decode
from grader.report import Criterion
from grader.submission import read_notebook
from grader.variant import Variant, apply


@dataclass(frozen=True, kw_only=True)
class AssignmentFolder:
    """One assignment on disk: its public folder and, on the instructor's side, its private one."""

    name: str
    public: Path
    """`assignments/<name>`."""
    private: Path | None
    """`reference/<name>`, or None where only the public part is at hand."""
    asked: str | None = None
    """Name of the recipe that was asked for; None for the one that the starter here was made by."""
    backend: str = field(default_factory=backend)
    """What Keras runs on; expectations are kept for each."""

    @property
    def recipe(self) -> str:
        """The recipe in force; empty for the assignment as it is written."""
        if self.asked is not None:
            return "" if self.asked == FULL else self.asked
        return recipe_of(read_notebook(self.starter.read_bytes())) if self.starter.is_file() else ""

    def by(self, recipe: str | None) -> AssignmentFolder:
        """The same folder, seen in the form that a recipe gives it; None leaves the choice to the starter.

        Raises:
            UsageError: there is no such recipe.
        """
        if recipe is not None:
            self.assignment(hidden=False).recipe_named(recipe)
        return replace(self, asked=recipe)

    def starter_notebook(self) -> NotebookNode:
        """The notebook students start from, in the form of the recipe in force.

        Raises:
            AssignmentError: there is none, or the recipe doesn't fit it.
        """
        if not self.starter.is_file():
            raise AssignmentError("the starter notebook is missing", where=str(self.starter))
        return self._made(self.starter)

    def solution_notebook(self) -> NotebookNode:
        """The instructor's solution, in the form of the recipe in force.

        Raises:
            AssignmentError: there is none here, or the recipe doesn't fit it.
        """
        return self._made(self.solution)

    def variants(self) -> tuple[Variant, ...]:
        """Right and wrong answers, declared as changes of the solution; none where there is no `variants.py`.

        Raises:
            AssignmentError: the file fails, or doesn't define `variants`, or two have one name.
        """
        path = self.private / "variants.py" if self.private else None
        if path is None or not path.is_file():
            return ()
        found = getattr(_execute(path), "variants", None)
        if not isinstance(found, tuple) or not all(isinstance(v, Variant) for v in found):
            raise AssignmentError("no `variants`", where=str(path), remedy="end it with `variants = (Variant(…), …)`")
        twice = sorted({v.name for v in found if sum(w.name == v.name for w in found) > 1})
        if twice:
            raise AssignmentError(f"two variants are called {', '.join(twice)}", where=str(path))
        return found

    def headlines(self) -> tuple[Headline, ...]:
        """Numbers that the sources print; none where there is no `headlines.py`.

        Raises:
            AssignmentError: the file fails, or doesn't define `headlines`.
        """
        path = self.private / "headlines.py" if self.private else None
        if path is None or not path.is_file():
            return ()
        found = getattr(_execute(path), "headlines", None)
        if not isinstance(found, tuple) or not all(isinstance(h, Headline) for h in found):
            raise AssignmentError(
                "no `headlines`", where=str(path), remedy="end it with `headlines = (Headline(…), …)`"
            )
        return found

    def variant_notebook(self, variant: Variant) -> NotebookNode:
        """The solution with a variant's change, in the form of the recipe in force.

        Raises:
            AssignmentError: the change doesn't fit the solution.
        """
        changed = apply(variant, read_notebook(self.solution.read_bytes()))
        recipe = self.assignment(hidden=False).recipe_named(self.recipe)
        return changed if recipe is None else smaller(changed, recipe, where=variant.name, strict=False)

    def _made(self, path: Path) -> NotebookNode:
        notebook = read_notebook(path.read_bytes())
        recipe = self.assignment(hidden=False).recipe_named(self.recipe)
        if recipe is None or recipe_of(notebook) == recipe.name:
            return notebook
        return smaller(notebook, recipe, where=str(path))

    @property
    def starter(self) -> Path:
        """The file of the notebook students start from."""
        return self.public / f"{self.name}.ipynb"

    @property
    def solution(self) -> Path:
        """The file of the instructor's solution.

        Raises:
            AssignmentError: there is none here.
        """
        path = self.private / "solution.ipynb" if self.private else None
        if path is None or not path.is_file():
            raise AssignmentError(
                "the reference solution is not here",
                where=str(self.private / "solution.ipynb" if self.private else f"reference/{self.name}"),
                remedy="put the instructor's notebook there; it is the specification",
            )
        return path

    def assignment(self, *, hidden: bool) -> Assignment:
        """Reads `assignment.py` and, if asked, adds the checks of `hidden.py`; in the form of the recipe in force.

        Raises:
            AssignmentError: a file is missing, fails, or doesn't define what it should.
            UsageError: it has no such recipe.
        """
        path = self.public / "assignment.py"
        found = getattr(_execute(path), "assignment", None)
        if not isinstance(found, Assignment):
            raise AssignmentError(
                "no Assignment called `assignment`",
                where=str(path),
                remedy="end it with `assignment = Assignment(...)`",
            )
        if found.name != self.name:
            raise AssignmentError(
                f"the assignment calls itself {found.name!r}",
                where=str(path),
                remedy=f"name it {self.name!r}, like its folder",
            )
        found = found.made_by(self.recipe)
        extra = self.private / "hidden.py" if self.private else None
        if not hidden or extra is None or not extra.is_file():
            return found
        module = _execute(extra)
        found = _with_rubrics(found, getattr(module, "rubrics", {}), extra)
        return _with_hidden(found, getattr(module, "checks", None), extra)

    def expectations(self, data_source: str, *, hidden: bool) -> Expectations:
        """What calibration established for a data source.

        Raises:
            NotCalibrated: there is no such file.
            AssignmentError: the file is damaged.
        """
        path = self.expectations_file(data_source, hidden=hidden)
        if not path.is_file():
            raise NotCalibrated(
                f"{self.name} is not calibrated for data source {data_source!r}"
                + (f" and recipe {self.recipe!r}" if self.recipe else "")
                + (f" on {self.backend}" if self.backend != TENSORFLOW else ""),
                where=str(path),
                remedy=(f"KERAS_BACKEND={self.backend} " if self.backend != TENSORFLOW else "")
                + f"grader calibrate {self.name}"
                + (f" --recipe {self.recipe}" if self.recipe else ""),
            )
        try:
            found = decode(path.read_bytes(), Expectations, where=str(path))
        except Exception as error:
            raise AssignmentError(
                f"damaged expectations: {error}", where=str(path), remedy=f"grader calibrate {self.name}"
            ) from error
        if found.schema != SCHEMA:
            raise AssignmentError(
                f"expectations of schema {found.schema}", where=str(path), remedy=f"grader calibrate {self.name}"
            )
        return found

    def measured_peak(self, data_source: str, *, hidden: bool) -> int:
        """Bytes that the reference took at its highest; 0 before calibration."""
        try:
            return self.expectations(data_source, hidden=hidden).peak_memory
        except AssignmentError:
            return 0

    def expectations_file(self, data_source: str, *, hidden: bool) -> Path:
        """Where the expectations are, or will be."""
        if hidden and self.private is None:
            raise AssignmentError(
                "the reference is not here", where=f"reference/{self.name}", remedy="grade where it is"
            )
        folder = self.private if hidden and self.private else self.public
        on = "" if self.backend == TENSORFLOW else self.backend
        return folder / "expectations" / f"{'.'.join(filter(None, (data_source, self.recipe, on)))}.json"

    def calibrated(self, *, hidden: bool) -> Iterator[tuple[str, AssignmentFolder]]:
        """Every file of expectations of a recipe that the assignment has: its data source, and this folder seen its way."""
        declared = {r.name for r in self.assignment(hidden=False).recipes}
        kept = self.expectations_file("", hidden=hidden).parent
        for path in sorted(kept.glob("*.json")):
            source, *form = path.stem.split(".")
            on = form.pop() if form and form[-1] in BACKENDS else TENSORFLOW
            if len(form) <= 1 and declared.issuperset(form):
                yield source, replace(self, asked=form[0] if form else FULL, backend=on)


@dataclass(frozen=True, kw_only=True)
class Course:
    """A folder with `assignments/` and, for instructors, `reference/`."""

    root: Path

    @classmethod
    def find(cls, start: Path) -> Course:
        """The nearest folder at or above `start` that holds `assignments/`.

        Raises:
            UsageError: there is none.
        """
        start = start.resolve()
        for folder in (start, *start.parents):
            if (folder / "assignments").is_dir():
                return cls(root=folder)
        raise UsageError(
            "no `assignments/` folder here or above",
            where=str(start),
            remedy="change into the course's folder, or name it with --course",
        )

    def names(self) -> tuple[str, ...]:
        """All assignments, sorted."""
        return tuple(sorted(p.parent.name for p in (self.root / "assignments").glob("*/assignment.py")))

    def name_for(self, path: Path, notebook: Mapping[str, Any] | None) -> str:
        """The assignment that a notebook belongs to: by its metadata, the folder it lies in, or its file name.

        Raises:
            UsageError: none of them tells.
        """
        noted = (notebook or {}).get("metadata", {}).get("grader", {})
        clues = [noted.get("assignment") if isinstance(noted, Mapping) else None, path.resolve().parent.name, path.stem]
        for clue in clues:
            if clue in self.names():
                return str(clue)
        raise UsageError(
            "which assignment is this?",
            where=str(path),
            remedy=f"name it: --assignment {' or '.join(self.names()) or 'NAME'}",
        )

    def folder(self, name: str) -> AssignmentFolder:
        """One assignment by name, or by the path of its public folder.

        Raises:
            UsageError: there is no such assignment; names the nearest ones.
        """
        key = Path(name).name
        if key not in self.names():
            near = difflib.get_close_matches(key, self.names(), n=3, cutoff=0.4)
            raise UsageError(
                f"no assignment {key!r}",
                where=str(self.root / "assignments"),
                remedy=f"did you mean {' or '.join(near)}?"
                if near
                else f"there are: {', '.join(self.names()) or 'none yet'}",
            )
        private = self.root / "reference" / key
        return AssignmentFolder(
            name=key, public=self.root / "assignments" / key, private=private if private.is_dir() else None
        )


def _with_hidden(assignment: Assignment, checks: Any, path: Path) -> Assignment:
    if not isinstance(checks, dict) or not all(isinstance(c, Check) for listed in checks.values() for c in listed):
        raise AssignmentError(
            "no `checks` by exercise", where=str(path), remedy='define checks = {"exercise": (a_check, …), …}'
        )
    unknown = sorted(set(checks) - {e.name for e in assignment.exercises})
    if unknown:
        raise AssignmentError(
            f"hidden checks for {', '.join(unknown)}, which the assignment does not have",
            where=str(path),
            remedy=f"use one of {', '.join(e.name for e in assignment.exercises)}",
        )
    return replace(
        assignment,
        exercises=tuple(
            replace(e, checks=e.checks + tuple(replace(c, hidden=True) for c in checks.get(e.name, ())))
            for e in assignment.exercises
        ),
    )


def _with_rubrics(assignment: Assignment, rubrics: Any, path: Path) -> Assignment:
    listed = rubrics.items() if isinstance(rubrics, dict) else [(None, rubrics)]
    asked = {e.name: e.question for e in assignment.exercises if e.question is not None}
    for name, criteria in listed:
        if name not in asked or not (isinstance(criteria, tuple) and all(isinstance(c, Criterion) for c in criteria)):
            raise AssignmentError(
                "`rubrics` are not criteria by exercise that has a question",
                where=str(path),
                remedy=f'define rubrics = {{"exercise": (Criterion(…), …)}} for {", ".join(asked) or "no exercise"}',
            )
    return replace(
        assignment,
        exercises=tuple(
            replace(e, question=e.question.with_hidden(tuple(rubrics[e.name])))
            if e.question is not None and e.name in rubrics
            else e
            for e in assignment.exercises
        ),
    )


def _execute(path: Path) -> ModuleType:
    if not path.is_file():
        raise AssignmentError(
            "the file is missing", where=str(path), remedy="write it, or copy one of another assignment"
        )
    name = f"_grader_{path.parent.name}_{path.stem}"
    spec = importlib.util.spec_from_file_location(name, path)
    if spec is None or spec.loader is None:
        raise AssignmentError("not a Python file", where=str(path))
    module = importlib.util.module_from_spec(spec)
    # Dataclasses look their module up by name while it is being executed.
    sys.modules[name] = module
    try:
        spec.loader.exec_module(module)
    except AssignmentError as error:
        raise AssignmentError(error.what, where=error.where or str(path), remedy=error.remedy) from error
    except Exception as error:
        frames = [f for f in traceback.extract_tb(error.__traceback__) if f.filename == str(path)]
        line = frames[-1].lineno if frames else getattr(error, "lineno", None)
        raise AssignmentError(
            f"{type(error).__name__}: {error}", where=f"{path}, line {line}" if line else str(path)
        ) from error
    finally:
        sys.modules.pop(name, None)
    return module
