"""Evidence: what was observed when a notebook ran, and what was recomputed afterwards.

The records below are also the file format of a job folder (docs/job-folder.md): `inside/` writes one JSON file for each
observation, in these fields. Everything read here comes from beside student code, so it is decoded strictly and capped.
"""

from __future__ import annotations

from collections.abc import Iterable
from dataclasses import dataclass, field
from enum import StrEnum
from typing import Any, TypeAlias

import numpy.typing as npt

Array: TypeAlias = npt.NDArray[Any]

SCHEMA = "grader/evidence/v1"
ARRAY_BYTES = 1 << 20
"""Largest array that travels inside a record; larger ones are summarised."""


class Provenance(StrEnum):
    """How far a fact can be trusted."""

    VERIFIED = "verified"
    """Recomputed outside student code."""
    CLAIMED = "claimed"
    """Seen beside student code, which could have forged it."""


class CellStatus(StrEnum):
    """How a code cell ended."""

    OK = "ok"
    ERROR = "error"
    TIMEOUT = "timeout"
    OUT_OF_MEMORY = "out_of_memory"
    KERNEL_DIED = "kernel_died"
    NOT_RUN = "not_run"


@dataclass(frozen=True, kw_only=True, slots=True)
class CellError:
    """The exception that ended a cell."""

    name: str
    """Class name, e.g. `ValueError`."""
    message: str
    """Text of the exception, capped."""
    traceback: str = ""
    """Plain text, without escapes, capped."""


@dataclass(frozen=True, kw_only=True, slots=True)
class CellRun:
    """One code cell and how its execution went."""

    index: int
    """Position in the notebook, counting every cell from 0."""
    cell_id: str = ""
    """The cell's nbformat id."""
    status: CellStatus = CellStatus.OK
    """How it ended."""
    seconds: float = 0.0
    """Wall time, in seconds."""
    error: CellError | None = None
    """The exception, if it ended with one."""
    limit: str = ""
    """The limit that was hit, as a person reads it, e.g. `300 s for one cell`."""
    cut_bytes: int = 0
    """Bytes of output dropped past the output cap."""
    follows_from: int | None = None
    """Index of the earlier cell whose failure explains this error."""


@dataclass(frozen=True, kw_only=True, slots=True)
class DataSummary:
    """An array that was passed to Keras, without its bulk."""

    shape: tuple[int, ...] = ()
    """Full shape; rows first. Empty when it was not an array (a generator, a tf.data pipeline)."""
    dtype: str = ""
    """NumPy name of the dtype; the type's name when it was not an array."""
    minimum: float | None = None
    """Smallest value, None for an empty or non-numeric array."""
    maximum: float | None = None
    """Largest value."""
    mean: float | None = None
    """Mean over all values."""
    std: float | None = None
    """Population standard deviation over all values."""
    distinct: int | None = None
    """Number of distinct values when at most 1,000, else None."""
    row_sums_to_one: bool | None = None
    """For 2-D arrays: every row sums to 1 within 1e-3."""
    digest: str = ""
    """BLAKE3-128 of dtype, shape and bytes (C order), hex."""
    rows: tuple[int, ...] = ()
    """Indices of the sampled rows (first 64 and 64 spread evenly, fewer when they are large)."""
    sample: Array | None = None
    """Those rows, stacked."""
    keys: Array | None = None
    """(rows, 3) float32 keys of some rows, by which the same rows are found in another array (`datasets/row_keys.py`)."""

    @property
    def count(self) -> int:
        """Number of rows (samples); 0 when unknown."""
        return self.shape[0] if self.shape else 0

    @property
    def line(self) -> str:
        """Shape, type and range in one line; the range only where both ends are finite."""
        known = self.minimum is not None and self.maximum is not None
        span = f", from {self.minimum:.4g} to {self.maximum:.4g}" if known else ""
        return f"shape {self.shape}, {self.dtype}{span}"


@dataclass(frozen=True, kw_only=True, slots=True)
class Compile:
    """The settings of one `model.compile`."""

    optimizer: str = ""
    """Class name, e.g. `RMSprop`."""
    optimizer_config: dict[str, Any] = field(default_factory=dict)
    """Its `get_config()`, JSON values only (learning_rate, momentum, …)."""
    loss: str = ""
    """Canonical snake case name, e.g. `categorical_crossentropy`; a custom function's name; joined by `,` for several."""
    loss_config: dict[str, Any] = field(default_factory=dict)
    """`from_logits`, `label_smoothing` … when the loss is an object."""
    metrics: tuple[str, ...] = ()
    """As compiled, canonical snake case where Keras knows them (`accuracy`, `mean_absolute_error`)."""


