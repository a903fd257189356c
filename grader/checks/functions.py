"""Checks of a student's function: its outputs beside the reference's, case by case."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from typing import Any, Unpack

import numpy as np

from grader.checks import data_causes as causes
from grader.checks.arrays import range_cause, same_values, shape_cause, values_cause
from grader.checks.build import Common, build
from grader.checks.check import Check, Expected, FunctionCase, Wanted
from grader.checks.packing import pack, pack_summary, unpack, unpack_summary
from grader.checks.subject import missing
from grader.errors import AssignmentError
from grader.evidence import Array, DataSummary, Evidence, FunctionResult, Provenance
from grader.report import Outcome

Inputs = tuple[Array | float | int | str | bool | list[Any] | None, ...]


def function(
    name: str,
    /,
    cases: Mapping[str, Inputs] | Sequence[FunctionCase],
    *,
    aliases: tuple[str, ...] = (),
    atol: float = 1e-6,
    **common: Unpack[Common],
) -> Check:
    """Whether a function gives what the reference's gives; the score is the share of the cases.

    A case with the right result that changed its own input counts half.

    Args:
        name: of the function, in the reference and in the student's notebook.
        cases: positional arguments by case name, or one `FunctionCase` after another.
        aliases: other names it may go by.
        atol: largest difference, absolute or relative, that counts as none.
        **common: as for every check.
    """
    asked = _cases(name, cases, aliases)

    def learn(runs: Sequence[Evidence]) -> Expected:
        return {"cases": {case.name: _learn_case(runs, case) for case in asked}}

    def judge(evidence: Evidence, expected: Expected) -> Outcome:
        results = {case.name: _result(evidence, case) for case in asked}
        known = [r for r in results.values() if r is not None]
        if not known:
            return _no_function(evidence, name, aliases)
        wrong: list[tuple[str, str]] = []
        score = 0.0
        for case in asked:
            result = results[case.name]
            share, cause = (
                (0.0, "was not called") if result is None else _case(expected["cases"][case.name], result, case, atol)
            )
            score += share
            if cause:
                wrong.append((case.name, cause))
        return Outcome(
            score=score / len(asked),
            message=_message(name, wrong, len(asked)),
            expected=f"{len(asked)} of {len(asked)} cases right",
            received=f"{len(asked) - len(wrong)} of {len(asked)} cases right",
            cell=known[-1].cell,
            provenance=Provenance.CLAIMED,
            subject=f"`{name}` as it was defined when cell {known[-1].cell} ended.",
        )

    return build(
        name=name,
        title=f"{name} gives the right results.",
        hint=f"Call {name} on a small input whose result you can work out by hand.",
        judge=judge,
        learn=learn,
        wants=Wanted(functions=asked),
        common=common,
    )


def _cases(
    name: str, cases: Mapping[str, Inputs] | Sequence[FunctionCase], aliases: tuple[str, ...]
) -> tuple[FunctionCase, ...]:
    if isinstance(cases, Mapping):
        asked = tuple(
            FunctionCase(function=name, name=case, inputs=tuple(given), aliases=aliases)
            for case, given in cases.items()
        )
    else:
        asked = tuple(
            FunctionCase(
                function=name, name=c.name, inputs=c.inputs, aliases=tuple(dict.fromkeys((*c.aliases, *aliases)))
            )
            for c in cases
        )
    if not asked:
        raise AssignmentError(f"function({name!r}) has no cases", remedy="give it at least one")
    return asked


def _result(evidence: Evidence, case: FunctionCase) -> FunctionResult | None:
    found = [r for r in evidence.functions if r.name == case.function and r.case in (case.name, case.untold)]
    return found[-1] if found else None


def _learn_case(runs: Sequence[Evidence], case: FunctionCase) -> dict[str, Any]:
    result = _result(runs[0], case) if runs else None
    if result is None:
        raise AssignmentError(f"the reference has no function {case.function}")
    if result.kind == "error":
        error = result.error
        return {"kind": "error", "name": error.name if error is not None else ""}
    if result.kind == "other":
        raise AssignmentError(f"what the reference's {case.function} returns for {case.name} can't be compared")
    learned: dict[str, Any] = {"kind": result.kind, "value": result.value if result.array is None else None}
    learned["array"] = pack(result.array) if result.array is not None else None
    learned["data"] = pack_summary(result.summary) if result.summary is not None else None
    for run in runs[1:]:
        other = _result(run, case)
        if (
            other is None
            or other.kind != result.kind
            or (
                result.summary is not None and other.summary is not None and other.summary.shape != result.summary.shape
            )
        ):
            raise AssignmentError(f"the runs of the reference disagree on what {case.function} returns for {case.name}")
    return learned


def _no_function(evidence: Evidence, name: str, aliases: tuple[str, ...]) -> Outcome:
    also = f" (or {' or '.join(aliases)})" if aliases else ""
    there = list(dict.fromkeys(r.name for r in evidence.functions))
    defined = f" The notebook defines {', '.join(there)}." if there else ""
    return missing(
        evidence, f"There is no function {name}{also}.{defined}", hint=f"Define {name} with def.", expected=name
    )


def _message(name: str, wrong: list[tuple[str, str]], total: int) -> str:
    if not wrong:
        return f"{name} is right in all {total} cases." if total > 1 else f"{name} is right."
    case, cause = wrong[0]
    where = f" for {case}" if total > 1 else ""
    more = (
        f" {len(wrong) - 1} more of {total} cases {'is' if len(wrong) == 2 else 'are'} wrong." if len(wrong) > 1 else ""
    )
    return f"{name}{where}: it {cause}{'' if cause.endswith('?') else '.'}{more}"


def _case(expected: Mapping[str, Any], result: FunctionResult, case: FunctionCase, atol: float) -> tuple[float, str]:
    """Share of the case's credit and the cause of what is missing of it."""
    if expected["kind"] == "error":
        if result.kind == "error":
            return 1.0, ""
        return 0.0, f"returns a result, expected {expected['name'] or 'an exception'}"
    cause = _cause(expected, result, case, atol)
    if cause:
        return 0.0, cause
    return (0.5, "changes its own input: work on a copy") if result.mutated else (1.0, "")


