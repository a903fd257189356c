"""What students don't see: other pictures for their function, and whether the probabilities are the network's."""

import numpy as np

from grader.checks import FunctionCase, Outcome, Wanted, custom, function
from grader.evidence import Evidence

faint = np.tile(np.arange(28, dtype="uint8"), (4, 28, 1))
one = np.eye(28, dtype="uint8")[None] * 200


@custom(
    wants=Wanted(variables=("probabilities",)),
    weight=0.5,
    hint="probabilities is what the trained network predicts for the test pictures.",
)
def predicted(student: Evidence) -> Outcome:
    """The probabilities are the network's own, and each row sums to 1."""
    found = student.value("probabilities")
    rows = found.summary.sample if found and found.summary else None
    if found is None or found.summary is None or rows is None:
        return Outcome(score=0, message="There are no probabilities.")
    if found.summary.distinct == 2:
        return Outcome(score=0, message="Only zeros and ones: these are labels, not a prediction.", cell=found.cell)
    if not found.summary.row_sums_to_one:
        return Outcome(score=0, message="The rows don't sum to 1.", cell=found.cell)
    outputs = [p.output for p in student.predictions if p.output.shape == found.summary.shape]
    same = any(o.sample is not None and np.allclose(o.sample, rows, atol=1e-3) for o in outputs)
    if outputs and not same:
        return Outcome(score=0, message="No network of this notebook predicted these numbers.", cell=found.cell)
    return Outcome(score=1, message="They are the network's own.", cell=found.cell)


checks = {
    "data": (
        function(
            "preprocess",
            cases=(
                FunctionCase(function="preprocess", name="faint pictures", inputs=(faint,)),
                FunctionCase(function="preprocess", name="one picture", inputs=(one,)),
            ),
            name="preprocess_more",
            weight=0.5,
            hint="Divide by 255, not by the largest value at hand, and leave the argument as it was.",
        ),
    ),
    "evaluation": (predicted,),
}
