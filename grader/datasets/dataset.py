"""Dataset: training and test rows of one data set, and where they came from."""

from __future__ import annotations

from dataclasses import dataclass
from typing import Literal, TypeAlias

from grader.errors import AssignmentError
from grader.evidence import Array

Source: TypeAlias = Literal["keras", "stand-in", "none"]
"""`keras`: the real files. `stand-in`: made here. `none`: the notebook makes its own data."""


@dataclass(frozen=True, kw_only=True, eq=False)
class Dataset:
    """What `keras.datasets.<name>.load_data` returns, with its origin."""

    name: str
    """By `keras.datasets` name, or `moons`."""
    source: Source
    x_train: Array
    """Rows first; for texts an object array of lists of word ids."""
    y_train: Array
    """One label or target a row."""
    x_test: Array
    y_test: Array

    def split(self, name: str) -> tuple[Array, Array]:
        """Inputs and labels of `train` or `test`.

        Raises:
            AssignmentError: another name.
        """
        if name == "train":
            return self.x_train, self.y_train
        if name == "test":
            return self.x_test, self.y_test
        raise AssignmentError(
            f"{self.name} has no split called {name!r}", where="HeldOut.split", remedy="use 'test' or 'train'"
        )
