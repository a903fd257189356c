"""What students don't see: other arrays for their functions, and the answers of the last exercise."""

import numpy as np

from grader.checks import FunctionCase, choices, function

cube = np.linspace(-1, 1, 24).reshape(2, 3, 4)
wide = np.linspace(-4, 4, 12).reshape(3, 4)
square = np.array([[2.0, -1.0, 0.0], [0.5, 0.5, 3.0], [-2.0, 0.0, 1.0]])

checks = {
    "dense": (
        function(
            "relu",
            cases=(
                FunctionCase(function="relu", name="three axes", inputs=(cube,)),
                FunctionCase(function="relu", name="whole numbers", inputs=(np.arange(-3, 4),)),
            ),
            name="relu_more",
            weight=0.5,
            hint="It works for any shape, and leaves its argument as it was.",
        ),
        function(
            "dense",
            cases=(
                FunctionCase(
                    function="dense", name="a square kernel", inputs=(square, square, np.array([1.0, 2.0, 3.0]))
                ),
                FunctionCase(function="dense", name="four inputs, two units", inputs=(wide, wide.T[:, :2], np.ones(2))),
            ),
            name="dense_more",
            hint="With a square kernel, inputs @ kernel and inputs @ kernel.T both run, and only one is right.",
        ),
    ),
    "softmax": (
        function(
            "softmax",
            cases=(
                FunctionCase(function="softmax", name="three equal scores", inputs=(np.zeros((1, 3)),)),
                FunctionCase(function="softmax", name="a square", inputs=(square,)),
                FunctionCase(
                    function="softmax", name="rows far apart", inputs=(np.array([[900.0, 901.0], [-900.0, -901.0]]),)
                ),
            ),
            name="softmax_more",
            hint="Each row by itself: take its own largest score away, and divide by its own sum.",
        ),
    ),
    "cross_entropy": (
        function(
            "cross_entropy",
            cases=(
                FunctionCase(
                    function="cross_entropy",
                    name="a probability of zero",
                    inputs=(np.eye(2), np.array([[1.0, 0], [1, 0]])),
                ),
                FunctionCase(
                    function="cross_entropy",
                    name="a square",
                    inputs=(np.eye(3), np.array([[0.5, 0.3, 0.2], [0.1, 0.8, 0.1], [0.3, 0.3, 0.4]])),
                ),
            ),
            name="cross_entropy_more",
            hint="np.clip brings a probability of 0 to 1e-7 before the logarithm.",
        ),
    ),
    "last_layer": (
        choices(
            "last_layer",
            {
                "binary": [("sigmoid", "binary_crossentropy")],
                "one of many": [("softmax", "categorical_crossentropy")],
                "any of many": [("sigmoid", "binary_crossentropy")],
                "number": [("linear", "mean_squared_error"), ("linear", "mean_absolute_error"), ("linear", "huber")],
                "share": [("sigmoid", "mean_squared_error")],
            },
            spellings={
                "none": "linear",
                "": "linear",
                "mse": "mean_squared_error",
                "mae": "mean_absolute_error",
                "binarycrossentropy": "binary_crossentropy",
                "bce": "binary_crossentropy",
                "categoricalcrossentropy": "categorical_crossentropy",
                "meansquarederror": "mean_squared_error",
            },
            because={
                "binary": "One probability: sigmoid, with binary cross-entropy.",
                "one of many": "Probabilities that exclude each other sum to 1: softmax, with categorical cross-entropy.",
                "any of many": "Each tag is a yes-or-no question of its own: sigmoid, with binary cross-entropy.",
                "number": "A price has no bounds: no activation, with a loss of a regression.",
                "share": "Sigmoid keeps the answer between 0 and 1; the loss is the squared error.",
            },
            weight=1.5,
        ),
    ),
}
