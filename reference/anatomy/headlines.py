"""What the sources print."""

import numpy as np

from grader.errors import AssignmentError
from grader.expectations import Expectations
from grader.headline import Headline, layer_parameters


def difference(expectations: Expectations) -> float:
    """How far the functions written by hand are from what Keras' network predicts, at most."""
    reference = expectations.reference
    values = [reference.value(name) for name in ("by_hand", "by_keras")] if reference is not None else []
    arrays = [np.asarray(v.array, float) for v in values if v is not None and v.array is not None]
    if len(arrays) != 2:
        raise AssignmentError("the reference's by_hand and by_keras are not kept", remedy="grader calibrate anatomy")
    return float(np.max(np.abs(arrays[0] - arrays[1])))


headlines = (
    *(
        Headline(
            what=what,
            printed=(count,),
            tolerance=0,
            measured=layer_parameters("network.architecture", "network", layer=layer),
        )
        for what, count, layer in (
            ("parameters of the first layer", 25_120, 1),
            ("parameters of the second layer", 1_056, 2),
            ("parameters", 26_176, None),
        )
    ),
    Headline(
        what="largest difference between a network in NumPy and in Keras",
        printed=(0,),
        tolerance=1e-6,
        measured=difference,
    ),
)
