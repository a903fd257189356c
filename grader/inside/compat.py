"""A shim for names that Keras and its company have removed, for a second attempt at a notebook that died of them.

It only adds: what exists does what it did, and what an old name is given is passed on under the new one.
"""

from __future__ import annotations

import functools
import importlib
import inspect
import sys
import types
from collections.abc import Callable, Iterator
from typing import Any

import keras
import numpy as np

Note = Callable[[str], None]

RENAMED = {
    "lr": "learning_rate", "nb_epoch": "epochs", "output_dim": "units", "init": "kernel_initializer", "p": "rate",
    "W_regularizer": "kernel_regularizer", "b_regularizer": "bias_regularizer", "W_constraint": "kernel_constraint",
    "b_constraint": "bias_constraint", "bias": "use_bias", "nb_filter": "filters", "border_mode": "padding",
    "subsample": "strides", "filter_length": "kernel_size", "pool_length": "pool_size", "stride": "strides",
    "inner_init": "recurrent_initializer", "inner_activation": "recurrent_activation", "dropout_W": "dropout",
    "dropout_U": "recurrent_dropout", "nb_classes": "num_classes",
    "nb_words": "num_words", "sigma": "stddev", "samples_per_epoch": "steps_per_epoch",
    "nb_val_samples": "validation_steps", "val_samples": "steps",
}  # fmt: skip
DROPPED = {
    "workers",
    "use_multiprocessing",
    "max_queue_size",
    "max_q_size",
    "nb_worker",
    "pickle_safe",
    "show_accuracy",
}
MODULES = {
    "keras.layers": ("core", "convolutional", "recurrent", "embeddings", "normalization", "advanced_activations", "pooling",
                     "noise", "wrappers", "merge"),
    "keras.utils": ("np_utils", "vis_utils", "generic_utils", "data_utils", "layer_utils"),
    "keras.models": ("engine", "engine.training", "engine.sequential"),
}  # fmt: skip
"""Modules that are gone, by the one that has their names now."""


CHANNELS = {"tf": "channels_last", "th": "channels_first", "default": None}
SAME_METRIC = (
    ("acc", "accuracy", "binary_accuracy", "categorical_accuracy", "sparse_categorical_accuracy"),
    ("mae", "mean_absolute_error"),
    ("mse", "mean_squared_error"),
)


def install(say: Note) -> None:
    """Puts the old names back into this process.

    Args:
        say: is told of each old name that is used, once.
    """
    note = functools.cache(say)
    for package in ("keras", "tensorflow.keras"):
        _old_modules(package, note)
    for kind in _classes():
        _old_arguments(kind, "__init__", note)
    for name in ("to_categorical", "load_img"):
        setattr(keras.utils, name, _renaming(getattr(keras.utils, name), note))
    _old_methods(note)
    _old_tensorflow(note)
    _old_styles()


def _old_modules(package: str, note: Note) -> None:
    for home, names in MODULES.items():
        place = home.removeprefix("keras.") + "." if home != "keras.models" else ""
        for name in names:
            _module(f"{package}.{place}{name}", importlib.import_module(home), note)
    _module(f"{package}.objectives", keras.losses, note)
    _module(f"{package}.initializations", keras.initializers, note)
    _module(f"{package}.wrappers.scikit_learn", importlib.import_module(".compat_sklearn", __package__), note)
    for part, names in (
        ("image", ("ImageDataGenerator",)),
        ("text", ("Tokenizer", "text_to_word_sequence", "one_hot")),
    ):
        # tf.keras still has them.
        kept = importlib.import_module(f"tensorflow.keras.preprocessing.{part}")
        found = sys.modules.get(f"keras.preprocessing.{part}") or _module(f"keras.preprocessing.{part}", kept, note)
        vars(found).update({name: getattr(kept, name) for name in names})


def _module(path: str, new: types.ModuleType, note: Note) -> types.ModuleType:
    """A module under an old path that hands out another one's names."""

    class Old(types.ModuleType):
        def __getattr__(self, name: str) -> Any:
            if name.startswith("__"):
                raise AttributeError(name)
            note(path)
            return getattr(new, name)

    old = sys.modules[path] = Old(path)
    old.__path__ = []
    old.__all__ = [name for name in dir(new) if not name.startswith("_")]  # type: ignore[attr-defined]
    parent, _, name = path.rpartition(".")
    above = importlib.import_module(parent)
    if name not in vars(above):
        setattr(above, name, old)
    return old


def _classes() -> Iterator[type]:
    """Layers and optimizers, each once however many names it has."""
    found = [*vars(keras.layers).values(), *vars(keras.optimizers).values()]
    kinds = {kind for kind in found if inspect.isclass(kind) and issubclass(kind, keras.Layer | keras.Optimizer)}
    yield from (kind for kind in kinds if "__init__" in vars(kind))


def _old_arguments(kind: type, name: str, note: Note) -> None:
    setattr(kind, name, _renaming(vars(kind)[name], note))


