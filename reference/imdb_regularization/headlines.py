"""What the sources print: parameters exactly, and what they find by looking at the curves."""

from functools import partial

from grader.expectations import Expectations
from grader.headline import Headline, layer_parameters


def losses(expectations: Expectations, check: str) -> list[float]:
    """Mean validation loss of the runs of the calibration, epoch by epoch."""
    return [float(step["mean"]) for step in expectations.checks[check]["epochs"]]


def turn(expectations: Expectations, check: str) -> float:
    """The epoch in which it is lowest, from 1."""
    curve = losses(expectations, check)
    return float(curve.index(min(curve)) + 1)


def rise(expectations: Expectations, check: str) -> float:
    """How far the last epoch lies above the lowest."""
    curve = losses(expectations, check)
    return curve[-1] - min(curve)


def later(expectations: Expectations) -> float:
    """Epochs by which the smaller network's validation loss turns later than the original's."""
    return turn(expectations, "size.smaller_curve") - turn(expectations, "size.original_curve")


def share(expectations: Expectations, check: str) -> float:
    """The rise of a network as a share of the original's."""
    return rise(expectations, check) / rise(expectations, "size.original_curve")


COUNTS = {
    "size.original": 160_305,
    "size.smaller": 40_029,
    "size.larger": 5_383_681,
    "weights.l2": 160_305,
    "weights.l1": 160_305,
    "weights.l1_l2": 160_305,
    "dropout.dropout": 160_305,
}

headlines = (
    *(
        Headline(
            what=f"parameters of {check.partition('.')[2]}",
            printed=(count,),
            tolerance=0,
            # Of the large network in the full form; the small recipe asks for fewer units.
            measured=layer_parameters(f"{check}_layers", "network"),
        )
        for check, count in COUNTS.items()
    ),
    Headline(
        what="smaller overfits later: epochs by which its validation loss turns after the original's",
        printed=(1, 10),
        tolerance=0.5,
        measured=later,
    ),
    Headline(
        what="larger overfits almost at once: the epoch in which its validation loss turns",
        printed=(1, 2),
        # Its curve is flat from epoch 2 to 4; which of them is lowest differs from run to run.
        tolerance=1.5,
        measured=partial(turn, check="size.larger_curve"),
    ),
    Headline(
        what="larger overfits more: its rise as a share of the original's",
        printed=(1, 3),
        tolerance=0.05,
        measured=partial(share, check="size.larger_curve"),
    ),
    Headline(
        what="smaller overfits more slowly: its rise as a share of the original's",
        printed=(0, 0.9),
        tolerance=0.05,
        measured=partial(share, check="size.smaller_curve"),
    ),
    Headline(
        what="L2 resists most: its rise as a share of the original's",
        printed=(0, 0.5),
        tolerance=0.05,
        measured=partial(share, check="weights.l2_curve"),
    ),
)
