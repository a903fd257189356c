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


def long_trainings(seen: Sightings, limit_seconds: float) -> Iterator[Advice]:
    """Advice on each `fit` that is estimated to take longer than one cell may."""
    names = _constants(seen)
    rows = max((ROWS[name] for name in _datasets(seen)), default=0)
    kind = _heaviest(seen)
    for call in seen.calls:
        if call.method != "fit" or not rows:
            continue
        epochs = _number(call.keyword("epochs") or call.keyword("nb_epoch"), names)
        if epochs is None:
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


def _datasets(seen: Sightings) -> set[str]:
    words = {part for one in seen.imports for part in one.path.split(".")}
    words |= {part for one in seen.references for part in one.path.split(".")}
    return words & set(ROWS)


def _heaviest(seen: Sightings) -> str:
    names = {ast.unparse(call.node.func).rpartition(".")[2] for call in seen.calls}
    applications = {"VGG16", "VGG19", "ResNet50", "InceptionV3", "Xception", "MobileNet", "MobileNetV2"}
    if names & applications:
        return "application"
    if names & {"LSTM", "GRU", "SimpleRNN", "Bidirectional"}:
        return "recurrent"
    return "conv" if any(name.startswith(("Conv", "SeparableConv")) for name in names) else "dense"


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
