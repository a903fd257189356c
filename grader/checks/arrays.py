"""Checks of an array that a notebook's variable holds."""

from __future__ import annotations

import math
from collections.abc import Callable, Iterable, Sequence
from typing import Literal, Unpack

import numpy as np

from grader.checks import data_causes as causes
from grader.checks.build import Common, build
from grader.checks.check import Check, Expected, Wanted
from grader.checks.packing import pack, pack_summary, unpack, unpack_summary
from grader.checks.subject import missing
from grader.errors import AssignmentError
from grader.evidence import Array, DataSummary, Evidence, Provenance, Value
from grader.report import Outcome

_KINDS = {
    "b": "true or false",
    "i": "whole numbers",
    "u": "whole numbers",
    "f": "decimal numbers",
    "c": "complex numbers",
}
_KEPT = 64_000
"""Bytes of an array that expectations keep whole; a larger one is compared by digest, statistics and sampled rows."""


def array(
    name: str,
    /,
    *,
    aliases: tuple[str, ...] = (),
    shape: bool | Literal["size"] = True,
    dtype: bool = True,
    values: Literal["range", "equal"] | None = "range",
    atol: float = 1e-6,
    also: Callable[[Evidence], Iterable[Array]] | None = None,
    **common: Unpack[Common],
) -> Check:
    """Whether a variable holds the reference's array; shape, dtype and values each count the same.

    Args:
        name: of the variable, in the reference and in the student's notebook.
        aliases: other names it may go by.
        shape: whether its shape counts; `size` counts rows and numbers in a row, flattened or not.
        dtype: whether its kind of numbers counts (whole, decimal, true or false; not their precision).
        values: `range` compares smallest value, largest value, mean and spread; `equal` every value that is known.
        atol: largest difference of values that counts as none; for `range` beside 1 % of the reference's spread.
        also: other arrays whose values are as right, for answers that depend on the student's own run, such as what the
            student's network predicts for a row that not every good network sees alike.
        **common: as for every check.
    """
    names = (name, *aliases)

    def learn(runs: Sequence[Evidence]) -> Expected:
        found = [run.value(*names) for run in runs]
        first = found[0] if found else None
        if first is None or first.summary is None:
            raise AssignmentError(f"the reference has no array {name}")
        shapes = {v.summary.shape for v in found if v is not None and v.summary is not None}
        if len(shapes) > 1 and shape:
            raise AssignmentError(f"the runs of the reference disagree on the shape of {name}")
        small = first.array is not None and first.array.nbytes <= _KEPT and values == "equal"
        whole = pack(first.array) if small and first.array is not None else None
        return {"data": pack_summary(first.summary, rows=values == "equal" and whole is None), "array": whole}

    def judge(evidence: Evidence, expected: Expected) -> Outcome:
        found = evidence.value(*names)
        if found is None:
            return no_variable(evidence, name)
        if found.summary is None:
            return _not_an_array(found)
        wanted, had = unpack_summary(expected["data"]), found.summary
        checks: list[str] = []
        if shape:
            as_large = shape == "size" and _size(wanted) == _size(had)
            checks.append("" if as_large else shape_cause(wanted, had))
        if dtype:
            checks.append(_dtype_cause(wanted, had))
        if values is not None:
            whole = unpack(expected["array"]) if expected.get("array") is not None else None
            own = also is not None and _is_one_of(found, also(evidence), atol)
            checks.append("" if own else _values_cause(wanted, found, whole, values, atol))
        wrong = [cause for cause in checks if cause]
        return Outcome(
            score=(len(checks) - len(wrong)) / len(checks) if checks else 1.0,
            message=f"{found.name}: {' '.join(wrong)}" if wrong else f"{found.name} is as expected.",
            expected=wanted.line,
            received=had.line,
            cell=found.cell,
            provenance=Provenance.CLAIMED,
            subject=f"`{found.name}` as it was at the end of cell {found.cell}.",
        )

    if not (shape or dtype or values):
        raise AssignmentError(f"array({name!r}) asks for nothing", remedy="leave at least one of its arguments on")
    return build(
        name=name,
        title=f"{name} is the array asked for.",
        hint=f"Print {name}.shape, {name}.dtype, {name}.min() and {name}.max().",
        judge=judge,
        learn=learn,
        wants=Wanted(variables=names),
        common=common,
    )


def no_variable(evidence: Evidence, name: str) -> Outcome:
    """The outcome for a variable that was never defined; lists what there was instead."""
    there = list(dict.fromkeys(v.name for v in evidence.values if v.kind != "none"))
    models = [n for m in evidence.models for n in m.names]
    known = list(dict.fromkeys([*there, *models]))
    listed = ", ".join(known[:8])
    what = f"There is no variable {name}"
    what += f"; of those looked for, the notebook defines {listed}." if listed else "."
    return missing(evidence, what, hint=f"Assign your result to {name}.", expected=name, received=listed or "none")


def _not_an_array(found: Value) -> Outcome:
    return Outcome(
        score=0,
        message=f"{found.name} is {'None' if found.kind == 'none' else f'a {found.type_name}'}, expected an array."
        + (" Does the function that makes it return its result?" if found.kind == "none" else ""),
        expected="an array",
        received=found.type_name or found.kind,
        cell=found.cell,
        provenance=Provenance.CLAIMED,
    )


