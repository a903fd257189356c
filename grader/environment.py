"""What notebooks run on: Keras' backend, the versions that matter, and whether an assignment was calibrated with them."""

from __future__ import annotations

import os
import platform
from collections.abc import Mapping
from dataclasses import dataclass
from importlib.metadata import PackageNotFoundError, version
from importlib.util import find_spec

from grader.errors import UsageError

TENSORFLOW = "tensorflow"
BACKENDS: Mapping[str, tuple[str, ...]] = {TENSORFLOW: (TENSORFLOW,), "jax": ("jax", "jaxlib"), "torch": ("torch",)}
"""Keras' backends by the name that `KERAS_BACKEND` takes, each with the packages whose versions its numbers depend on."""
TOLD: Mapping[str, tuple[str, int]] = {
    "python": ("Python", 2),
    "grader": ("Grader", 2),
    "keras": ("Keras", 2),
    "tensorflow": ("TensorFlow", 2),
    "jax": ("JAX", 2),
    "torch": ("PyTorch", 2),
    "numpy": ("NumPy", 1),
    "backend": ("backend", 1),
}
"""What a difference is told about: the name people know, and how many parts of the version have to agree."""


@dataclass(frozen=True, kw_only=True, slots=True)
class Difference:
    """Something that calibration and a run did not have in common."""

    name: str
    """As people write it: `Keras`."""
    calibrated: str
    here: str


def backend() -> str:
    """The backend that `KERAS_BACKEND` names; TensorFlow where it is not set.

    Keras' own file of settings is not asked: what a class is graded by must not depend on one user's home folder.

    Raises:
        UsageError: there is no such backend.
    """
    name = os.environ.get("KERAS_BACKEND") or TENSORFLOW
    if name not in BACKENDS:
        raise UsageError(
            f"no backend {name!r}", where="KERAS_BACKEND", remedy=f"set it to {', '.join(BACKENDS)}, or to nothing"
        )
    return name


def require_backend() -> str:
    """The backend in force, which is installed here.

    Raises:
        UsageError: it is not, or there is no such backend.
    """
    name = backend()
    if find_spec(name) is None:
        raise UsageError(
            f"Keras is to run on {name}, which is not installed here",
            where="KERAS_BACKEND",
            remedy=f"pip install {name}, or set KERAS_BACKEND to another of {', '.join(BACKENDS)}",
        )
    return name


def versions() -> dict[str, str]:
    """Versions of what the numbers of a run depend on, by package, without importing any."""
    found = {}
    for name in ("grader", *BACKENDS[backend()], "keras", "numpy"):
        try:
            found[name] = version(name)
        except PackageNotFoundError:
            found[name] = "unknown"
    return found


def here() -> dict[str, str]:
    """As `Evidence.environment`, of this process."""
    return {"python": platform.python_version(), "backend": backend(), **versions()}


def differences(calibrated: Mapping[str, str], found: Mapping[str, str]) -> tuple[Difference, ...]:
    """Where a run's environment is another one than calibration's: minor versions, of NumPy the major one.

    What one of them doesn't say is no difference.
    """
    return tuple(
        Difference(name=shown, calibrated=calibrated[name], here=found[name])
        for name, (shown, parts) in TOLD.items()
        if name in calibrated and name in found and _short(calibrated[name], parts) != _short(found[name], parts)
    )


def _short(text: str, parts: int) -> tuple[str, ...]:
    return tuple(text.split(".")[:parts])


def notice(calibrated: Mapping[str, str], found: Mapping[str, str]) -> str:
    """The differences in a sentence that a student can read; empty where there are none. It costs no points."""
    told = differences(calibrated, found)
    if not told:
        return ""
    then = " and ".join(f"{d.name} {d.calibrated}" for d in told)
    now = " and ".join(f"{d.name} {d.here}" for d in told)
    return f"{NOTICE} {then}, run with {now}: measured values can differ a little for that reason alone."


NOTICE = "Calibrated with"
"""What `notice` begins with; regrading after a new calibration takes the old one out by it."""


def remedy(calibrated: Mapping[str, str], found: Mapping[str, str], assignment: str) -> str:
    """What an instructor can do about the differences."""
    names = {shown: name for name, (shown, _) in TOLD.items()}
    packages = [
        f"{names[d.name]}=={d.calibrated}"
        for d in differences(calibrated, found)
        if d.name not in {"Python", "Grader", "backend"}
    ]
    install = f", or pip install {' '.join(f'{p!r}' for p in packages)}" if packages else ""
    return f"grader calibrate {assignment}{install}"
