"""Which of a notebook's models answers a query: what was done with it counts, its name only hints."""

from __future__ import annotations

from dataclasses import dataclass

from grader.checks.check import ModelQuery
from grader.evidence import Evidence, Fit, Model


@dataclass(frozen=True, kw_only=True)
class Chosen:
    """The model that is graded."""

    model: Model
    """Its last snapshot that has weights, or its last one."""
    fits: tuple[Fit, ...]
    """All its fits, oldest first; one that failed before its first epoch included."""
    why: str
    """One sentence for the report."""

    @property
    def epochs(self) -> int:
        """Epochs trained in total."""
        return sum(f.epochs_run for f in self.fits)

    @property
    def trained(self) -> tuple[Fit, ...]:
        """The fits that ran for at least one epoch."""
        return tuple(f for f in self.fits if f.epochs_run)


def choose(evidence: Evidence, query: ModelQuery) -> Chosen | None:
    """Picks the model that a query asks for; None when the notebook made none.

    Preferred in this order: one without a name of the query's `others`, a trained model (or one of the first name whose
    training on the rows asked for failed), matching rows, matching epochs, a variable name that the query lists
    (as the names stand at the end), the one trained or made last. Needs no examination.
    """
    serials = list(dict.fromkeys(m.model for m in evidence.models))
    if not serials:
        return None
    holders = _holders(evidence)
    ranks = {serial: _rank(evidence, query, serial, holders) for serial in serials}
    best = max(serials, key=lambda serial: ranks[serial])
    snapshots = evidence.snapshots(best)
    model = next((m for m in reversed(snapshots) if m.weights), snapshots[-1])
    fits = evidence.fits_of(best)
    done = [f for f in fits if f.epochs_run and f.snapshot is not None]
    if query.after_fit is not None and query.after_fit <= len(done):
        last = done[query.after_fit - 1]
        model = next((m for m in snapshots if m.snapshot == last.snapshot), model)
        fits = tuple(f for f in fits if f.fit <= last.fit)
    return Chosen(model=model, fits=fits, why=_why(evidence, query, best, ranks, holders))


def _holders(evidence: Evidence) -> dict[str, int]:
    """By variable name, the model that held it last."""
    held: dict[str, tuple[int, int, int]] = {}
    for m in evidence.models:
        at = (m.cell, m.snapshot, m.model)
        for name in m.names:
            held[name] = max(held.get(name, at), at)
    found = {name: model for name, (_, _, model) in held.items()}
    for value in evidence.values:
        if value.model is not None and (value.name not in held or value.cell >= held[value.name][0]):
            found[value.name] = value.model
    return found


_Rank = tuple[bool, bool, bool, bool, int, int, int]


def _rank(evidence: Evidence, query: ModelQuery, serial: int, holders: dict[str, int]) -> _Rank:
    fits = [f for f in evidence.fits_of(serial) if f.epochs_run]
    totals = {sum(f.epochs_run for f in fits), *(f.epochs_run for f in fits)}
    hint = max(
        (len(query.variables) - i for i, name in enumerate(query.variables) if holders.get(name) == serial), default=0
    )
    return (
        all(holders.get(name) != serial for name in query.others),
        bool(fits) or _failed_by_name(evidence, query, serial, holders) if query.trained else True,
        query.samples is not None and any(f.samples == query.samples for f in fits),
        query.epochs is not None and query.epochs in totals,
        hint,
        max((f.cell * 1_000_000 + f.fit for f in fits), default=0) if query.trained else 0,
        max(m.created * 1_000_000 + serial for m in evidence.snapshots(serial)),
    )


def _failed_by_name(evidence: Evidence, query: ModelQuery, serial: int, holders: dict[str, int]) -> bool:
    """Whether the model goes by the query's first name, and its fit on the rows asked for failed.

    It is then the one that is meant, rather than another that was trained on other rows.
    """
    named = bool(query.variables) and holders.get(query.variables[0]) == serial
    return named and any(query.samples in (f.samples, f.x.count) for f in evidence.fits_of(serial) if query.samples)


def _why(evidence: Evidence, query: ModelQuery, best: int, ranks: dict[int, _Rank], holders: dict[str, int]) -> str:
    names = [name for name, serial in holders.items() if serial == best]
    what = f"`{names[0]}`" if names else "a model without a global name"
    fits = [f for f in evidence.fits_of(best) if f.epochs_run]
    done = "never trained"
    if fits:
        rows = f" on {fits[-1].samples:,} rows" if fits[-1].samples else ""
        done = f"trained for {_count(sum(f.epochs_run for f in fits), 'epoch')}{rows}"
    if len(ranks) == 1:
        return f"{what}, {done}, is the only model of the notebook."
    reasons = (
        "the others go by names of other models",
        "it was trained",
        f"it was trained on {query.samples or 0:,} rows",
        f"it was trained for {query.epochs} epochs",
        "its name fits",
        "it was trained last",
        "it was made last",
    )
    rivals = [rank for serial, rank in ranks.items() if serial != best]
    runner_up = max(rivals)
    decided = next((i for i, (a, b) in enumerate(zip(ranks[best], runner_up, strict=True)) if a != b), 6)
    return f"{what}, {done}, was chosen among {len(ranks)} models because {reasons[decided]}."


def _count(number: int, noun: str) -> str:
    return f"{number:,} {noun}" if number == 1 else f"{number:,} {noun}s"
