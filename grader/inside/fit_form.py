"""A `fit`, `evaluate` or `predict` as data: what the kernel sends of it, and what stands for it in the trusted trainer.

Both sides use this module, so what is written and what is read can't drift apart.
"""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from typing import Any

import keras
import numpy as np

CALLBACKS = {kind.__name__: kind for kind in (keras.callbacks.EarlyStopping, keras.callbacks.ReduceLROnPlateau)}
CALLBACKS["TerminateOnNaN"] = keras.callbacks.TerminateOnNaN
"""Callbacks whose whole state is numbers, texts and weights."""
NOT_STATE = ("params", "_model", "validation_data", "best_weights")
COMPARISONS = {"less": keras.ops.less, "greater": keras.ops.greater}
ARGUMENTS = (
    "batch_size",
    "epochs",
    "initial_epoch",
    "validation_split",
    "shuffle",
    "validation_batch_size",
    "validation_freq",
)
"""Arguments of `fit` that are plain values."""


class Unidentified(Exception):
    """The call can't be written down; it runs where it stands. The text says why, for a person."""


def state_of(callback: Any) -> dict[str, Any]:
    """A callback as data.

    Raises:
        Unidentified: it is not one of `CALLBACKS`, or holds something else than plain values.
    """
    kind = type(callback)
    if CALLBACKS.get(kind.__name__) is not kind:
        raise Unidentified(f"the callback {kind.__name__}")
    return {"class": kind.__name__, "state": attributes_of(callback)}


def attributes_of(callback: Any) -> dict[str, Any]:
    """The plain part of a callback's attributes.

    Raises:
        Unidentified: an attribute that is neither plain nor known.
    """
    found: dict[str, Any] = {}
    for name, value in vars(callback).items():
        if name in NOT_STATE:
            continue
        if name == "monitor_op" and value is not None:
            known = [key for key, compare in COMPARISONS.items() if value is compare]
            if not known:
                raise Unidentified("a callback that compares in its own way")
            found[name] = known[0]
        else:
            found[name] = number(value)
    return found


def callback_from(record: Mapping[str, Any]) -> Any:
    """The callback behind `state_of`.

    Raises:
        Unidentified: the record is none that `state_of` writes.
    """
    kind = CALLBACKS.get(str(record.get("class")))
    if kind is None:
        raise Unidentified("an unknown callback")
    callback = kind()
    try:
        take_attributes(callback, record["state"])
    except (AttributeError, KeyError, TypeError, ValueError, OverflowError) as error:
        raise Unidentified("a callback's state of another form") from error
    return callback


def take_attributes(callback: Any, state: Mapping[str, Any]) -> None:
    """Puts the attributes of `attributes_of` into a callback.

    Raises:
        Unidentified: there is one that is no state of a callback.
    """
    for name, value in state.items():
        # Some attributes come only with the first epoch, so what a fresh callback has is no measure.
        if name in NOT_STATE or name.startswith("_") or hasattr(type(callback), name):
            raise Unidentified(f"the attribute {str(name)[:40]} of a callback")
        is_comparison = name == "monitor_op" and value in COMPARISONS
        setattr(callback, name, COMPARISONS[value] if is_comparison else from_number(value))


def number(value: Any) -> Any:
    """A plain value for JSON; NumPy's scalars keep their type.

    Raises:
        Unidentified: it is something else.
    """
    if value is None or type(value) in (bool, int, float, str):
        return value
    if isinstance(value, np.bool_ | np.number):
        return {"dtype": value.dtype.name, "value": value.item()}
    raise Unidentified(f"a {type(value).__name__}")


def from_number(value: Any) -> Any:
    """The value behind `number`."""
    if isinstance(value, Mapping):
        try:
            dtype = np.dtype(str(value["dtype"]))
        except (TypeError, ValueError, SyntaxError) as error:  # some names it reads as Python
            raise Unidentified("an unknown number") from error
        if dtype.kind not in "biuf":
            raise Unidentified("an unknown number")
        return dtype.type(value["value"])
    return value


def logs_of(logs: Mapping[str, Any] | None) -> dict[str, Any]:
    """An epoch's figures for JSON.

    Raises:
        Unidentified: something in it is not a number.
    """
    return {str(key): number(value) for key, value in (logs or {}).items()}


def numbered(prefix: str, arrays: Sequence[Any]) -> dict[str, np.ndarray]:
    """Arrays of variables or weights by `prefix` and place."""
    return {f"{prefix}{place:05d}": np.asarray(array) for place, array in enumerate(arrays)}


def sequence(prefix: str, arrays: Mapping[str, np.ndarray]) -> list[np.ndarray]:
    """The arrays behind `numbered`, in order."""
    return [arrays[name] for name in sorted(arrays) if name.startswith(prefix) and name[len(prefix) :].isdecimal()]


def check(variables: Sequence[Any], arrays: Sequence[np.ndarray], what: str) -> None:
    """Holds the arrays' number and shapes against the variables'.

    Raises:
        Unidentified: they differ.
    """
    if [tuple(v.shape) for v in variables] != [a.shape for a in arrays]:
        raise Unidentified(f"{what} of other shapes")


def assign(variables: Sequence[Any], arrays: Sequence[np.ndarray], what: str) -> None:
    """Gives variables their values.

    Raises:
        Unidentified: number or shapes differ.
    """
    check(variables, arrays, what)
    for variable, array in zip(variables, arrays, strict=True):
        variable.assign(array)
