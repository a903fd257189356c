"""Assignment, Exercise, Limits: what is asked, worth how much, within what limits."""

from __future__ import annotations

from collections.abc import Iterator, Mapping
from dataclasses import dataclass, field, replace
from typing import Literal

from grader.checks.check import Check, CodeTest, FunctionCase, ModelQuery, Wanted
from grader.errors import AssignmentError, UsageError
from grader.question import Question
from grader.recipe import FULL, Recipe
from grader.report import Suspicion
from grader.rerun import Rerun

ANSWER = "answer"
"""Name under which a report lists what came of an exercise's question, beside its checks."""
MIB = 1 << 20
GIB = 1 << 30


@dataclass(frozen=True, kw_only=True, slots=True)
class Limits:
    """What one run may use. Every violation names the cell and the limit."""

    cell_seconds: float = 300
    """Wall time of one cell; the cell is interrupted and the next one runs."""
    notebook_seconds: float = 1200
    """Wall time of the whole notebook; the run is ended."""
    cpu_seconds: float = 4800
    """CPU time of the kernel process."""
    memory_bytes: int = 4 * GIB
    """Proportional set size of the whole run beyond the warm slot's own."""
    processes: int = 512
    """Processes and threads inside the sandbox."""
    file_bytes: int = 1 * GIB
    """Largest file."""
    scratch_bytes: int = 2 * GIB
    """All files together (sized tmpfs)."""
    output_bytes: int = 1 * MIB
    """Kept output of one cell; the rest is dropped and counted."""
    evidence_bytes: int = 512 * MIB
    """All evidence files of one run."""
    evidence_files: int = 4000
    """Number of evidence files of one run."""


@dataclass(frozen=True, kw_only=True, slots=True)
class Compat:
    """What becomes of a notebook that dies of names which Keras has removed."""

    deduction: float = 0.0
    """Share of the score that a second attempt costs, in which the names are put back."""

    def __post_init__(self) -> None:
        if not 0 <= self.deduction <= 1:
            raise AssignmentError(
                f"a deduction of {self.deduction:g} is no share of the score", remedy="a number from 0 to 1, e.g. 0.1"
            )


@dataclass(frozen=True, kw_only=True, slots=True)
class Exercise:
    """One thing that is asked, with its points and the checks that decide them."""

    name: str
    """Snake case; what a student passes to `check(...)`."""
    title: str
    points: float
    checks: tuple[Check, ...] = ()
    variables: tuple[str, ...] = ()
    """Names that its cell defines, to find the cell when its metadata was lost."""
    question: Question | None = None
    """What a human reads and marks; its points are part of `points`, the checks share the rest."""

    def __post_init__(self) -> None:
        asked = self.question.points if self.question is not None else 0.0
        if asked > self.points or (self.question is not None and not self.checks and asked < self.points):
            raise AssignmentError(
                f"exercise {self.name} has {self.points:g} points, but its question is worth {asked:g}",
                remedy="without checks both are the same; with checks, the exercise's are more",
            )

    @property
    def checks_points(self) -> float:
        """What its checks share."""
        return self.points - (self.question.points if self.question is not None else 0.0)


