"""Beside student code: notes every Keras model, fit, evaluation, prediction, figure and asked-for value of each cell.

The only place where monkeypatching is allowed. Nothing here may change what the student's code computes: same weights,
same history, same random numbers, same exceptions; the recorder's own faults become notices.
"""

from __future__ import annotations

from collections.abc import Iterator, Mapping
from contextlib import contextmanager
from pathlib import Path
from typing import Any

from ..random_state import unchanged
from .figures import watch_matplotlib
from .patch import patch_keras, unpatch_keras
from .pretrained import serve_weights
from .recorder import Recorder

__all__ = ["Recorder", "install", "uninstall"]


def install(evidence_dir: str, spec: Mapping[str, Any]) -> Recorder:
    """Starts recording in this process.

    Args:
        evidence_dir: Folder that records are written to (docs/job-folder.md); made where it is missing.
        spec: A RunSpec as JSON. With `seed` None (a student's own kernel) random generators are left alone.

    Returns:
        The recorder; call its `cell_started` and `cell_ended` around each cell.
    """
    recorder = Recorder(Path(evidence_dir), spec)
    patch_keras(recorder)
    watch_matplotlib(recorder)

    @contextmanager
    def aside() -> Iterator[None]:
        with recorder.keras_own_models(), unchanged():
            yield

    serve_weights(tuple(spec.get("weights") or ()), recorder.notice, aside)
    return recorder


def uninstall() -> None:
    """Stops recording in this process; Keras' methods are its own again."""
    unpatch_keras()
