"""`keras.wrappers.scikit_learn` as it was in Keras 2, over the models of today."""

from __future__ import annotations

import inspect
from typing import Any

import numpy as np
from sklearn.base import BaseEstimator, ClassifierMixin, RegressorMixin

OF_MODELS = ("epochs", "nb_epoch", "batch_size", "verbose", "validation_split", "callbacks", "shuffle", "class_weight")


class _Wrapper(BaseEstimator):
    """Builds a network with a function, and takes that function's and `fit`'s arguments as its own."""

    def __init__(self, build_fn: Any = None, **given: Any) -> None:
        self.build_fn = build_fn
        self.given = given

    def get_params(self, deep: bool = True) -> dict[str, Any]:  # noqa: FBT001, FBT002, ARG002 - scikit-learn calls it so
        return {"build_fn": self.build_fn, **self.given}

    def set_params(self, **params: Any) -> Any:
        self.build_fn = params.pop("build_fn", self.build_fn)
        self.given = {**self.given, **params}
        return self

    def fit(self, x: Any, y: Any, **kwargs: Any) -> Any:
        taken = inspect.signature(self.build_fn).parameters
        self.model = self.build_fn(**{name: value for name, value in self.given.items() if name in taken})
        fitting = {name: value for name, value in self.given.items() if name in OF_MODELS}
        return self.model.fit(x, self._targets(np.asarray(y)), **{**fitting, **kwargs})

    def _targets(self, y: Any) -> Any:
        return y


class KerasClassifier(ClassifierMixin, _Wrapper):
    """Predicts classes."""

    def _targets(self, y: Any) -> Any:
        self.classes_ = np.arange(y.shape[1]) if y.ndim == 2 and y.shape[1] > 1 else np.unique(y)
        whole = y if y.ndim == 2 and y.shape[1] > 1 else np.searchsorted(self.classes_, y)
        loss = str(getattr(self.model, "loss", ""))
        return np.eye(len(self.classes_))[whole] if loss == "categorical_crossentropy" and whole.ndim == 1 else whole

    def predict_proba(self, x: Any) -> Any:
        """Probability of each class."""
        found = self.model.predict(x, verbose=0)
        return np.hstack([1 - found, found]) if found.shape[1] == 1 else found

    def predict(self, x: Any) -> Any:
        """The most probable class."""
        return self.classes_[np.argmax(self.predict_proba(x), axis=1)]

    def score(self, x: Any, y: Any, sample_weight: Any = None) -> float:
        """Accuracy."""
        y = np.asarray(y)
        return float(super().score(x, np.argmax(y, axis=1) if y.ndim == 2 and y.shape[1] > 1 else y, sample_weight))


class KerasRegressor(RegressorMixin, _Wrapper):
    """Predicts numbers."""

    def predict(self, x: Any) -> Any:
        """One number a row."""
        return np.squeeze(self.model.predict(x, verbose=0), axis=-1)

    def score(self, x: Any, y: Any, sample_weight: Any = None) -> float:
        """The loss with its sign turned, as in Keras 2."""
        del sample_weight
        loss = self.model.evaluate(x, y, verbose=0)
        return -float(loss[0] if isinstance(loss, list) else loss)
