"""What students don't see: other tables for their function, and the exact size of the network."""

import numpy as np

from grader.checks import FunctionCase, HeldOut, ModelQuery, function, parameters

network = ModelQuery(
    name="network",
    variables=("model", "final_model", "network"),
    samples=404,
    held_out=HeldOut(dataset="boston_housing"),
)

wide = np.arange(24, dtype="float64").reshape((4, 6)) ** 2
whole = np.array([[1, 10], [3, 40], [8, 20]])

checks = {
    "data": (
        function(
            "scale",
            cases=(
                FunctionCase(function="scale", name="six columns", inputs=(wide[:1], wide)),
                FunctionCase(function="scale", name="whole numbers", inputs=(whole, whole)),
            ),
            name="scale_more",
            weight=0.5,
            hint="Work on a copy, and with the statistics of reference.",
        ),
    ),
    "network": (parameters(network, trainable=True, after=("architecture",), weight=0.5),),
}
