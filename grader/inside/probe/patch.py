"""Wraps the methods of Keras' own classes; subclasses and objects made earlier go through the same door."""

from __future__ import annotations

import functools
from collections.abc import Callable
from typing import TYPE_CHECKING, Any

import keras
from keras.src.trainers.trainer import Trainer as BaseTrainer

if TYPE_CHECKING:
    from .recorder import Recorder

MARK = "__grader_original__"


def patch_keras(recorder: Recorder) -> None:
    """Routes model creation, compile, fit, train_on_batch, evaluate and predict past the recorder.

    A second call in the same process replaces the first recorder.
    """
    for (kind, name), make in _doors().items():
        original = vars(kind)[name]
        original = getattr(original, MARK, original)
        wrapper = functools.wraps(original)(make(recorder, original))
        setattr(wrapper, MARK, original)
        setattr(kind, name, wrapper)


def unpatch_keras() -> None:
    """Puts Keras' own methods back, where they are still ours to replace."""
    for kind, name in _doors():
        original = getattr(vars(kind).get(name), MARK, None)
        if original is not None:
            setattr(kind, name, original)


def _doors() -> dict[tuple[type, str], Callable[[Recorder, Callable[..., Any]], Callable[..., Any]]]:
    trainer = next(kind for kind in keras.Model.__mro__ if "fit" in vars(kind))  # the backend's own
    return {
        (BaseTrainer, "__init__"): _init,
        (BaseTrainer, "compile"): _compile,
        (keras.Sequential, "build"): _build,
        (trainer, "fit"): _fit,
        (trainer, "train_on_batch"): _train_on_batch,
        (trainer, "evaluate"): _evaluate,
        (trainer, "predict"): _predict,
    }


# Each wrapper hides its frame from IPython's tracebacks: a student should see their own call and Keras, nothing between.


def _init(recorder: Recorder, original: Callable[..., Any]) -> Callable[..., Any]:
    def __init__(self: Any, *args: Any, **kwargs: Any) -> None:  # noqa: N807
        __tracebackhide__ = True
        original(self, *args, **kwargs)
        recorder.created(self)

    return __init__


def _build(recorder: Recorder, original: Callable[..., Any]) -> Callable[..., Any]:
    def build(self: Any, *args: Any, **kwargs: Any) -> Any:
        __tracebackhide__ = True
        with recorder.keras_own_models():  # a Sequential keeps its graph in a Functional of its own
            return original(self, *args, **kwargs)

    return build


def _compile(recorder: Recorder, original: Callable[..., Any]) -> Callable[..., Any]:
    def compile(self: Any, *args: Any, **kwargs: Any) -> Any:  # noqa: A001
        __tracebackhide__ = True
        result = original(self, *args, **kwargs)
        recorder.compiled(self)
        return result

    return compile


def _fit(recorder: Recorder, original: Callable[..., Any]) -> Callable[..., Any]:
    def fit(self: Any, *args: Any, **kwargs: Any) -> Any:
        __tracebackhide__ = True
        call, args, kwargs = recorder.fit_begins(self, args, kwargs)
        try:
            result = recorder.fit_elsewhere(call)
            if result is None:
                result = original(self, *args, **kwargs)
        except BaseException as error:
            recorder.fit_ends(call, error)
            raise
        recorder.fit_ends(call, None)
        return result

    return fit


def _train_on_batch(recorder: Recorder, original: Callable[..., Any]) -> Callable[..., Any]:
    def train_on_batch(self: Any, *args: Any, **kwargs: Any) -> Any:
        __tracebackhide__ = True
        batches = recorder.batch_begins(self, args, kwargs)
        result = original(self, *args, **kwargs)
        recorder.batch_ends(batches, args, kwargs, result)
        return result

    return train_on_batch


def _evaluate(recorder: Recorder, original: Callable[..., Any]) -> Callable[..., Any]:
    def evaluate(self: Any, *args: Any, **kwargs: Any) -> Any:
        __tracebackhide__ = True
        if kwargs.get("_use_cached_eval_dataset"):  # that is fit, looking at its validation data
            return original(self, *args, **kwargs)
        result = recorder.evaluated_elsewhere(self, args, kwargs)
        if result is None:
            result = original(self, *args, **kwargs)
        recorder.evaluated(self, args, kwargs, result)
        return result

    return evaluate


def _predict(recorder: Recorder, original: Callable[..., Any]) -> Callable[..., Any]:
    def predict(self: Any, *args: Any, **kwargs: Any) -> Any:
        __tracebackhide__ = True
        result = recorder.predicted_elsewhere(self, args, kwargs)
        if result is None:
            result = original(self, *args, **kwargs)
        recorder.predicted(self, args, kwargs, result)
        return result

    return predict
