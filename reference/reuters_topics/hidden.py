"""What students don't see: other lists and labels for their functions, and that the bottleneck is worse."""

import numpy as np

from grader.checks import FunctionCase, function

checks = {
    "data": (
        function(
            "vectorize_sequences",
            cases=(
                FunctionCase(
                    function="vectorize_sequences", name="other columns", inputs=([[6], [], [0, 6], [1, 2, 3]], 9)
                ),
            ),
            name="vectorize_sequences_more",
            hint="The array has as many columns as dimension says, whatever numbers the lists hold.",
        ),
        function(
            "to_one_hot",
            cases=(
                FunctionCase(function="to_one_hot", name="topics that are missing", inputs=(np.array([3, 16, 3]),)),
            ),
            name="to_one_hot_more",
            hint="There are 46 columns, whichever labels occur.",
        ),
    ),
}
