"""What students don't see: other lists for their functions."""

from grader.checks import FunctionCase, function

checks = {
    "data": (
        function(
            "decode_review",
            cases=(
                FunctionCase(function="decode_review", name="numbers of no word", inputs=([0, 1, 2, 3, 4],)),
                FunctionCase(function="decode_review", name="no words at all", inputs=([],)),
            ),
            name="decode_review_more",
            hint="0 to 3 stand for no word: each becomes ?. The most frequent word has number 1 in word_index, 4 in a review.",
        ),
        function(
            "vectorize_sequences",
            cases=(
                FunctionCase(
                    function="vectorize_sequences", name="other columns", inputs=([[6], [], [0, 6], [1, 2, 3]], 7)
                ),
                FunctionCase(function="vectorize_sequences", name="the usual columns", inputs=([[1_999, 4], [17]],)),
            ),
            name="vectorize_sequences_more",
            hint="The array has as many columns as dimension says, whatever numbers the lists hold.",
        ),
    ),
}
