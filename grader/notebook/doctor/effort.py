"""Trainings that will hit a time limit, by epochs × rows and what a row costs on two slow threads.

The costs are rough, measured once with the networks of the course; only what is far beyond the limit is said.
"""

from __future__ import annotations

import ast
import math
from collections.abc import Iterator

from grader.notebook.doctor.sightings import Call, Sightings
from grader.report import Advice, Severity

KIND = "long_training"
ROWS = {
    "mnist": 60_000, "fashion_mnist": 60_000, "cifar10": 50_000, "cifar100": 50_000, "imdb": 25_000, "reuters": 8_982,
    "boston_housing": 404, "california_housing": 16_512,
}  # fmt: skip
STEP_SECONDS = 0.0015
"""A batch of a small dense network."""
ROW_SECONDS = {"dense": 0.00003, "conv": 0.0004, "recurrent": 0.004, "application": 0.15}
"""What each row adds, by the heaviest kind of layer."""
_LAYERS = {
    "application": {"VGG16", "VGG19", "ResNet50", "InceptionV3", "Xception", "MobileNet", "MobileNetV2"},
    "recurrent": {"LSTM", "GRU", "SimpleRNN", "Bidirectional"},
    "conv": {"Conv1D", "Conv2D", "Conv3D", "Convolution2D", "SeparableConv2D"},
}
_ANY_LAYER = {"Dense", "Sequential", *(name for names in _LAYERS.values() for name in names)}


def long_trainings(seen: Sightings, limit_seconds: float) -> Iterator[Advice]:
    """Advice on each `fit` that is estimated to take longer than one cell may.

    Its data are those loaded last above it, its network has the layers made since the `fit` before.
    """
    names = _constants(seen)
    rows, made, kind = 0, set[str](), "dense"
    for call in seen.calls:
        name = ast.unparse(call.node.func).rpartition(".")[2]
        if call.path.endswith(".load_data"):
            rows = ROWS.get(call.path.split(".")[-2], 0)
        if call.method != "fit":
            made.add(name)
            continue
        kind, made = _heaviest(made) if made & _ANY_LAYER else kind, set()
        epochs = _number(call.keyword("epochs") or call.keyword("nb_epoch"), names)
        if epochs is None or not rows:
            continue
        batch = _number(call.argument("batch_size", 2), names) or 32
        passes = math.prod(_passes(loop, names) for loop in call.loops)
        seconds = passes * epochs * (math.ceil(rows / max(batch, 1)) * STEP_SECONDS + rows * ROW_SECONDS[kind])
        if seconds > limit_seconds:
            yield _advice(call, epochs, passes, rows, seconds, limit_seconds)


def _advice(call: Call, epochs: float, passes: float, rows: int, seconds: float, limit: float) -> Advice:
    often = f"{passes:.0f} × " if passes > 1 else ""
    return Advice(
        kind=KIND,
        severity=Severity.MAY_SURPRISE,
        cell=call.cell,
        line=call.line,
        what=f"this trains {often}{epochs:.0f} epochs on up to {rows:,} rows",
        why=f"about {_minutes(seconds)} where notebooks are graded; a cell may take {_minutes(limit)}",
        old=f"epochs={epochs:.0f}",
        new="fewer epochs, or larger batches, as far as the assignment leaves it to you",
    )


def _minutes(seconds: float) -> str:
    return (
        f"{seconds:.0f} s"
        if seconds < 120
        else f"{seconds / 60:.0f} min"
        if seconds < 7200
        else f"{seconds / 3600:.0f} h"
    )


def _heaviest(made: set[str]) -> str:
    for kind, layers in _LAYERS.items():
        if made & layers:
            return kind
    return "dense"


def _constants(seen: Sightings) -> dict[str, float]:
    """Names that are bound to one number only."""
    found: dict[str, set[float]] = {}
    for _, node in seen.nodes():
        if isinstance(node, ast.Assign):
            for target in node.targets:
                if isinstance(target, ast.Name):
                    value = node.value.value if isinstance(node.value, ast.Constant) else None
                    numeric = isinstance(value, int | float) and not isinstance(value, bool)
                    found.setdefault(target.id, set()).add(float(value) if numeric else math.nan)  # type: ignore[arg-type]
    return {name: next(iter(v)) for name, v in found.items() if len(v) == 1 and not math.isnan(next(iter(v)))}


def _number(node: ast.expr | None, names: dict[str, float]) -> float | None:
    if isinstance(node, ast.Constant) and isinstance(node.value, int | float):
        return float(node.value)
    return names.get(node.id) if isinstance(node, ast.Name) else None


def _passes(loop: ast.For, names: dict[str, float]) -> float:
    """How often a loop's body runs, where that can be read off; else 1."""
    over = loop.iter
    if isinstance(over, ast.List | ast.Tuple):
        return float(len(over.elts))
    if isinstance(over, ast.Call) and getattr(over.func, "id", "") == "range" and len(over.args) == 1:
        return _number(over.args[0], names) or 1
    return 1
