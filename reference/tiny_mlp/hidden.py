"""What students don't see: other scores for their softmax, and what earns the second point of their explanation."""

import numpy as np

from grader.checks import FunctionCase, function
from grader.report import Criterion

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

rubrics = {
    "explain": (
        Criterion(
            name="compares the curves",
            points=1,
            description="Overfitting is where the validation loss rises while the training loss still falls. Half a point for the "
            "distance between the curves alone.",
        ),
    )
}
