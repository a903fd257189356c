"""Check: one question about the evidence, worth a share of its exercise's points."""

from __future__ import annotations

import hashlib
import re
from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass, field
from typing import Any, Literal, TypeAlias

from grader.evidence import Array, Evidence
from grader.report import Outcome

Expected: TypeAlias = Mapping[str, Any]
"""What calibration keeps for one check; JSON values only."""


Rows: TypeAlias = tuple[tuple[Array, Array], tuple[Array, Array]]


@dataclass(frozen=True, kw_only=True)
class HeldOut:
    """Inputs that a submission's model is tried on outside student code; the labels never leave the host."""

    dataset: str
    """Name in `grader.datasets`, e.g. `mnist`; any name when `load` is given."""
    split: str = "test"
    """`test` or `train`."""
    options: tuple[tuple[str, Any], ...] = ()
    """Arguments of the loader, e.g. `(("num_words", 10000),)`."""
    rows: int | None = None
    """Only so many rows, from the first on; None for all. 25,000 reviews in 10,000 columns are a gigabyte."""
    load: Callable[[], Rows] | None = field(default=None, compare=False, repr=False)
    """For data of the assignment's own: returns ((x_train, y_train), (x_test, y_test)), as `load_data` does, on the host."""

    @property
    def name(self) -> str:
        """Usable in a file name and in a job folder, e.g. `mnist-test`, `moons-test-noise_0_1`."""
        extra = "".join(f"-{key}_{value}" for key, value in self.options)
        extra += f"-first_{self.rows}" if self.rows is not None else ""
        return re.sub("[^a-z0-9_-]+", "_", f"{self.dataset}-{self.split}{extra}".lower())


@dataclass(frozen=True, kw_only=True)
class ModelQuery:
    """Asks for a model by what was done with it; a variable name is a hint, not a contract."""

    name: str = "network"
    """How reports call it."""
    variables: tuple[str, ...] = ("model", "network")
    """Likely variable names, best first."""
    others: tuple[str, ...] = ()
    """Variable names that the assignment gives other models; one that goes by such a name is taken only if all do."""
    trained: bool = True
    """Prefer a model that was fitted."""
    samples: int | None = None
    """Prefer a model whose fit saw so many rows."""
    epochs: int | None = None
    """Prefer a model trained for so many epochs in total."""
    after_fit: int | None = None
    """The model as it was after its n-th training, from 1; None as it was at the end."""
    held_out: HeldOut | None = None
    """Data that its verified metrics are measured on."""


@dataclass(frozen=True, kw_only=True)
class FunctionCase:
    """One call of a student's function by the collector."""

    function: str
    """Name that the assignment asks for."""
    name: str
    """Name of the case, unique for the function."""
    inputs: tuple[Array | float | int | str | bool | list[Any] | None, ...]
    """Positional arguments; arrays arrive as fresh copies."""
    aliases: tuple[str, ...] = ()
    """Other names the function may go by."""

    @property
    def untold(self) -> str:
        """What a hidden case is called where student code can see it: names tell what is looked for."""
        return f"case-{hashlib.blake2b(f'{self.function}/{self.name}'.encode(), digest_size=6).hexdigest()}"


@dataclass(frozen=True, kw_only=True)
class CodeTest:
    """A test in code, as nbgrader and Otter have them; run as it is, in the notebook's kernel (docs/import.md)."""

    name: str
    """Unique in the assignment."""
    source: str = field(repr=False)
    form: Literal["cell", "doctest", "function"] = "cell"
    """`cell`: a cell of code, which passes if it raises nothing. `doctest`: a case of an OK test. `function`: a function that
    takes the notebook's variables of its arguments' names, and passes if it raises nothing."""
    points: float = 1.0
    """Most that it earns in its own grader. A `cell` whose last line comes to a number earns that number."""
    cell: str = ""
    """Id of the starter's cell that holds it; the test is run in its place. Empty for one that is called."""
    called: str = ""
    """What a notebook passes to `grader.check(...)` where it is to be run."""


@dataclass(frozen=True, kw_only=True)
class Wanted:
    """What a check needs the run to collect."""

    variables: tuple[str, ...] = ()
    """Variables recorded at the end of each cell; aliases included."""
    functions: tuple[FunctionCase, ...] = ()
    models: tuple[ModelQuery, ...] = ()
    tests: tuple[CodeTest, ...] = ()
    """Run in the kernel; those of hidden checks alone only after the student's code has ended."""


class Undecidable(Exception):
    """Raised by a check that this place can't decide; the finding is skipped and counts nowhere."""


Judge: TypeAlias = Callable[[Evidence, Expected], Outcome]
Learn: TypeAlias = Callable[[Sequence[Evidence]], Expected]


def nothing(_: Sequence[Evidence]) -> Expected:
    """The `learn` of a check that expects nothing from the reference."""
    return {}


@dataclass(frozen=True, kw_only=True)
class Check:
    """A question with its way of answering it. Made by the factories of this package or by `@custom`."""

    name: str
    """Unique within its exercise, snake case; part of the JSON report."""
    title: str
    """What the student reads, one sentence."""
    judge: Judge = field(repr=False)
    """Compares a student's evidence with what `learn` kept; pure. An exception in it makes the finding `broken`."""
    learn: Learn = field(default=nothing, repr=False)
    """Reduces k runs of the reference to JSON.

    Raises `AssignmentError` when the runs disagree on what should be a fact, or when the reference lacks it.
    """
    wants: Wanted = field(default_factory=Wanted, repr=False)
    weight: float = 1.0
    """Share of the exercise's points, relative to its other checks."""
    hidden: bool = False
    """Set for every check of the reference's `hidden.py`."""
    after: tuple[str, ...] = ()
    """Names of checks (`name`, or `exercise.name`) that must have passed, else this one is skipped."""
    hint: str = ""
    """What to try when it fails; shown on request in the self-check."""
    needs_reference: bool = False
    """Its `expected` also holds the reference's evidence, under `reference`; where there is none it is skipped."""

    @property
    def calibrated(self) -> bool:
        """Whether it needs expectations from runs of the reference."""
        return self.learn is not nothing
