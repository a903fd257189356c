"""What the sources print."""

from grader.expectations import Expectations
from grader.headline import Headline, kept, layer_parameters


def validation(expectations: Expectations) -> list[float]:
    """Mean validation accuracy of the runs of the calibration, epoch by epoch."""
    return [float(step["mean"]) for step in expectations.checks["training.val_accuracy_curve"]["epochs"]]


def peak(expectations: Expectations) -> float:
    """The highest of them."""
    return max(validation(expectations))


def epoch_of_peak(expectations: Expectations) -> float:
    """Its epoch, counted from 1."""
    curve = validation(expectations)
    return float(curve.index(max(curve)) + 1)


headlines = (
    *(
        Headline(
            what=f"parameters of the {which} layer",
            printed=(count,),
            tolerance=0,
            measured=layer_parameters("network.architecture", "network", layer=place),
        )
        for place, (which, count) in enumerate((("first", 160_016), ("second", 272), ("last", 17)), start=1)
    ),
    Headline(
        what="parameters",
        printed=(160_305,),
        tolerance=0,
        measured=layer_parameters("network.architecture", "network"),
    ),
    Headline(what="highest validation accuracy", printed=(0.889,), tolerance=0.006, measured=peak),
    Headline(what="its epoch, one of the first five", printed=(1, 5), tolerance=0.5, measured=epoch_of_peak),
    Headline(
        what="accuracy on the test reviews",
        printed=(0.8826, 0.8833),
        tolerance=0.01,
        measured=kept("final.accuracy", "mean"),
    ),
    Headline(what="loss on the test reviews", printed=(0.29,), tolerance=0.02, measured=kept("final.loss", "mean")),
)