@dataclass(frozen=True, kw_only=True, slots=True)
class Model:
    """A snapshot of one Keras model."""

    model: int
    """Serial of the model object, by creation, from 1."""
    snapshot: int
    """Serial of this snapshot over the whole notebook, from 1; the file's number."""
    cell: int
    """Cell in which the snapshot was taken."""
    created: int = 0
    """Cell in which the model was made."""
    names: tuple[str, ...] = ()
    """Global variables that held it when the cell ended; empty while the cell runs or when it is local."""
    class_name: str = ""
    """`Sequential`, `Functional` or the student's own class."""
    built: bool = False
    """Whether it has weights."""
    how: str = "config"
    """`config`: its own Keras config. `traced`: a subclassed model, traced through its call. `opaque`: neither was possible."""
    config: dict[str, Any] | None = None
    """Keras' serialised config (`keras.saving.serialize_keras_object`), of the traced model where traced."""
    why_opaque: str = ""
    """Why there is no config, or no weights."""
    weights: str = ""
    """Name of the `.npz` beside this file with arrays `w0000`, `w0001`, … in the order of `model.weights`; empty if none."""
    weights_digest: str = ""
    """BLAKE3-128 over those arrays, hex."""
    compile: Compile | None = None
    """The compile in force, if any."""
    after_fit: int | None = None
    """Serial of the fit that ended just before this snapshot."""
    process: int = 0
    """0 for the notebook's own process, n for the n-th child process of which something was recorded."""


@dataclass(frozen=True, kw_only=True, slots=True)
class Fit:
    """One `fit` call, or a run of `train_on_batch` calls on one model in one cell."""

    fit: int
    """Serial over the notebook, from 1."""
    model: int
    """Serial of the model."""
    cell: int
    """Cell that was running."""
    method: str = "fit"
    """`fit` or `train_on_batch`."""
    x: DataSummary = field(default_factory=DataSummary)
    """Training inputs."""
    y: DataSummary = field(default_factory=DataSummary)
    """Training targets."""
    samples: int = 0
    """Rows that were trained on in each epoch, after the validation split; 0 when unknown."""
    validation_split: float = 0.0
    """As passed."""
    validation_x: DataSummary | None = None
    """Inputs passed as `validation_data`."""
    validation_y: DataSummary | None = None
    """Targets passed as `validation_data`."""
    batch_size: int | None = None
    """As used (Keras' default of 32 filled in); None for batched pipelines."""
    epochs: int = 1
    """As asked for."""
    epochs_run: int = 0
    """As run (early stopping, interruption)."""
    initial_epoch: int = 0
    """As passed."""
    shuffle: bool = True
    """As passed."""
    callbacks: tuple[str, ...] = ()
    """Class names of the callbacks that the notebook passed."""
    weighted: bool = False
    """Whether class_weight or sample_weight was given."""
    history: dict[str, list[float | None]] = field(default_factory=dict)
    """Per-epoch values by Keras' own keys; None for a value that is not finite."""
    compile: Compile | None = None
    """The compile in force."""
    weights_before: str = ""
    """Digest of the weights before; empty when the model was not built yet."""
    weights_after: str = ""
    """Digest of the weights afterwards."""
    snapshot: int | None = None
    """The model snapshot taken when it ended."""
    seconds: float = 0.0
    """Wall time, in seconds."""
    error: str = ""
    """Exception that ended it, as `Name: message`; empty if none."""
    process: int = 0
    """0 for the notebook's own process, n for the n-th child process of which something was recorded."""
    trained: str = "kernel"
    """`kernel`: beside student code. `trainer`: by a trusted worker. `stored`: an identical training was done before."""


@dataclass(frozen=True, kw_only=True, slots=True)
class Evaluation:
    """One `evaluate` call."""

    model: int
    cell: int
    x: DataSummary = field(default_factory=DataSummary)
    y: DataSummary = field(default_factory=DataSummary)
    results: dict[str, float | None] = field(default_factory=dict)
    """By metric name, `loss` first."""
    weights_digest: str = ""
    """Weights it was called with."""
    process: int = 0
    """0 for the notebook's own process, n for the n-th child process of which something was recorded."""


@dataclass(frozen=True, kw_only=True, slots=True)
class Prediction:
    """One `predict` call."""

    model: int
    cell: int
    x: DataSummary = field(default_factory=DataSummary)
    output: DataSummary = field(default_factory=DataSummary)
    weights_digest: str = ""
    process: int = 0
    """0 for the notebook's own process, n for the n-th child process of which something was recorded."""


