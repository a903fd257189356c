"""Findings and reports: what the judge says, in a versioned JSON form (docs/report.schema.json)."""

from __future__ import annotations

from dataclasses import dataclass, field
from enum import StrEnum

from grader.evidence import CellRun, Provenance, Status

SCHEMA = "grader/report/v1"


class Verdict(StrEnum):
    """What one check came to."""

    PASSED = "passed"
    FAILED = "failed"
    PARTIAL = "partial"
    SKIPPED = "skipped"
    """A check that it depends on failed; the message says which."""
    BROKEN = "broken"
    """The instructor's or the grader's fault, unless it is `held`: never costs a point, always raises the exit code."""
    WAITING = "waiting"
    """A human reads this answer and has not given it a mark yet; its points are neither earned nor lost."""


@dataclass(frozen=True, kw_only=True, slots=True)
class LayerRow:
    """One line of the layer-by-layer comparison; empty texts where one side has no layer."""

    expected: str = ""
    """As a person would write it, e.g. `Dense(512, relu)`."""
    expected_shape: str = ""
    expected_parameters: int | None = None
    received: str = ""
    received_shape: str = ""
    received_parameters: int | None = None
    same: bool = True
    first_difference: bool = False
    """Set on the first row that really differs."""


@dataclass(frozen=True, kw_only=True, slots=True)
class Curve:
    """A history curve beside the reference's band, one value an epoch, from epoch 1."""

    metric: str
    """Canonical key, e.g. `val_accuracy`."""
    values: tuple[float | None, ...] = ()
    lower: tuple[float, ...] = ()
    upper: tuple[float, ...] = ()


@dataclass(frozen=True, kw_only=True, slots=True)
class SeedRun:
    """What one of several trainings with different seeds came to."""

    seed: int
    value: float | None = None
    """None where the run gave no value."""
    passed: bool = False
    """Whether it reached the bound."""


@dataclass(frozen=True, kw_only=True, slots=True)
class Outcome:
    """What a check function returns; the judge turns it into a finding."""

    score: float
    """Share of the check's points, 0 to 1. 1 passes, 0 fails, between is partial."""
    message: str = ""
    """One or two sentences: what is so, and for a failure the likely cause by name."""
    expected: str = ""
    received: str = ""
    hint: str = ""
    """What to try next; empty falls back to the check's own hint."""
    cell: int | None = None
    """The cell that it concerns."""
    provenance: Provenance = Provenance.VERIFIED
    subject: str = ""
    """Which model, variable or function was looked at, and why that one."""
    layers: tuple[LayerRow, ...] = ()
    curves: tuple[Curve, ...] = ()
    flag: str = ""
    """Something a human should look at; never changes the points."""
    value: float | None = None
    """The number that was compared with a calibrated bound, if one was."""
    short: float | None = None
    """By how much a calibrated bound was missed, in distances from the reference's mean to it; None when it was not."""
    runs: tuple[SeedRun, ...] = ()
    """All trainings that the bound was held against, the first one first; empty when one decided."""
    held: bool = False
    """Whether right work may look like this too, so that its points wait until a human gives or refuses them."""


@dataclass(frozen=True, kw_only=True, slots=True)
class Criterion:
    """One thing that an answer read by a human can earn points for."""

    name: str
    """A few words; unique in its rubric."""
    points: float
    """Most that it earns."""
    description: str = ""
    """What earns them, one sentence."""
    hidden: bool = False
    """Never shown to a student; set for every criterion of the reference's `hidden.py`."""
    given: float | None = None
    """What it earned; None before it is marked, and where only the sum was given."""


@dataclass(frozen=True, kw_only=True, slots=True)
class Answer:
    """What a student wrote for a human to read."""

    text: str
    """As it was written, without what was handed out; empty when there is nothing else."""
    digest: str
    """SHA-256 of the whole text, hex, white space aside. A mark holds for this answer and no other."""
    cut: int = 0
    """Characters left out at the end of `text`."""
    rubric: tuple[Criterion, ...] = ()
    comment: str = ""
    """What the marker says to the student."""
    marked_by: str = ""
    """Who gave the mark; empty before, and in a student's report."""


@dataclass(frozen=True, kw_only=True, slots=True)
class Finding:
    """The result of one check for one submission."""

    exercise: str
    check: str
    title: str
    """What the check asks, as the student reads it."""
    verdict: Verdict
    points: float
    max_points: float
    message: str = ""
    expected: str = ""
    received: str = ""
    hint: str = ""
    hidden: bool = False
    """Never shown to the student, nor in the sums of a student-facing report."""
    provenance: Provenance = Provenance.VERIFIED
    cell: int | None = None
    subject: str = ""
    layers: tuple[LayerRow, ...] = ()
    curves: tuple[Curve, ...] = ()
    flag: str = ""
    value: float | None = None
    short: float | None = None
    runs: tuple[SeedRun, ...] = ()
    """All trainings that the bound was held against, the first one first; empty when one decided."""
    answer: Answer | None = None
    """Set when a human decides: what there is to read."""
    held: bool = False
    """Whether the check broke on this submission's records alone, or could not see enough: its points wait until a human gives
    or refuses them."""

    @property
    def open(self) -> bool:
        """Whether a human has yet to decide about its points, which are neither earned nor lost."""
        return self.verdict is Verdict.WAITING or (self.held and self.verdict is Verdict.BROKEN)


