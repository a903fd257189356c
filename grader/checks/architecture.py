"""Checks of a network's structure, on the model rebuilt outside student code."""

from __future__ import annotations

from collections.abc import Sequence
from typing import Unpack

from grader.architecture import Network, canonical, same_shape
from grader.checks.build import Common, agree, build
from grader.checks.check import Check, Expected, ModelQuery, Wanted
from grader.checks.layer_causes import explain
from grader.checks.subject import examined_of, find, rebuilt, reference_examined
from grader.evidence import Evidence
from grader.layer_table import compare, shape_text, text
from grader.report import Outcome


def architecture(
    model: ModelQuery,
    *,
    partial: bool = True,
    lead: bool = False,
    keep: frozenset[str] = frozenset(),
    **common: Unpack[Common],
) -> Check:
    """Whether the network is the reference's, whichever way it was written.

    Args:
        model: which model.
        partial: give the share of matching layers, from one half on; else all or nothing.
        lead: whether a leading Flatten, Reshape or Rescaling counts as a layer.
        keep: settings that count although they usually don't (`trainable`, `initializer`, `dtype`).
        **common: as for every check.
    """

    def learn(runs: Sequence[Evidence]) -> Expected:
        found = (canonical(reference_examined(run, model), keep=keep, lead=lead).to_json() for run in runs)
        return {"network": agree(found, f"the layers of the {model.name}")}

    def judge(evidence: Evidence, expected: Expected) -> Outcome:
        chosen = find(evidence, model)
        if isinstance(chosen, Outcome):
            return chosen
        examined = examined_of(evidence, chosen)
        if examined is None or (examined.refused and not examined.layers):
            found = rebuilt(evidence, model, chosen)
            if isinstance(found, Outcome):
                return found
            examined = found
        compared = compare(Network.from_json(expected["network"]), canonical(examined, keep=keep, lead=lead))
        return Outcome(
            score=compared.score if partial or compared.equal else 0,
            message=explain(compared),
            expected=_line(compared.expected),
            received=_line(compared.received) or "no layers",
            cell=chosen.model.created or chosen.model.cell,
            subject=chosen.why,
            layers=compared.rows(),
        )

    return build(
        name="architecture",
        title=f"The {model.name} has the layers asked for.",
        hint="Compare your model.summary() with the table, from the first marked row on.",
        judge=judge,
        learn=learn,
        wants=Wanted(models=(model,)),
        common=common,
    )


def output_shape(model: ModelQuery, **common: Unpack[Common]) -> Check:
    """Whether the network's outputs have the reference's shapes."""

    def learn(runs: Sequence[Evidence]) -> Expected:
        found = ([list(shape) for shape in reference_examined(run, model).output_shapes] for run in runs)
        return {"shapes": agree(found, f"the output shape of the {model.name}")}

    def judge(evidence: Evidence, expected: Expected) -> Outcome:
        chosen = find(evidence, model)
        if isinstance(chosen, Outcome):
            return chosen
        examined = rebuilt(evidence, model, chosen)
        if isinstance(examined, Outcome):
            return examined
        wanted, had = [tuple(shape) for shape in expected["shapes"]], list(examined.output_shapes)
        good = len(wanted) == len(had) and all(map(same_shape, wanted, had))
        shown, wished = " and ".join(map(shape_text, had)) or "none", " and ".join(map(shape_text, wanted))
        return Outcome(
            score=float(good),
            message=f"The output shape is {shown}." if good else f"The output shape is {shown}, expected {wished}.",
            expected=wished,
            received=shown,
            hint="" if good else _shape_hint(wanted),
            cell=chosen.model.created or chosen.model.cell,
            subject=chosen.why,
        )

    return build(
        name="output_shape",
        title=f"The {model.name} has the output shape asked for.",
        judge=judge,
        learn=learn,
        wants=Wanted(models=(model,)),
        common=common,
    )


def _shape_hint(wanted: Sequence[tuple[int | None, ...]]) -> str:
    if all(len(shape) == 4 for shape in wanted):
        return "Kernels, strides, padding and pooling decide height and width, the last convolution's filters the channels."
    return "The last layer's units decide the last number; a missing Flatten adds dimensions."


def parameters(model: ModelQuery, *, trainable: bool = False, **common: Unpack[Common]) -> Check:
    """Whether the network has the reference's number of parameters, all or only the trainable ones."""
    what = "trainable parameters" if trainable else "parameters"

    def count(evidence: Evidence) -> int:
        examined = reference_examined(evidence, model)
        return examined.trainable_parameters if trainable else examined.parameters

    def learn(runs: Sequence[Evidence]) -> Expected:
        return {"count": agree(map(count, runs), f"the number of {what} of the {model.name}")}

    def judge(evidence: Evidence, expected: Expected) -> Outcome:
        chosen = find(evidence, model)
        if isinstance(chosen, Outcome):
            return chosen
        examined = rebuilt(evidence, model, chosen)
        if isinstance(examined, Outcome):
            return examined
        wanted, had = int(expected["count"]), examined.trainable_parameters if trainable else examined.parameters
        message = f"It has {had:,} {what}."
        if had != wanted:
            message = f"It has {had:,} {what}, expected {wanted:,}."
            if trainable and examined.parameters == had:
                message += " Nothing is frozen: set trainable = False before compile."
            elif trainable and examined.parameters == wanted:
                message += f" {wanted - had:,} are frozen: their layers have trainable = False."
            elif not trainable and not had:
                message += " It has no weights."
        return Outcome(
            score=float(had == wanted),
            message=message,
            expected=f"{wanted:,}",
            received=f"{had:,}",
            hint="" if had == wanted else "A Dense layer has inputs × units weights and one bias a unit.",
            cell=chosen.model.created or chosen.model.cell,
            subject=chosen.why,
        )

    return build(
        name="trainable_parameters" if trainable else "parameters",
        title=f"The {model.name} has the right number of {what}.",
        judge=judge,
        learn=learn,
        wants=Wanted(models=(model,)),
        common=common,
    )


def _line(network: Network) -> str:
    return " → ".join(text(layer) for layer in network.layers if layer.kind != "Input")