def _renaming(original: Callable[..., Any], note: Note) -> Callable[..., Any]:
    """The same function, which also takes its arguments under their old names."""
    known = inspect.signature(original)

    @functools.wraps(original)
    def wrapper(*args: Any, **kwargs: Any) -> Any:
        __tracebackhide__ = True
        return original(*args, **_renamed(kwargs, known, note))

    # Keras reads a layer's arguments off the signature of its constructor.
    wrapper.__signature__ = known  # type: ignore[attr-defined]
    return wrapper


def _renamed(kwargs: dict[str, Any], known: inspect.Signature, note: Note) -> dict[str, Any]:
    kept: dict[str, Any] = {}
    for name, value in kwargs.items():
        new = "data_format" if name == "dim_ordering" else RENAMED.get(name, name)
        if name in known.parameters or (new not in known.parameters and name not in DROPPED):
            kept[name] = value
            continue
        note(f"{name}=")
        if new in known.parameters:
            kept[new] = CHANNELS.get(value, value) if name == "dim_ordering" else value
    return kept


def _old_methods(note: Note) -> None:
    for name in ("fit", "evaluate", "predict"):
        kind = next(kind for kind in keras.Model.__mro__ if name in vars(kind))
        _old_arguments(kind, name, note)
        setattr(
            keras.Model,
            f"{name}_generator",
            _method(f"{name}_generator", lambda self, *a, _n=name, **k: getattr(self, _n)(*a, **k), note),
        )
    keras.Model.predict_proba = _method("predict_proba", lambda self, *a, **k: self.predict(*a, **k), note)
    keras.Model.predict_classes = _method("predict_classes", _predict_classes, note)

    def read(self: Any) -> Any:
        note("optimizer.lr")
        return self.learning_rate

    def write(self: Any, value: Any) -> None:
        note("optimizer.lr")
        self.learning_rate = value

    keras.Optimizer.lr = property(read, write)
    for kind in (keras.optimizers.RMSprop, keras.optimizers.Adam, keras.optimizers.SGD, keras.optimizers.Adagrad):
        setattr(keras.optimizers, kind.__name__.lower(), kind)
    original = keras.callbacks.History.__init__

    def __init__(self: Any) -> None:  # noqa: N807
        original(self)
        self.history = _Keys(note)

    keras.callbacks.History.__init__ = __init__


def _method(name: str, do: Callable[..., Any], note: Note) -> Callable[..., Any]:
    def method(self: Any, *args: Any, **kwargs: Any) -> Any:
        __tracebackhide__ = True
        note(name)
        return do(self, *args, **kwargs)

    method.__name__ = name
    return method


def _predict_classes(model: Any, *args: Any, **kwargs: Any) -> Any:
    probabilities = model.predict(*args, **kwargs)
    return np.argmax(probabilities, axis=-1) if probabilities.shape[-1] > 1 else (probabilities > 0.5).astype("int32")


class _Keys(dict[str, Any]):
    """A history that also answers to the other names of its metrics."""

    def __init__(self, note: Note) -> None:
        super().__init__()
        self._note = note

    def __missing__(self, key: str) -> Any:
        base = key.removeprefix("val_")
        start = key[: len(key) - len(base)]
        for names in SAME_METRIC:
            found = [start + name for name in names if base in names and start + name in self]
            if found:
                self._note(f"history['{key}']")
                return self[found[0]]
        raise KeyError(key)


def _old_tensorflow(note: Note) -> None:
    import tensorflow as tf

    makers: dict[str, Callable[..., Any]] = {
        "RMSPropOptimizer": lambda learning_rate, decay=0.9, momentum=0.0, epsilon=1e-10, **_: keras.optimizers.RMSprop(
            learning_rate, rho=decay, momentum=momentum, epsilon=epsilon
        ),
        "AdamOptimizer": lambda learning_rate=0.001, beta1=0.9, beta2=0.999, epsilon=1e-8, **_: keras.optimizers.Adam(
            learning_rate, beta1, beta2, epsilon
        ),
        "GradientDescentOptimizer": lambda learning_rate, **_: keras.optimizers.SGD(learning_rate),
        "AdagradOptimizer": lambda learning_rate, **_: keras.optimizers.Adagrad(learning_rate),
    }

    def noted(name: str, make: Callable[..., Any]) -> Callable[..., Any]:
        def old(*args: Any, **kwargs: Any) -> Any:
            note(f"tf.{name}")
            return make(*args, **kwargs)

        return old

    for name, make in makers.items():
        setattr(tf.train, name, noted(f"train.{name}", make))
    tf.enable_eager_execution = noted("enable_eager_execution", lambda *_, **__: None)
    tf.set_random_seed = noted("set_random_seed", tf.random.set_seed)


def _old_styles() -> None:
    from matplotlib import style

    for name in list(style.library):
        if name.startswith("seaborn-v0_8"):
            style.library.setdefault(name.replace("-v0_8", "", 1), style.library[name])