def _cause(expected: Mapping[str, Any], result: FunctionResult, case: FunctionCase, atol: float) -> str:
    if result.kind == "error":
        error = result.error
        return (
            "fails"
            if error is None
            else f"raises {error.name}: {error.message.strip().splitlines()[0][:160] if error.message.strip() else ''}".rstrip(
                ": "
            )
        )
    if result.kind == "none" and expected["kind"] != "none":
        return "returns None: is the return missing?"
    if expected["array"] is not None:
        return _array_cause(unpack(expected["array"]), result, case, atol)
    if expected["data"] is not None:
        return _summary_cause(unpack_summary(expected["data"]), result, atol)
    had = result.value if result.value is not None or result.array is None else result.array.tolist()
    return "" if same(expected["value"], had, atol) else f"returns {_short(had)}, expected {_short(expected['value'])}"


def _array_cause(wanted: Array, result: FunctionResult, case: FunctionCase, atol: float) -> str:
    had = result.array if result.array is not None else _as_array(result.value)
    if had is None:
        if result.summary is not None:
            return f"returns an array of shape {result.summary.shape}, expected {wanted.shape}"
        return f"returns a {result.kind}, expected an array of shape {wanted.shape}"
    if same_values(wanted, had, atol):
        return ""
    if had.shape != wanted.shape:
        return f"returns shape {had.shape}, expected {wanted.shape}"
    numbers = had.astype(float)
    if not np.isfinite(numbers).all() and np.isfinite(wanted.astype(float)).all():
        return f"gives nan or infinity{_overflow(wanted, case)}"
    if len(had) > 1 and numbers[0].any() and not numbers[1:].any() and wanted[1:].any():
        return "fills only the first row: is return inside the loop?"
    axis = _other_axis(wanted, numbers)
    if axis:
        return axis
    if not numbers.any() and wanted.any():
        return "gives only zeros"
    return (
        _shuffled(wanted, numbers)
        or _counted(wanted.astype(float), numbers)
        or _own_largest(wanted.astype(float), numbers, case)
        or _multiple(wanted.astype(float), numbers)
        or "gives wrong values: " + values_cause(wanted, had, atol).rstrip(".")
    )


def _shuffled(wanted: Array, had: Array) -> str:
    """Names the right values in wrong places: a transposition, or a reshape along another axis."""
    if wanted.size < 4 or not np.allclose(np.sort(had, axis=None), np.sort(wanted.astype(float), axis=None)):
        return ""
    return "gives the right values in the wrong order: is it transposed, or reshaped along another axis?"


def _counted(wanted: Array, had: Array) -> str:
    """Names numbers of occurrences where a 1 was asked for, such as a word count for a multi-hot row."""
    right_places = not np.any((wanted != 0) & (wanted != 1)) and np.array_equal(had > 0, wanted > 0)
    if not right_places or had.min(initial=0) < 0 or np.any(had % 1):
        return ""
    seldom, often = had[had > 0].min(initial=2), had.max(initial=0)
    if seldom > 1 or often < 2:  # the same factor everywhere is no count
        return ""
    return "counts: a 1 is asked for, however often it occurs"


