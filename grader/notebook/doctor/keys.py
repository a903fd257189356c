"""Keys of a history that the compiled metrics don't give: `history['acc']` where `accuracy` was compiled."""

from __future__ import annotations

import ast
import re
from collections.abc import Iterator

from grader.notebook.doctor.sightings import Sightings
from grader.report import Advice, Severity

_ALIASES = (
    ("accuracy", "acc", "binary_accuracy", "categorical_accuracy", "sparse_categorical_accuracy"),
    ("mae", "mean_absolute_error"),
    ("mse", "mean_squared_error"),
)
_MONITORS = {"EarlyStopping", "ModelCheckpoint", "ReduceLROnPlateau"}


def history_keys(seen: Sightings) -> Iterator[Advice]:
    """Keys under which the history holds nothing, where the right one can be told."""
    compiled = _compiled(seen)
    if compiled is None:
        return
    histories = _histories(seen)
    for cell, node in seen.nodes():
        if isinstance(node, ast.Subscript) and isinstance(node.ctx, ast.Load) and isinstance(node.slice, ast.Constant):
            text, key = ast.unparse(node.value), node.slice.value
            if isinstance(key, str) and (text in histories or text.endswith(".history")):
                right = _right(key, compiled)
                if right:
                    yield _advice(cell, node.lineno, key, right, monitor=False)
    for call in seen.calls:
        monitor = call.keyword("monitor")
        if ast.unparse(call.node.func).rpartition(".")[2] in _MONITORS and isinstance(monitor, ast.Constant):
            right = _right(str(monitor.value), compiled)
            if right:
                yield _advice(call.cell, call.line, str(monitor.value), right, monitor=True)


def _advice(cell: int, line: int, key: str, right: str, *, monitor: bool) -> Advice:
    return Advice(
        kind="dead_name",
        severity=Severity.MAY_SURPRISE if monitor else Severity.BREAKS,
        cell=cell,
        line=line,
        what=f"the history has no `{key}`",
        why="Keras names its keys as the metrics were compiled; "
        + ("the callback never acts" if monitor else "the cell stops with a KeyError"),
        old=f'"{key}"',
        new=f'"{right}"',
    )


def _right(key: str, compiled: set[str]) -> str:
    """The compiled name of the same metric; empty when the key is fine or means something else."""
    base = key.removeprefix("val_")
    family = next((names for names in _ALIASES if base in names), ())
    if base in compiled or not family:
        return ""
    found = [name for name in family if name in compiled]
    return f"{'val_' if key.startswith('val_') else ''}{found[0]}" if len(found) == 1 else ""


def _compiled(seen: Sightings) -> set[str] | None:
    """Names of all metrics that the notebook compiles; None when one of them can't be read off."""
    found: set[str] = set()
    for call in seen.calls:
        if call.method != "compile":
            continue
        metrics = call.argument("metrics", 2)
        if metrics is None:
            continue
        parts = metrics.elts if isinstance(metrics, ast.List | ast.Tuple) else [metrics]
        for part in parts:
            if isinstance(part, ast.Constant) and isinstance(part.value, str):
                found.add(part.value)
            elif isinstance(part, ast.Call) and not part.args and not part.keywords:
                found.add(_snake(ast.unparse(part.func).rpartition(".")[2]))
            elif isinstance(part, ast.Attribute):
                found.add(part.attr)
            else:
                return None
    return found or None


def _snake(name: str) -> str:
    return re.sub(r"(?<!^)(?=[A-Z])", "_", name).lower()


def _histories(seen: Sightings) -> set[str]:
    """Names that hold a history's dictionary."""
    return {
        ast.unparse(target)
        for _, node in seen.nodes()
        if isinstance(node, ast.Assign) and isinstance(node.value, ast.Attribute) and node.value.attr == "history"
        for target in node.targets
    }
