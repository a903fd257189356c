"""What students don't see: other lists for their function."""

from grader.checks import FunctionCase, function

checks = {
    "data": (
        function(
            "vectorize_sequences",
            cases=(
                FunctionCase(
                    function="vectorize_sequences", name="other columns", inputs=([[6], [], [0, 6], [1, 2, 3]], 7)
                ),
            ),
            name="vectorize_sequences_more",
            hint="The array has as many columns as dimension says, whatever numbers the lists hold.",
        ),
    ),
}