@dataclass(frozen=True, kw_only=True, slots=True)
class Line:
    """One line or point series of a plot."""

    label: str = ""
    """Legend label; empty for Matplotlib's own `_child0` names."""
    x: list[float | None] = field(default_factory=list)
    y: list[float | None] = field(default_factory=list)
    """At most 2,000 points; longer series are thinned evenly."""


@dataclass(frozen=True, kw_only=True, slots=True)
class Axes:
    """One plot in a figure."""

    title: str = ""
    xlabel: str = ""
    ylabel: str = ""
    legend: tuple[str, ...] = ()
    """Texts of the legend; empty when there is none."""
    lines: tuple[Line, ...] = ()
    images: int = 0
    """Number of images (`imshow`)."""
    bars: int = 0
    """Number of bars or patches."""


@dataclass(frozen=True, kw_only=True, slots=True)
class Figure:
    """One Matplotlib figure as it stood when it was shown, saved, or when its cell ended."""

    figure: int
    """Serial over the notebook, from 1."""
    cell: int
    axes: tuple[Axes, ...] = ()


@dataclass(frozen=True, kw_only=True, slots=True)
class Value:
    """An asked-for variable at the end of a cell; written again whenever it changed."""

    name: str
    cell: int
    kind: str = "other"
    """`array`, `number`, `text`, `bool`, `none`, `list`, `dict`, `history`, `model`, `other`."""
    type_name: str = ""
    """Class name as Python sees it."""
    summary: DataSummary | None = None
    """For arrays, tensors and lists of numbers."""
    array: Array | None = None
    """The whole array when it is at most ARRAY_BYTES."""
    value: Any = None
    """JSON value for numbers, texts, bools and small lists and dicts of them."""
    model: int | None = None
    """Serial when the variable holds a model."""


@dataclass(frozen=True, kw_only=True, slots=True)
class FunctionResult:
    """A student's function, called by the collector with the assignment's inputs."""

    name: str
    case: str
    """Name of the case, unique for the function."""
    cell: int
    """Cell after which it was called."""
    kind: str = "array"
    """As in `Value.kind`; `error` when it raised."""
    array: Array | None = None
    summary: DataSummary | None = None
    value: Any = None
    model: int | None = None
    """Serial when it returned a model."""
    error: CellError | None = None
    mutated: bool = False
    """Whether the call changed its own input arrays."""


@dataclass(frozen=True, kw_only=True, slots=True)
class CodeTestRun:
    """A test in code that was run in the notebook's kernel; nothing of it is more than a claim."""

    test: str
    """Name of the test."""
    cell: int = 0
    """Cell that it stands in or after."""
    status: CellStatus = CellStatus.OK
    error: CellError | None = None
    """What it raised."""
    value: float | None = None
    """The number that its last line came to, if it came to one."""
    seconds: float = 0.0
    """Wall time, in seconds."""


@dataclass(frozen=True, kw_only=True, slots=True)
class Notice:
    """Something the recorder has to say about itself: what was cut, what it couldn't see."""

    cell: int
    text: str


@dataclass(frozen=True, kw_only=True, slots=True)
class LayerNode:
    """One layer of a rebuilt model, in topological order."""

    class_name: str
    """Keras class, e.g. `Dense`."""
    name: str = ""
    config: dict[str, Any] = field(default_factory=dict)
    """Keras' own `get_config()` of the layer."""
    output_shape: tuple[int | None, ...] = ()
    """With None for the batch dimension; of the first output where there are several."""
    parameters: int = 0
    trainable_parameters: int = 0
    inputs: tuple[int, ...] = ()
    """Positions, in this list, of the layers it is called on."""


@dataclass(frozen=True, kw_only=True, slots=True)
class Examined:
    """A model rebuilt outside student code from an allow-listed config and arrays."""

    snapshot: int
    """The snapshot it was rebuilt from."""
    layers: tuple[LayerNode, ...] = ()
    input_shapes: tuple[tuple[int | None, ...], ...] = ()
    output_shapes: tuple[tuple[int | None, ...], ...] = ()
    outputs: tuple[int, ...] = ()
    """Positions of the output layers."""
    parameters: int = 0
    trainable_parameters: int = 0
    refused: str = ""
    """Why it was not rebuilt (a class off the allow-list, weights that don't fit); empty when it was."""
    unpredicted: dict[str, str] = field(default_factory=dict)
    """By held-out name: why no predictions were made on it (the inputs don't fit, its weights were not kept)."""


