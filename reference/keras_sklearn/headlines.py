"""What the sources print: the search's scores. Parameters follow the size that `build_model` is given."""

from functools import partial

import numpy as np

from grader.errors import AssignmentError
from grader.expectations import Expectations
from grader.headline import Headline, kept, layer_parameters


def scores(expectations: Expectations, name: str, at: int) -> float:
    """Mean over the sizes of a score after the at-th number of epochs, from the calibration's first run."""
    found = expectations.reference.value(name) if expectations.reference is not None else None
    if found is None or found.array is None:
        raise AssignmentError(f"the calibration's first run has no {name}", remedy="calibrate again")
    if found.array.size != 9:
        raise AssignmentError(f"{name} has {found.array.size} combinations, the sources have 9")
    # In the order of cv_results_, which varies the sizes first.
    return float(np.reshape(found.array, (3, 3))[at].mean())


def fall(expectations: Expectations) -> float:
    """By how much the score on the folds left out falls from one epoch to ten."""
    return scores(expectations, "mean_test", 0) - scores(expectations, "mean_test", 2)


headlines = (
    *(
        Headline(
            what=f"parameters of the {which} with 32 units",
            printed=(count,),
            tolerance=0,
            measured=layer_parameters("network.architecture", "network", layer=layer),
        )
        for which, count, layer in (("hidden layer", 320_032, 1), ("output layer", 66, 2), ("network", 320_098, None))
    ),
    Headline(
        what="best mean test score of the search",
        printed=(0.87, 0.89),
        tolerance=0.005,
        measured=kept("search.score", "mean"),
    ),
    Headline(
        what="mean test score falls with more epochs: from 1 to 10, first run",
        printed=(0.0, 0.03),
        tolerance=0.005,
        measured=fall,
    ),
    Headline(
        what="mean training score after 10 epochs, first run",
        printed=(0.99,),
        tolerance=0.01,
        measured=partial(scores, name="mean_train", at=2),
    ),
)
