"""What the sources print."""

from grader.expectations import Expectations
from grader.headline import Headline, kept, layer_parameters


def validation(expectations: Expectations, check: str = "training.val_accuracy_curve") -> list[float]:
    """Mean validation accuracy of the runs of the calibration, epoch by epoch."""
    return [float(step["mean"]) for step in expectations.checks[check]["epochs"]]


def peak(expectations: Expectations) -> float:
    """The highest of them."""
    return max(validation(expectations))


def cost(expectations: Expectations) -> float:
    """What the bottleneck costs of it."""
    return peak(expectations) - max(validation(expectations, "bottleneck.narrow_curve"))


headlines = (
    *(
        Headline(
            what=f"parameters of the {which} layer",
            printed=(count,),
            tolerance=0,
            measured=layer_parameters("network.architecture", "network", layer=place),
        )
        for place, (which, count) in enumerate((("first", 640_064), ("second", 4_160), ("last", 2_990)), start=1)
    ),
    Headline(
        what="parameters",
        printed=(647_214,),
        tolerance=0,
        measured=layer_parameters("network.architecture", "network"),
    ),
    Headline(
        what="parameters of the bottleneck",
        printed=(640_554,),
        tolerance=0,
        measured=layer_parameters("bottleneck.narrow_layers", "network"),
    ),
    Headline(what="highest validation accuracy", printed=(0.81, 0.82), tolerance=0.005, measured=peak),
    Headline(
        what="validation accuracy that the bottleneck costs: clearly worse",
        printed=(0.05, 0.4),
        tolerance=0.01,
        measured=cost,
    ),
    Headline(
        what="accuracy on the test newswires, after 9 epochs",
        printed=(0.79,),
        tolerance=0.015,
        measured=kept("final.accuracy", "mean"),
    ),
)