class Suspicion(StrEnum):
    """What can look dishonest about a trained model (docs/honesty.md)."""

    TEST_ROWS_IN_TRAINING = "test_rows_in_training"
    TEST_ROWS_IN_VALIDATION = "test_rows_in_validation"
    VALIDATION_IN_TRAINING = "validation_in_training"
    UNEXPLAINED_WEIGHTS = "unexplained_weights"
    UNCHANGED_WEIGHTS = "unchanged_weights"
    HISTORY_MISMATCH = "history_mismatch"


@dataclass(frozen=True, kw_only=True, slots=True)
class HonestyFlag:
    """Something about a model that a human should look at, with the evidence for it."""

    kind: Suspicion
    text: str
    """One or two sentences with the numbers."""
    model: str
    """Name of the query that chose it."""
    cell: int | None = None
    fails: bool = False
    """Whether the assignment says that it costs the model's metrics; else it changes no points."""


@dataclass(frozen=True, kw_only=True, slots=True)
class ModelSummary:
    """One model of the notebook, as the report lists it."""

    model: int
    names: tuple[str, ...] = ()
    class_name: str = ""
    cell: int = 0
    parameters: int | None = None
    """None when it could not be rebuilt."""
    epochs: int = 0
    """Epochs trained in total."""
    graded_as: tuple[str, ...] = ()
    """Names of the queries that chose it."""
    why: str = ""
    """Why it was chosen, or why it could not be rebuilt."""


class Severity(StrEnum):
    """How much a piece of the doctor's advice matters."""

    BREAKS = "breaks"
    """It stops the cell, where notebooks are graded."""
    MAY_SURPRISE = "may_surprise"
    """It runs, and may not do what was meant."""


@dataclass(frozen=True, kw_only=True, slots=True)
class Advice:
    """Something to change in a notebook that the doctor found without running it."""

    kind: str
    """`dead_name`, `syntax`, `undefined`, `missing_module`, `path`, `download`, `install`, `input`, `colab`, `exercise`, `long_training` or `habit`."""
    severity: Severity
    cell: int | None
    """Position in the notebook, counting every cell from 0; None when it concerns no cell."""
    line: int | None = None
    """Line in the cell, from 1."""
    what: str
    """What is so, without a final full stop; code in backticks."""
    why: str = ""
    """What comes of it, in a few words."""
    old: str = ""
    """The code as it stands."""
    new: str = ""
    """The code to write instead."""


@dataclass(frozen=True, kw_only=True, slots=True)
class SecondAttempt:
    """A run in which names that Keras has removed were put back, after one that died of them."""

    deduction: float
    """Share of the score that it costs, already taken off."""
    first_score: float | None
    """Score of the notebook as it was handed in; None in a student's report with hidden checks."""


@dataclass(frozen=True, kw_only=True, slots=True)
class SubmissionId:
    """Which file of which student."""

    student: str
    file: str
    """Name of the file as it came, without the folder."""
    sha256: str
    """Of the bytes as they came."""


@dataclass(frozen=True, kw_only=True, slots=True)
class ExerciseScore:
    """Points of one exercise."""

    exercise: str
    title: str
    points: float
    max_points: float
    waiting: float = 0.0
    """Points of answers and held checks that wait for a human's mark; in `max_points`, not in `points`."""


@dataclass(frozen=True, kw_only=True, slots=True)
class Report:
    """Everything that there is to say about one submission."""

    assignment: str
    title: str = ""
    submission: SubmissionId
    status: Status
    reason: str = ""
    score: float | None
    """None when it is ungraded (machine_error)."""
    max_score: float
    waiting: float = 0.0
    """Points of answers and held checks that wait for a human's mark; in `max_score`, not in `score`."""
    exercises: tuple[ExerciseScore, ...] = ()
    findings: tuple[Finding, ...] = ()
    models: tuple[ModelSummary, ...] = ()
    honesty: tuple[HonestyFlag, ...] = ()
    """For the instructor only."""
    cells: tuple[CellRun, ...] = ()
    advice: tuple[Advice, ...] = ()
    """What the doctor would change in the notebook, found without running it; worth no points."""
    second_attempt: SecondAttempt | None = None
    """Set when the marks come from a second run with removed names put back."""
    notes: tuple[str, ...] = ()
    """What was repaired, cut, or made otherwise; data source and sandbox in words where they are not the best ones."""
    seeds: tuple[int, ...] = ()
    data_source: str = ""
    recipe: str = ""
    """The smaller form of the assignment that it was graded by; empty for the assignment as it is written."""
    sandbox: str = ""
    environment: dict[str, str] = field(default_factory=dict)
    """Versions that it was run with."""
    calibrated_with: dict[str, str] = field(default_factory=dict)
    """Versions that the expected values were measured with; a note says where they are others."""
    seconds: float = 0.0
    peak_memory: int = 0
    """Bytes."""
    audience: str = "instructor"
    """`instructor`, or `student` once hidden findings were taken out."""
    hidden_checks: int = 0
    """How many hidden checks exist for this assignment; a student's report says that there are some."""
    schema: str = SCHEMA

    @property
    def needs_human(self) -> bool:
        """A machine fault or a broken check; what makes the exit code 3."""
        return self.status is Status.MACHINE_ERROR or any(f.verdict is Verdict.BROKEN for f in self.findings)

    @property
    def flags(self) -> tuple[str, ...]:
        """Texts of all flags."""
        return (*(h.text for h in self.honesty), *(f.flag for f in self.findings if f.flag))
