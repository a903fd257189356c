"""What a check looks at: the chosen model, rebuilt or not; and what to say when there is none."""

from __future__ import annotations

from grader.architecture import Network, canonical
from grader.checks.check import ModelQuery
from grader.checks.choose import Chosen, choose
from grader.errors import AssignmentError, MachineError
from grader.evidence import CellRun, CellStatus, Evidence, Examined, Provenance
from grader.report import Outcome


def first_error(evidence: Evidence) -> CellRun | None:
    """The first cell that failed by itself, not because an earlier one had."""
    bad = [c for c in evidence.cells if c.status not in {CellStatus.OK, CellStatus.NOT_RUN}]
    return next((c for c in bad if c.follows_from is None), bad[0] if bad else None)


def error_sentence(evidence: Evidence) -> str:
    """Says which cell failed and how, as a likely reason for what is missing; empty when every cell ran."""
    cell = first_error(evidence)
    if cell is None:
        return ""
    if cell.error is not None:
        text = cell.error.message.strip().split("\n", 1)[0][:160]
        how = f"stopped with {cell.error.name}: {text}" if text else f"stopped with {cell.error.name}"
    elif cell.status is CellStatus.TIMEOUT:
        how = "was stopped by the time limit" + (f" ({cell.limit})" if cell.limit else "")
    elif cell.status is CellStatus.OUT_OF_MEMORY:
        how = "ran out of memory" + (f" ({cell.limit})" if cell.limit else "")
    else:
        how = "ended with a dead kernel"
    return f"Cell {cell.index} {how}; that may be why."


def missing(evidence: Evidence, what: str, *, hint: str = "", expected: str = "", received: str = "none") -> Outcome:
    """The outcome for something that the notebook doesn't have; names the cell whose failure may explain it."""
    cell = first_error(evidence)
    message = " ".join(part for part in (what, error_sentence(evidence)) if part)
    return Outcome(
        score=0,
        message=message,
        expected=expected,
        received=received,
        hint=f"Make cell {cell.index} run first." if cell is not None and not hint else hint,
        cell=cell.index if cell else None,
        provenance=Provenance.CLAIMED,
    )


def find(evidence: Evidence, query: ModelQuery) -> Chosen | Outcome:
    """The model that a query asks for, or the outcome that says there is none."""
    chosen = choose(evidence, query)
    if chosen is not None:
        return chosen
    return missing(
        evidence, f"The notebook makes no Keras model; the {query.name} is missing.", expected="a Keras model"
    )


def find_trained(evidence: Evidence, query: ModelQuery) -> Chosen | Outcome:
    """Like `find`, for a model that was fitted for at least one epoch."""
    chosen = find(evidence, query)
    if isinstance(chosen, Outcome) or chosen.trained:
        return chosen
    model = chosen.model
    failed = next((f for f in reversed(chosen.fits) if f.error), None)
    if failed is not None:
        return Outcome(
            score=0,
            message=f"Training the {query.name} stopped before the first epoch ended: {failed.error}",
            expected="a trained model",
            received="no epoch",
            cell=failed.cell,
            subject=chosen.why,
            provenance=Provenance.CLAIMED,
        )
    found = missing(evidence, f"The {query.name} was never trained.", expected="a trained model", received="no fit")
    return Outcome(
        score=0,
        message=found.message,
        expected=found.expected,
        received=found.received,
        hint=found.hint if found.cell is not None else "Call fit on it.",
        cell=model.cell if found.cell is None else found.cell,
        subject=chosen.why,
        provenance=Provenance.CLAIMED,
    )


def examined_of(evidence: Evidence, chosen: Chosen) -> Examined | None:
    """What examination made of the chosen snapshot, else of the newest one of the same model that was examined."""
    snapshots = [s.snapshot for s in reversed(evidence.snapshots(chosen.model.model))]
    found = (evidence.examined_for(s) for s in (chosen.model.snapshot, *snapshots))
    return next((e for e in found if e is not None), None)


def rebuilt(evidence: Evidence, query: ModelQuery, chosen: Chosen) -> Examined | Outcome:
    """The chosen model as it was rebuilt outside student code, or the outcome that says why it was not.

    Raises:
        MachineError: it should have been examined and was not.
    """
    model = chosen.model
    examined = examined_of(evidence, chosen)
    if examined is not None and not examined.refused:
        return examined
    if examined is None and model.config is not None and model.built:
        raise MachineError(f"snapshot {model.snapshot} of the {query.name} was not examined")
    reason = examined.refused if examined is not None else model.why_opaque
    if not model.built and not reason:
        reason = "it was never built: it has neither an input shape nor data it was called on"
    elif not model.built and examined is None:
        reason = f"it was never built ({reason})"
    return Outcome(
        score=0,
        message=f"The {query.name} can't be looked into: {reason or 'its class has no Keras config'}.",
        expected="a built model of Keras' own layers",
        received=model.class_name,
        hint="Start it with keras.Input(shape=…), or train it." if not model.built else "",
        cell=model.created or model.cell,
        subject=chosen.why,
        provenance=Provenance.CLAIMED,
        flag=f"A person should look at the {query.name}: {reason}" if model.built else "",
        held=model.built,
    )


def reference_model(evidence: Evidence, query: ModelQuery, *, trained: bool = False) -> Chosen:
    """The reference's own model for a query.

    Raises:
        AssignmentError: the reference has none, or never trained it.
    """
    chosen = find_trained(evidence, query) if trained else find(evidence, query)
    if isinstance(chosen, Outcome):
        raise AssignmentError(f"the reference lacks the {query.name}: {chosen.message}")
    return chosen


def reference_examined(evidence: Evidence, query: ModelQuery) -> Examined:
    """The reference's own model, rebuilt.

    Raises:
        AssignmentError: it can't be rebuilt.
    """
    examined = rebuilt(evidence, query, reference_model(evidence, query))
    if isinstance(examined, Outcome):
        raise AssignmentError(f"the reference's {query.name} can't be rebuilt: {examined.message}")
    return examined


def network_of(evidence: Evidence, chosen: Chosen) -> Network | None:
    """The canonical form of a chosen model, or None when it was not rebuilt."""
    examined = examined_of(evidence, chosen)
    return None if examined is None or examined.refused else canonical(examined, lead=True)