def _multiple(wanted: Array, had: Array) -> str:
    """Names a factor between all values, such as a division by 255 that is missing."""
    places = wanted != 0
    if not places.any() or had[~places].any():
        return ""
    ratios = had[places] / wanted[places]
    factor = float(np.median(ratios))
    if factor == 0 or not np.allclose(ratios, factor, rtol=1e-3):
        return ""
    if np.isclose(factor, -1, rtol=1e-3):
        return "gives the expected values with the other sign: the sign is wrong"
    for base in (10, 2):
        if np.isclose(factor, 1 / np.log(base), rtol=1e-3):
            return f"gives {factor:.4g} times the expected values: is it a logarithm to base {base} instead of np.log?"
    if abs(factor) > 1:
        return f"gives {factor:.4g} times the expected values: is a division by {factor:.4g} missing?"
    return f"gives 1/{1 / factor:.4g} of the expected values: is it divided twice, or by too much?"


def _own_largest(wanted: Array, had: Array, case: FunctionCase) -> str:
    """Names a division by the largest value of the data at hand, where a fixed number was asked for."""
    data = [
        np.abs(v.astype(float)).max()
        for v in case.inputs
        if isinstance(v, np.ndarray) and v.size and v.dtype.kind in "iuf"
    ]
    largest, top = float(data[0]) if data else 0.0, float(np.abs(wanted).max(initial=0))
    # A largest input of 1 leaves nothing to tell it from values that were not scaled at all.
    if largest in {0.0, 1.0} or top == 0 or np.isclose(top, 1) or not np.allclose(had, wanted / top):
        return ""
    return f"divides by the largest value at hand, here {largest:g}: other data are then scaled otherwise"


def _overflow(wanted: Array, case: FunctionCase) -> str:
    """Names an exp of large inputs where probabilities are asked for, a division by 0 elsewhere."""
    if wanted.size and (wanted.min() < 0 or wanted.max() > 1):
        return ": is something divided by 0?"
    largest = max(
        (
            float(np.abs(np.nan_to_num(v)).max())
            for v in case.inputs
            if isinstance(v, np.ndarray) and v.size and v.dtype.kind in "iuf"
        ),
        default=0.0,
    )
    return ": exp overflows for large inputs, subtract the largest value of each row first" if largest > 80 else ""


def _other_axis(wanted: Array, had: Array) -> str:
    """Names a softmax (or another normalisation to 1) along the wrong axis."""
    if wanted.ndim != 2 or min(wanted.shape) < 2:
        return ""
    rows = np.allclose(wanted.astype(float).sum(axis=1), 1)
    if not rows or np.allclose(had.sum(axis=1), 1):
        return ""
    if np.allclose(had.sum(axis=0), 1):
        return "works along the wrong axis: each column sums to 1, expected each row"
    if np.isclose(had.sum(), 1):
        return "works over the whole array: all values together sum to 1, expected each row"
    return ""


def _summary_cause(wanted: DataSummary, result: FunctionResult, atol: float) -> str:
    had = result.summary
    if had is None:
        return f"returns a {result.kind}, expected an array of shape {wanted.shape}"
    if wanted.digest and wanted.digest == had.digest:
        return ""
    found = shape_cause(wanted, had) or causes.filling(wanted, had) or range_cause(wanted, had, atol)
    return f"gives a wrong array: {found[0].lower()}{found[1:].rstrip('.')}" if found else ""


def _as_array(value: Any) -> Array | None:
    if not isinstance(value, int | float | list) or isinstance(value, bool):
        return None
    try:
        found = np.asarray(value, float)
    except (TypeError, ValueError):
        return None
    return found


def same(wanted: Any, had: Any, atol: float) -> bool:
    """Whether two JSON values agree, numbers to `atol`, absolute or relative."""
    if isinstance(wanted, bool) or isinstance(had, bool) or wanted is None or isinstance(wanted, str):
        return type(wanted) is type(had) and bool(wanted == had)
    if isinstance(wanted, int | float):
        return isinstance(had, int | float) and bool(np.isclose(had, wanted, rtol=atol, atol=atol))
    if isinstance(wanted, list):
        return (
            isinstance(had, list)
            and len(had) == len(wanted)
            and all(same(a, b, atol) for a, b in zip(wanted, had, strict=True))
        )
    if isinstance(wanted, Mapping):
        return (
            isinstance(had, Mapping) and set(had) == set(wanted) and all(same(wanted[k], had[k], atol) for k in wanted)
        )
    return bool(wanted == had)


def _short(value: Any) -> str:
    text = repr(value)
    return text if len(text) <= 60 else text[:57] + "…"
