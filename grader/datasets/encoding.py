"""How a notebook turned the raw rows of a data set into network inputs, inferred from what it passed to `fit`.

A model can be tried on held-out rows outside student code only if these are prepared as the training rows were. The
student's own preprocessing is never called for that: it is recognised by comparing the recorded rows with the raw ones.
"""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass, field

import numpy as np

from grader.evidence import Array, DataSummary


@dataclass(frozen=True, kw_only=True)
class Encoding:
    """A way of preparing rows that agrees with what the notebook did."""

    words: str
    """For a report, e.g. `flattened to 784, divided by 255`."""
    transform: Callable[[Array], Array] = field(repr=False)
    """Raw rows to network inputs."""

    def apply(self, raw: Array) -> Array:
        """Prepares raw rows, first axis rows; float32, or int32 for word ids.

        Word lists become 40 kB a row when they are multi-hot encoded in 10,000 columns: pass slices.
        """
        return self.transform(raw)


def infer(train_inputs: Array, fit_x: DataSummary) -> Encoding | None:
    """Finds the encoding that turns raw training rows into the recorded sample.

    The rows may have been sliced, split or shuffled before: then they are found by their content.

    Args:
        train_inputs: raw training rows as the loader returns them; lists of word ids in an object array.
        fit_x: what the notebook passed to `fit`, with its sampled rows.

    Returns:
        None when nothing that is known here reproduces the sample.
    """
    from grader.datasets.rescaling import infer_rescaling
    from grader.datasets.vectorizing import infer_vectorizing

    sample = fit_x.sample
    if sample is None or sample.ndim < 2 or len(sample) == 0 or len(train_inputs) == 0:
        return None
    if len(fit_x.rows) != len(sample) or sample.dtype.kind not in "biuf" or not np.isfinite(sample).all():
        return None
    if train_inputs.dtype == object:
        return infer_vectorizing(train_inputs, fit_x, sample)
    return infer_rescaling(train_inputs, fit_x, sample.astype(np.float64))


def alignments(count: int, fit_x: DataSummary) -> list[Array]:
    """Likely indices, in the raw rows, of the sampled rows: unchanged order, or a slice that leaves rows out in front."""
    rows = np.asarray(fit_x.rows, dtype=np.int64)
    offsets = dict.fromkeys((0, count - fit_x.count))
    return [rows + offset for offset in offsets if len(rows) and offset >= 0 and rows.max() + offset < count]