@dataclass(frozen=True, kw_only=True, slots=True)
class Measurement:
    """A number the host computed from predictions on held-out inputs and labels it kept."""

    snapshot: int
    held_out: str
    """Name of the held-out set."""
    metric: str
    """`accuracy`, `loss`, `mean_absolute_error`, `mean_squared_error`."""
    value: float
    count: int
    """Number of held-out rows."""
    provenance: Provenance = Provenance.VERIFIED
    encoding: str = ""
    """How the held-out inputs were prepared to match the notebook's own training inputs, in words."""


@dataclass(frozen=True, kw_only=True, slots=True)
class Overlap:
    """Held-out rows among the rows that a fit was given, by content."""

    fit: int
    """Serial of the fit."""
    part: str
    """`training` or `validation`."""
    held_out: str
    """Name of the held-out set."""
    rows: int
    """Rows that are held-out rows and not, at the same time, rows of the training part of the data set."""
    of: int
    """Rows that were looked at; at most 512, chosen by their content."""

    @property
    def telling(self) -> bool:
        """Whether they are more than the texts that a collection holds twice: at least 5, and 5 % of those looked at."""
        return self.rows >= 5 and self.rows >= 0.05 * self.of


class Status(StrEnum):
    """How a submission as a whole went; `graded` and `student_error` differ only in whether every cell ran."""

    GRADED = "graded"
    STUDENT_ERROR = "student_error"
    TIMEOUT = "timeout"
    OUT_OF_MEMORY = "out_of_memory"
    KERNEL_DIED = "kernel_died"
    UNREADABLE = "unreadable"
    NOT_ATTEMPTED = "not_attempted"
    MACHINE_ERROR = "machine_error"


@dataclass(frozen=True, kw_only=True, slots=True)
class Evidence:
    """All that is known about one run of one notebook."""

    status: Status = Status.GRADED
    reason: str = ""
    """One sentence on the status, for a person; empty for `graded`."""
    cells: tuple[CellRun, ...] = ()
    models: tuple[Model, ...] = ()
    fits: tuple[Fit, ...] = ()
    evaluations: tuple[Evaluation, ...] = ()
    predictions: tuple[Prediction, ...] = ()
    figures: tuple[Figure, ...] = ()
    values: tuple[Value, ...] = ()
    functions: tuple[FunctionResult, ...] = ()
    tests: tuple[CodeTestRun, ...] = ()
    notices: tuple[Notice, ...] = ()
    examined: tuple[Examined, ...] = ()
    measurements: tuple[Measurement, ...] = ()
    overlaps: tuple[Overlap, ...] = ()
    seed: int = 0
    """Seed set before the first cell and before each cell."""
    data_source: str = ""
    """`keras` (real), `stand-in`, or `none` when the assignment needs no data."""
    sandbox: str = ""
    """Isolation level it ran under: `bubblewrap`, `landlock`, `none`, `live` (self-check)."""
    environment: dict[str, str] = field(default_factory=dict)
    """Versions of python, grader, keras, numpy and what Keras runs on, by package; `backend` is its name."""
    seconds: float = 0.0
    """Wall time of the whole run."""
    peak_memory: int = 0
    """Highest proportional set size seen, in bytes; 0 when not measured."""
    examination: str = ""
    """Names what was asked of the examiner (`grader/examination.py`)."""
    schema: str = SCHEMA

    def snapshots(self, model: int) -> tuple[Model, ...]:
        """All snapshots of one model object, oldest first."""
        return tuple(m for m in self.models if m.model == model)

    def fits_of(self, model: int) -> tuple[Fit, ...]:
        """All fits of one model object, oldest first."""
        return tuple(f for f in self.fits if f.model == model)

    def examined_for(self, snapshot: int) -> Examined | None:
        """What examination made of one snapshot, or None when it was not examined."""
        return next((e for e in self.examined if e.snapshot == snapshot), None)

    def value(self, *names: str) -> Value | None:
        """The last recorded value under the first of these names that was ever seen."""
        for name in names:
            found = [v for v in self.values if v.name == name]
            if found:
                return found[-1]
        return None


def last_snapshots(models: Iterable[Model]) -> tuple[Model, ...]:
    """The newest snapshot of each model object, in the order the models were made."""
    newest: dict[int, Model] = {}
    for snapshot in models:
        newest[snapshot.model] = snapshot
    return tuple(newest[serial] for serial in sorted(newest))
