"""What students don't see: whether the weights are trained ones, and the features the base's own."""

import numpy as np

from grader.checks import Outcome, Wanted, custom
from grader.evidence import Evidence


@custom(
    wants=Wanted(variables=("features_train",)),
    hint="features_train is what base.predict gives for x_train.",
)
def from_the_base(student: Evidence) -> Outcome:
    """The features are what the base predicts for the training pictures."""
    found = student.value("features_train")
    rows = found.summary.sample if found and found.summary else None
    if found is None or found.summary is None or rows is None:
        return Outcome(score=0, message="There are no features.")
    outputs = [p.output for p in student.predictions if p.output.shape[:1] == found.summary.shape[:1]]
    flat = rows.reshape(len(rows), -1)
    same = [
        o
        for o in outputs
        if o.sample is not None
        and o.sample.size == rows.size
        and np.allclose(o.sample.reshape(len(rows), -1), flat, atol=1e-3)
    ]
    if outputs and not same:
        return Outcome(score=0, message="No network of this notebook predicted these numbers.", cell=found.cell)
    return Outcome(score=1, message="They are the base's own.", cell=found.cell)


@custom(hint='VGG16(weights="imagenet", …): weights=None starts from random numbers, which nobody has trained.')
def trained_weights(student: Evidence) -> Outcome:
    """The base has the weights that others have trained."""
    if any("weights of VGG16" in notice.text for notice in student.notices):
        return Outcome(score=1, message="The weights trained on ImageNet were asked for.")
    return Outcome(score=0, message="Nothing in this notebook asks for the weights that were trained on ImageNet.")


checks = {
    "base": (trained_weights,),
    "features": (from_the_base,),
}
