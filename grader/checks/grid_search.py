"""Checks of a search over settings: was every combination trained, on every fold, each with a network of its own."""

from __future__ import annotations

from collections import Counter
from collections.abc import Mapping, Sequence
from typing import Any, TypeAlias, Unpack

from grader.checks.build import Common, agree, build
from grader.checks.check import Check, Expected, Wanted
from grader.checks.subject import missing
from grader.errors import AssignmentError
from grader.evidence import Evidence, Fit, Provenance
from grader.report import Outcome

Combination: TypeAlias = tuple[int, int]
"""Units of the first layer that has any, and epochs."""


def grid_searched(**common: Unpack[Common]) -> Check:
    """Whether networks of each size were trained for each number of epochs on each fold, as the reference's were.

    The search is recognised by its trainings alone: scikit-learn's, a wrapper's or loops of the student's own pass. The
    score is the share of the combinations that were trained on every fold with fresh networks.

    Args:
        **common: as for every check.
    """

    def learn(runs: Sequence[Evidence]) -> Expected:
        return agree((_facts(run) for run in runs), "which combinations are trained")

    def judge(evidence: Evidence, expected: Expected) -> Outcome:
        found = _search(evidence)
        if not found:
            return missing(evidence, "No network was trained.", expected=_asked(expected))
        had = Counter(_combination(evidence, fit) for fit in found)
        wanted: list[list[int]] = expected["combinations"]
        if _rows(found, expected) and not any(had[c[0], c[1]] for c in wanted):
            return missing(evidence, "No training belongs to the search.", expected=_asked(expected))
        full = [c for c in wanted if had[(c[0], c[1])] == expected["folds"]]
        problems = [p for p in _problems(evidence, found, had, expected) if p]
        score = len(full) / len(wanted)
        return Outcome(
            score=score if not problems or score < 1 else 0.5,
            message=" ".join(problems) or f"All {len(wanted)} combinations were trained on each of the folds.",
            expected=_asked(expected),
            received=f"{len(found)} trainings of {len(had)} combinations",
            cell=found[-1].cell,
            provenance=Provenance.CLAIMED,
        )

    return build(
        name="grid",
        title="The search trains a network of each size for each number of epochs, on each fold.",
        hint="param_grid lists the values of each argument; GridSearchCV(…, cv=…) then trains all combinations.",
        judge=judge,
        learn=learn,
        wants=Wanted(),
        common=common,
    )


def _search(evidence: Evidence) -> list[Fit]:
    """The trainings on the same number of rows (to 1 %) with the most combinations; the largest group of these."""
    groups: list[list[Fit]] = []
    for fit in evidence.fits:
        if not fit.epochs_run:
            continue
        home = next((g for g in groups if abs(g[0].samples - fit.samples) <= max(1, g[0].samples // 100)), None)
        if home is None:
            groups.append([fit])
        else:
            home.append(fit)
    return max(groups, key=lambda g: (len({_combination(evidence, f) for f in g}), len(g))) if groups else []


def _combination(evidence: Evidence, fit: Fit) -> Combination:
    snapshots = evidence.snapshots(fit.model)
    config = next((m.config for m in reversed(snapshots) if m.config is not None), None)
    return _units(config), fit.epochs_run


def _units(config: Mapping[str, Any] | None) -> int:
    layers = (config or {}).get("config", {}).get("layers", [])
    return next((int(u) for layer in layers if (u := layer.get("config", {}).get("units"))), 0)


def _facts(run: Evidence) -> dict[str, Any]:
    found = _search(run)
    had = Counter(_combination(run, fit) for fit in found)
    folds = set(had.values())
    if len(had) < 2 or len(folds) != 1:
        raise AssignmentError(f"the reference trains {len(had)} combinations, not all of them equally often")
    sizes = {fit.batch_size for fit in found}
    return {
        "combinations": sorted(map(list, had)),
        "folds": folds.pop(),
        "samples": found[0].samples,
        "batch_size": sizes.pop() if len(sizes) == 1 else None,
    }


def _asked(expected: Expected) -> str:
    return f"{len(expected['combinations'])} combinations, {expected['folds']} folds each"


def _problems(
    evidence: Evidence, found: Sequence[Fit], had: Counter[Combination], expected: Expected
) -> tuple[str, ...]:
    return (_lacking(had, expected), _rows(found, expected), _batches(found, expected), _fresh(evidence, found))


def _lacking(had: Counter[Combination], expected: Expected) -> str:
    wanted = [(c[0], c[1]) for c in expected["combinations"]]
    lacking = [c for c in wanted if not had[c]]
    sizes, lengths = {c[0] for c in had}, {c[1] for c in had}
    if lacking and len(sizes) == 1 and len({c[0] for c in wanted}) > 1 and max(had.values()) > expected["folds"]:
        return f"Every network has {min(sizes)} units: does build_model use the size that it is given?"
    if lacking and len(lengths) == 1 and len({c[1] for c in wanted}) > 1:
        return f"Every training runs {min(lengths)} epochs: the epochs are not part of the grid."
    if lacking:
        epochs = lacking[0][1]
        first = f"{lacking[0][0]} units for {epochs} {'epoch' if epochs == 1 else 'epochs'}"
        more = f" and {len(lacking) - 1} more of {len(wanted)} combinations" if len(lacking) > 1 else ""
        return f"{first}{more} {'were' if more else 'was'} never trained."
    folds = {had[c] for c in wanted}
    if folds != {expected["folds"]}:
        count = f"{min(folds)}" if len(folds) == 1 else f"{min(folds)} to {max(folds)}"
        return f"Each combination is trained {count} times, expected {expected['folds']}, once for each fold."
    return ""


def _rows(found: Sequence[Fit], expected: Expected) -> str:
    rows, wanted = found[0].samples, int(expected["samples"])
    if abs(rows - wanted) <= max(1, wanted // 100):
        return ""
    return f"The networks are trained on {rows:,} rows, expected {wanted:,}: all of the data but one fold."


def _batches(found: Sequence[Fit], expected: Expected) -> str:
    """Batches of another size than all of the reference's; nothing where its own differ."""
    wanted = expected.get("batch_size")
    other = next((f.batch_size for f in found if f.batch_size != wanted), None)
    if wanted is None or other is None:
        return ""
    default = " 32 is Keras' default: say it beside each number of epochs." if other == 32 else ""
    return f"Networks are trained in batches of {other}, expected {wanted}.{default}"


def _fresh(evidence: Evidence, found: Sequence[Fit]) -> str:
    again = [f for f in found if any(e.fit < f.fit and e.epochs_run for e in evidence.fits_of(f.model))]
    if not again:
        return ""
    return "Trainings go on with a network that was trained before: each one needs a fresh network."