@dataclass(frozen=True, kw_only=True, slots=True)
class Assignment:
    """What is asked of a notebook."""

    name: str
    title: str
    exercises: tuple[Exercise, ...]
    datasets: tuple[str, ...] = ()
    """Data sets that its notebooks load, by `keras.datasets` name."""
    weights: tuple[str, ...] = ()
    """Modules of `keras.applications`, e.g. `vgg16`, whose trained weights its notebooks load; seeded ones where there are none."""
    limits: Limits = field(default_factory=Limits)
    seed: int = 1234
    """Seed of every graded run."""
    rerun: Rerun = field(default_factory=Rerun)
    """When a submission that misses a calibrated bound is trained again."""
    compat: Compat | None = None
    """Give notebooks that die of removed names a second attempt with a shim; None leaves it to `grade --compat`."""
    honesty: Mapping[Suspicion | str, Literal["flag", "fail", "ignore"]] = field(default_factory=dict)
    """What a suspicion leads to, by its name: `flag` (a human looks, the default), `fail` (the model's metrics earn
    nothing) or `ignore`."""
    recipes: tuple[Recipe, ...] = ()
    """Smaller forms of it that an instructor can give to a class instead."""
    recipe: str = ""
    """The recipe in force; empty for the assignment as it is written. Set by `made_by`."""

    def __post_init__(self) -> None:
        names = [e.name for e in self.exercises]
        ids = [name for name, _ in self.checks()]
        ids += [f"{e.name}.{ANSWER}" for e in self.exercises if e.question is not None]
        for kind, listed in (("exercise", names), ("check", ids), ("recipe", [r.name for r in self.recipes])):
            twice = sorted({n for n in listed if listed.count(n) > 1})
            if twice:
                raise AssignmentError(
                    f"two {kind}s are called {', '.join(twice)}",
                    where=self.name,
                    remedy=f"give each {kind} a name of its own",
                )

        unknown = sorted(set(map(str, self.honesty)) - set(Suspicion)) + sorted(
            {str(p) for p in self.honesty.values()} - {"flag", "fail", "ignore"}
        )
        if unknown:
            raise AssignmentError(
                f"the honesty policy has {unknown[0]!r}",
                where=self.name,
                remedy=f"one of {', '.join(Suspicion)}, each flag, fail or ignore",
            )

    @property
    def points(self) -> float:
        """Sum over the exercises."""
        return sum(e.points for e in self.exercises)

    def checks(self) -> Iterator[tuple[str, Check]]:
        """Every check with its id, `exercise.check`."""
        for exercise in self.exercises:
            for check in exercise.checks:
                yield f"{exercise.name}.{check.name}", check

    def cases_as_told(self) -> tuple[FunctionCase, ...]:
        """Every function case that is wanted, under the name that student code may see."""
        shown = {
            (case.function, case.name)
            for _, check in self.checks()
            if not check.hidden
            for case in check.wants.functions
        }
        wanted = self.wanted().functions
        return tuple(c if (c.function, c.name) in shown else replace(c, name=c.untold) for c in wanted)

    def code_tests(self) -> Iterator[tuple[CodeTest, str, bool]]:
        """Each test in code once, with its exercise and whether only hidden checks want it.

        Raises:
            AssignmentError: two tests have one name.
        """
        wanted = [(t, e.name, c.hidden) for e in self.exercises for c in e.checks for t in c.wants.tests]
        open_ones = {test.name for test, _, hidden in wanted if not hidden}
        known: dict[str, CodeTest] = {}
        for test, exercise, _ in wanted:
            if test.name not in known:
                known[test.name] = test
                yield test, exercise, test.name not in open_ones
            elif known[test.name] != test:
                raise AssignmentError(
                    f"two different tests are called {test.name}", where=self.name, remedy="give each a name of its own"
                )

    def models_by_check(self) -> dict[str, frozenset[str]]:
        """By check id, the names of the models that it looks at."""
        return {name: frozenset(q.name for q in check.wants.models) for name, check in self.checks()}

    def recipe_named(self, name: str) -> Recipe | None:
        """The recipe of a name; None for `full` or an empty name.

        Raises:
            UsageError: there is no such recipe.
        """
        if name in {"", FULL}:
            return None
        found = next((r for r in self.recipes if r.name == name), None)
        if found is None:
            raise UsageError(
                f"no recipe {name!r}",
                where=self.name,
                remedy=f"one of {', '.join([FULL, *(r.name for r in self.recipes)])}",
            )
        return found

    def made_by(self, name: str) -> Assignment:
        """The assignment in the form that a recipe gives it.

        Raises:
            UsageError: there is no such recipe.
        """
        recipe = self.recipe_named(name)
        if recipe is None:
            return self
        return replace(self, recipe=recipe.name, limits=recipe.limits or self.limits)

    def wanted(self) -> Wanted:
        """Everything that all checks together need collected, each thing once."""
        wants = [check.wants for _, check in self.checks()]
        models = tuple(dict.fromkeys(query for want in wants for query in want.models))
        meant: dict[str, ModelQuery] = {}
        for query in models:
            # Hidden checks may measure on data of their own what a public check looks at.
            bare = replace(query, held_out=None)
            if meant.setdefault(query.name, bare) != bare:
                raise AssignmentError(
                    f"two different model queries are called {query.name}",
                    where=self.name,
                    remedy="define the query once and use it in every check",
                )
        questions = [e.question for e in self.exercises if e.question is not None and e.question.variable]
        return Wanted(
            variables=tuple(dict.fromkeys([v for w in wants for v in w.variables] + [q.variable for q in questions])),
            functions=tuple({(c.function, c.name): c for w in wants for c in w.functions}.values()),
            models=models,
            tests=tuple(test for test, _, _ in self.code_tests()),
        )
