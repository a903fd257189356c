"""What the sources print: parameters exactly; the error of the cross-validation, and how long training helps."""

import numpy as np

from grader.expectations import Expectations
from grader.headline import Headline, layer_parameters, of_first_run

NEAR = 1.05
"""Where the smoothed error has left this many times its lowest value, the network overfits."""


def overfits_after(expectations: Expectations) -> float:
    """The last epoch in which the first run's smoothed validation error, mean over its folds, is near its lowest."""
    fits = expectations.reference.fits if expectations.reference is not None else ()
    longest = max((fit.epochs for fit in fits), default=0)
    curves = [fit.history["val_mae"] for fit in fits if fit.epochs == longest and "val_mae" in fit.history]
    smoothed: list[float] = []
    for point in np.mean(np.array(curves, float), axis=0):
        smoothed.append(smoothed[-1] * 0.9 + point * 0.1 if smoothed else point)
    near = [epoch for epoch, error in enumerate(smoothed, start=1) if error <= NEAR * min(smoothed)]
    return float(near[-1])


headlines = (
    *(
        Headline(
            what=f"parameters of the {which} layer",
            printed=(count,),
            tolerance=0,
            measured=layer_parameters("network.architecture", "network", layer=place),
        )
        for place, (which, count) in enumerate((("first", 896), ("second", 4_160), ("last", 65)), start=1)
    ),
    Headline(
        what="parameters",
        printed=(5_121,),
        tolerance=0,
        measured=layer_parameters("network.architecture", "network"),
    ),
    Headline(
        what="mean absolute error of the cross-validation, first run",
        printed=(2.5,),
        tolerance=0.2,
        measured=of_first_run("cv_mae"),
    ),
    Headline(
        what="overfits after about epoch (smoothed error 5 % above its lowest), first run",
        printed=(80,),
        tolerance=25,
        measured=overfits_after,
    ),
)
