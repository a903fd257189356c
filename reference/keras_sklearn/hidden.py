"""What students don't see: other reviews for their function, and the exact size of their networks."""

from grader.checks import FunctionCase, ModelQuery, function, parameters

network = ModelQuery(name="network", variables=("network",))

checks = {
    "data": (
        function(
            "multi_hot",
            cases=(
                FunctionCase(function="multi_hot", name="an empty review", inputs=([[2], [], [1, 0]], 3)),
                FunctionCase(function="multi_hot", name="the usual dimension", inputs=([[9_000], [4, 4]],)),
            ),
            name="multi_hot_more",
            weight=0.5,
            hint="The number of columns is `dimension`, 10,000 unless told otherwise, whatever words occur.",
        ),
    ),
    "network": (parameters(network, trainable=True, after=("architecture",), weight=0.5),),
}
