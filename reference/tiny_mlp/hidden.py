"""What students don't see: other scores for their softmax."""

import numpy as np

from grader.checks import FunctionCase, function

uneven = np.array([[1000.0, 1001.0], [-1000.0, -1002.0], [0.0, 0.0]])

checks = {
    "softmax": (
        function(
            "softmax",
            cases=(
                FunctionCase(function="softmax", name="rows of very different size", inputs=(uneven,)),
                FunctionCase(function="softmax", name="square", inputs=(np.arange(9.0).reshape(3, 3) ** 2 / 10,)),
            ),
            name="more",
            hint="Subtract the largest score of each row, not of the whole matrix.",
        ),
    ),
}