def shape_cause(wanted: DataSummary, had: DataSummary) -> str:
    """What is wrong with a shape that has to be exactly the reference's; empty when nothing is."""
    if had.shape == wanted.shape:
        return ""
    if had.shape[:0:-1] == wanted.shape[:0:-1] and len(had.shape) == len(wanted.shape):
        return f"It has {had.shape[0]:,} rows, expected {wanted.shape[0]:,}."
    if len(had.shape) == 2 and had.shape == wanted.shape[::-1]:
        return f"It is transposed: shape {had.shape}, expected {wanted.shape}."
    if wanted.shape and had.shape and causes.features(wanted.shape) != causes.features(had.shape):
        return causes.flattening(wanted, had)
    return f"The shape is {had.shape}, expected {wanted.shape}."


def _size(data: DataSummary) -> tuple[int, int]:
    """Rows, and numbers in a row."""
    return data.shape[0] if data.shape else 0, math.prod(data.shape[1:])


def _dtype_cause(wanted: DataSummary, had: DataSummary) -> str:
    wish, got = _kind(wanted.dtype), _kind(had.dtype)
    if wish == got or {wish, got} <= {"i", "u"}:
        return ""
    return f"It holds {_KINDS.get(got, had.dtype)} ({had.dtype}), expected {_KINDS.get(wish, wanted.dtype)} ({wanted.dtype})."


def _kind(dtype: str) -> str:
    """NumPy's letter for a type; empty for one that NumPy doesn't know, such as bfloat16."""
    try:
        return np.dtype(dtype).kind
    except (TypeError, ValueError, SyntaxError):  # some names it reads as Python
        return ""


def _values_cause(wanted: DataSummary, found: Value, whole: Array | None, values: str, atol: float) -> str:
    had = found.summary
    assert had is not None
    if values == "equal" and had.shape != wanted.shape:
        return "The values can't be compared."
    if had.digest and had.digest == wanted.digest:
        return ""
    cause = causes.filling(wanted, had) or causes.scaling(wanted, had, exact=False) or causes.turned(wanted, had)
    if values == "range":
        return cause or range_cause(wanted, had, atol)
    if whole is not None and found.array is not None:
        return "" if same_values(whole, found.array, atol) else cause or values_cause(whole, found.array, atol)
    return cause or range_cause(wanted, had, atol) or _rows_cause(wanted, had, atol)


def range_cause(wanted: DataSummary, had: DataSummary, atol: float) -> str:
    """Differences in smallest value, largest value, mean or spread beyond 1 % of the reference's spread."""
    slack = atol + 0.01 * (wanted.std or 0.0)
    for word, wish, got in (
        ("smallest value", wanted.minimum, had.minimum),
        ("largest value", wanted.maximum, had.maximum),
        ("mean", wanted.mean, had.mean),
        ("standard deviation", wanted.std, had.std),
    ):
        if wish is not None and (got is None or abs(wish - got) > slack):
            return f"The {word} is {'not known' if got is None else f'{got:.5g}'}, expected {wish:.5g}."
    return ""


def _rows_cause(wanted: DataSummary, had: DataSummary, atol: float) -> str:
    if wanted.sample is None or had.sample is None:
        return ""
    theirs = dict(zip(had.rows, had.sample, strict=False))
    for i, row in zip(wanted.rows, wanted.sample, strict=False):
        other = theirs.get(i)
        if other is not None and not same_values(np.asarray(row), np.asarray(other), atol):
            return f"Row {i} differs from the expected one."
    return ""


def _is_one_of(found: Value, others: Iterable[Array], atol: float) -> bool:
    return found.array is not None and any(same_values(other, found.array, atol) for other in others)


def same_values(wanted: Array, had: Array, atol: float) -> bool:
    """Whether two arrays of one shape agree, nan with nan; relative to large values by `atol` as well."""
    if wanted.shape != had.shape:
        return False
    if wanted.dtype.kind == "b" or had.dtype.kind == "b":
        return bool((wanted.astype(float) == had.astype(float)).all())
    return bool(np.allclose(had.astype(float), wanted.astype(float), rtol=atol, atol=atol, equal_nan=True))


def values_cause(wanted: Array, had: Array, atol: float) -> str:
    """Says how many values differ, and the first of them."""
    close = np.isclose(had.astype(float), wanted.astype(float), rtol=atol, atol=atol, equal_nan=True)
    wrong = np.argwhere(~close)
    if not len(wrong):
        return "The values differ."
    if _own_statistics(had.astype(float)) and not _own_statistics(wanted.astype(float)):
        return (
            "Each column has mean 0 and standard deviation 1: it was scaled with its own statistics, expected those of "
            "the training data."
        )
    at = tuple(int(n) for n in wrong[0])
    place = f" at {list(at)}" if at else ""
    shown = f"{had[at]:.6g}" if np.isfinite(had[at]) else str(had[at])
    return f"{len(wrong):,} of {had.size:,} values differ; the first{place} is {shown}, expected {wanted[at]:.6g}."


def _own_statistics(values: Array) -> bool:
    """Whether each column is standardised with its own mean and standard deviation."""
    if values.ndim != 2 or len(values) < 3:
        return False
    return bool(np.allclose(values.mean(axis=0), 0, atol=1e-4) and np.allclose(values.std(axis=0), 1, atol=1e-3))
