"""Checks of what a network was compiled with."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from typing import Any, Unpack

from grader.checks.build import Common, agree, build
from grader.checks.check import Check, Expected, ModelQuery, Wanted
from grader.checks.choose import Chosen
from grader.checks.subject import find, missing, network_of, reference_model
from grader.errors import AssignmentError
from grader.evidence import Compile, DataSummary, Evidence, Provenance
from grader.report import Outcome

_NAMES = {
    "mse": "mean_squared_error",
    "mae": "mean_absolute_error",
    "mape": "mean_absolute_percentage_error",
    "msle": "mean_squared_logarithmic_error",
    "kld": "kl_divergence",
    "kullback_leibler_divergence": "kl_divergence",
    "log_cosh": "logcosh",
    "acc": "accuracy",
    "auc": "auc",
}
_ACCURACIES = frozenset({"accuracy", "categorical_accuracy", "sparse_categorical_accuracy", "binary_accuracy"})
_CATEGORICAL = frozenset({"categorical_crossentropy", "sparse_categorical_crossentropy"})
_CROSS_ENTROPIES = _CATEGORICAL | {"binary_crossentropy"}
_RATE_FACTOR = 10.0 - 1e-6


@dataclass(frozen=True, kw_only=True)
class _Task:
    """What the loss has to fit: the targets of the last fit and the end of the network."""

    labels: str
    """`integers`, `one-hot`, or empty when unknown or neither."""
    activation: str
    """Of the last layer; empty when unknown."""
    units: int
    """Of the last layer; 0 when unknown."""


def canonical_name(name: str) -> str:
    """One spelling for a loss or a metric: `MSE`, `MeanSquaredError` and `mse` are `mean_squared_error`."""
    flat = name.strip().lower()
    return _NAMES.get(flat, flat)


def metric_name(name: str) -> str:
    """Like `canonical_name`; the kinds of accuracy, among which Keras chooses by the shapes, are one."""
    found = canonical_name(name)
    return "accuracy" if found in _ACCURACIES else found


def compiled(
    model: ModelQuery,
    *,
    optimizer: bool = True,
    loss: bool = True,
    metrics: bool = True,
    strict: bool = False,
    **common: Unpack[Common],
) -> Check:
    """Whether the network was compiled with the reference's optimizer, loss and metrics; each counts the same.

    A learning rate passes within a factor of ten of the reference's. More metrics than asked for are fine.

    Args:
        model: which model.
        optimizer: whether the optimizer counts, by type, with its learning rate.
        loss: whether the loss counts.
        metrics: whether the metrics count.
        strict: insist on the reference's loss. Otherwise categorical cross-entropy on one-hot labels and its sparse
            form on whole numbers are the same, and so are a last activation and `from_logits=True` without it.
        **common: as for every check.
    """

    def learn(runs: Sequence[Evidence]) -> Expected:
        return agree((_learn(run, model) for run in runs), f"how the {model.name} is compiled")

    def judge(evidence: Evidence, expected: Expected) -> Outcome:
        chosen = find(evidence, model)
        if isinstance(chosen, Outcome):
            return chosen
        had = _compile_of(chosen)
        if had is None:
            return missing(evidence, f"The {model.name} was never compiled.", hint="Call compile before fit.")
        task = _task(evidence, chosen)
        causes: list[str] = []
        asked = 0
        if optimizer:
            asked += 1
            causes += _optimizer(expected, had)
        if loss:
            asked += 1
            causes += _loss(expected, had, task, strict=strict)
        if metrics:
            asked += 1
            causes += _metrics(expected, had, task)
        return _outcome(chosen, expected, had, causes, asked)

    if not (optimizer or loss or metrics):
        raise AssignmentError("compiled() asks for nothing", remedy="leave at least one of its arguments on")
    return build(
        name="compiled",
        title=f"The {model.name} is compiled as asked.",
        hint="Look at the arguments of compile.",
        judge=judge,
        learn=learn,
        wants=Wanted(models=(model,)),
        common=common,
    )


def _compile_of(chosen: Chosen) -> Compile | None:
    fit = chosen.fits[-1] if chosen.fits else None
    return (fit.compile if fit is not None else None) or chosen.model.compile


def _learn(run: Evidence, model: ModelQuery) -> dict[str, Any]:
    chosen = reference_model(run, model)
    found = _compile_of(chosen)
    if found is None:
        raise AssignmentError(f"the reference never compiles its {model.name}")
    return {
        "optimizer": found.optimizer,
        "learning_rate": _rate(found),
        "loss": canonical_name(found.loss),
        "from_logits": bool(found.loss_config.get("from_logits", False)),
        "metrics": [canonical_name(name) for name in found.metrics],
    }


def _rate(found: Compile) -> float | None:
    rate = found.optimizer_config.get("learning_rate")
    return float(f"{rate:.6g}") if isinstance(rate, int | float) else None


def _task(evidence: Evidence, chosen: Chosen) -> _Task:
    network = network_of(evidence, chosen)
    activation, units = "", 0
    if network is not None and network.outputs:
        activation = network.last_activation
        shape = network.layers[network.outputs[0]].shape
        units = int(shape[-1] or 0) if shape else 0
    return _Task(labels=labels_kind(chosen.fits[-1].y) if chosen.fits else "", activation=activation, units=units)


def labels_kind(y: DataSummary) -> str:
    """`one-hot` rows, `integers` (one whole number a row), or empty for anything else."""
    if len(y.shape) == 2 and y.shape[1] > 1:
        return "one-hot" if y.distinct is not None and y.distinct <= 2 and (y.minimum, y.maximum) == (0, 1) else ""
    if len(y.shape) == 1 or (len(y.shape) == 2 and y.shape[1] == 1):
        whole = y.dtype.startswith(("int", "uint", "bool"))
        if not whole and y.sample is not None and y.sample.dtype.kind == "f":
            whole = bool((y.sample == y.sample.round()).all()) and y.distinct is not None and y.distinct < 1000
        return "integers" if whole else ""
    return ""


def _outcome(chosen: Chosen, expected: Expected, had: Compile, causes: list[str], asked: int) -> Outcome:
    cell = chosen.fits[-1].cell if chosen.fits else chosen.model.cell
    return Outcome(
        score=max(asked - len(causes), 0) / asked,
        message=" ".join(causes) or "Compiled as asked.",
        expected=_line(expected["optimizer"], expected["loss"], expected["metrics"]),
        received=_line(had.optimizer, canonical_name(had.loss), had.metrics),
        cell=chosen.model.created or cell,
        provenance=Provenance.CLAIMED,
        subject=chosen.why,
    )


def _line(optimizer: str, loss: str, metrics: Sequence[str]) -> str:
    return f"{optimizer}, {loss}, {', '.join(metrics) or 'no metrics'}"


def _plain(optimizer: str) -> str:
    return optimizer.lower().replace("_", "").removesuffix("optimizer")


def _optimizer(expected: Expected, had: Compile) -> list[str]:
    wanted = str(expected["optimizer"])
    if _plain(had.optimizer) != _plain(wanted):
        return [f"The optimizer is {had.optimizer or 'missing'}, expected {wanted}."]
    wish, got = expected["learning_rate"], _rate(had)
    if wish and got is not None and not 1 / _RATE_FACTOR < got / wish < _RATE_FACTOR:
        times = got / wish if got > wish else wish / got if got else float("inf")
        how = "times too large" if got > wish else "times too small"
        return [f"The learning rate is {got:g}, {times:.3g} {how}: expected {wish:g}."]
    return []


def _loss(expected: Expected, had: Compile, task: _Task, *, strict: bool) -> list[str]:
    wish, got = str(expected["loss"]), canonical_name(had.loss)
    logits = bool(had.loss_config.get("from_logits", False))
    if not got:
        return [f"The loss is missing, expected {wish}."]
    mistake = _loss_mistake(wish, got, task)
    if mistake:
        return [mistake]
    alike = wish == got or (not strict and {wish, got} <= _CATEGORICAL)
    if not alike:
        return [f"The loss is {got}, expected {wish}."]
    if got in _CROSS_ENTROPIES:
        return _logits(got, task, logits=logits, expected=bool(expected["from_logits"]))
    return []


def _loss_mistake(wish: str, got: str, task: _Task) -> str:
    """Names a loss that doesn't fit the labels or the last layer; empty when it does."""
    if got == "categorical_crossentropy" and task.labels == "integers" and task.units != 1:
        return "categorical_crossentropy needs one-hot labels, but the labels are whole numbers: use to_categorical or sparse_categorical_crossentropy."
    if got == "sparse_categorical_crossentropy" and task.labels == "one-hot":
        return "sparse_categorical_crossentropy needs whole numbers as labels, but the labels are one-hot: use categorical_crossentropy."
    if got in {"mean_squared_error", "mean_absolute_error"} and wish in _CROSS_ENTROPIES:
        return f"{got} is a loss for regression; a classifier needs {wish}."
    if wish in {"mean_squared_error", "mean_absolute_error"} and got in _CROSS_ENTROPIES:
        return f"{got} is a loss for classification; a regression needs {wish}."
    if got == "binary_crossentropy" and wish in _CATEGORICAL:
        end = f"{task.activation or 'an output'} of {task.units} units" if task.units > 1 else "several classes"
        return f"binary_crossentropy on {end} treats each class as a question of its own: use {wish}."
    if got == "categorical_crossentropy" and task.units == 1:
        return "categorical_crossentropy on a single unit is always 0: use binary_crossentropy."
    return ""


def _logits(got: str, task: _Task, *, logits: bool, expected: bool) -> list[str]:
    if not task.activation:
        return [] if logits == expected else [f"from_logits is {logits}, expected {expected}."]
    squashed = task.activation.startswith(("softmax", "sigmoid"))
    if logits and squashed:
        return [f"from_logits=True, but the last layer already applies {task.activation}: leave one of them out."]
    if not logits and task.activation == "linear":
        needed = "sigmoid" if got == "binary_crossentropy" else "softmax"
        return [
            f"The last layer gives raw scores, but {got} expects probabilities: add {needed} or set from_logits=True."
        ]
    return []


def _metrics(expected: Expected, had: Compile, task: _Task) -> list[str]:
    got = {metric_name(name) for name in had.metrics}
    if "binary_accuracy" in had.metrics and task.activation == "softmax" and task.units > 1:
        return ["binary_accuracy on a softmax counts each class as a question of its own: use accuracy."]
    lacking = [name for name in expected["metrics"] if metric_name(name) not in got]
    if lacking:
        return [f"{' and '.join(lacking)} {'is' if len(lacking) == 1 else 'are'} missing among the metrics."]
    return []
