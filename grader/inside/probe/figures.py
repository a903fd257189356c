"""Records Matplotlib figures as they stand when they are shown, saved or closed, or when their cell ends.

Matplotlib is watched for, never imported: a notebook without plots doesn't pay for it.
"""

from __future__ import annotations

import functools
import hashlib
import json
import sys
import weakref
from collections.abc import Callable, Iterator, Sequence
from typing import TYPE_CHECKING, Any

import numpy as np

from ..arrival import when_imported
from ..plain import finite, plain

if TYPE_CHECKING:
    from .recorder import Recorder

PYPLOT = "matplotlib.pyplot"
POINTS = 2000
LINES = 100
AXES = 40
TEXT = 400
MARK = "__grader_original__"


class Figures:
    """Which figures were recorded, and as what."""

    def __init__(self) -> None:
        self._digests: weakref.WeakKeyDictionary[Any, str] = weakref.WeakKeyDictionary()

    def open(self) -> list[Any]:
        """The figures that pyplot holds open now; none where pyplot was never imported."""
        helpers = sys.modules.get("matplotlib._pylab_helpers")
        return [] if helpers is None else [manager.canvas.figure for manager in helpers.Gcf.get_all_fig_managers()]

    def changed(self, figures: Sequence[Any]) -> Iterator[list[dict[str, Any]]]:
        """The axes of each figure that has content and was not recorded as it is now."""
        for figure in figures:
            axes = [_axes(each) for each in figure.get_axes()[:AXES]]
            digest = hashlib.blake2b(json.dumps(axes).encode(), digest_size=16).hexdigest()
            if axes and self._digests.get(figure) != digest:
                self._digests[figure] = digest
                yield axes


def _axes(axes: Any) -> dict[str, Any]:
    legend = axes.get_legend()
    lines = [_line(line.get_label(), *line.get_data(orig=False)) for line in axes.get_lines()[:LINES]]
    for points in axes.collections[: LINES - len(lines)]:
        offsets: np.ndarray = np.ma.filled(np.ma.asarray(points.get_offsets(), dtype=float), np.nan)
        if offsets.ndim == 2 and offsets.shape[0] and type(points).__name__ == "PathCollection":
            lines.append(_line(points.get_label(), offsets[:, 0], offsets[:, 1]))
    return {
        "title": _text(axes.get_title() or axes.get_title("left") or axes.get_title("right")),
        "xlabel": _text(axes.get_xlabel()),
        "ylabel": _text(axes.get_ylabel()),
        "legend": [] if legend is None else [_text(text.get_text()) for text in legend.get_texts()[:LINES]],
        "lines": lines,
        "images": len(axes.images),
        "bars": len(axes.patches),
    }


def _text(text: Any) -> str:
    return str(text)[:TEXT]


def _line(label: Any, x: Any, y: Any) -> dict[str, Any]:
    label = _text(label)
    return {"label": "" if label.startswith("_") else label, "x": _points(x), "y": _points(y)}


def _points(values: Any) -> list[float | None]:
    array: np.ndarray = np.ma.filled(np.ma.asarray(values, dtype=float), np.nan).reshape(-1)
    if array.size > POINTS:
        array = array[np.linspace(0, array.size - 1, POINTS).astype(int)]
    return [finite(value) for value in plain(array)]


def watch_matplotlib(recorder: Recorder) -> None:
    """Hooks pyplot now if it is loaded, else as soon as it is."""

    def hook() -> None:
        try:
            _hook(recorder)
        except Exception as error:
            recorder.notice(f"Figures are only seen at the end of cells: {type(error).__name__}: {error}")

    when_imported(PYPLOT, hook)


def _hook(recorder: Recorder) -> None:
    pyplot = sys.modules[PYPLOT]
    figures = recorder.open_figures
    gcf = sys.modules["matplotlib._pylab_helpers"].Gcf
    _before(pyplot, "show", lambda *_: recorder.figure_leaves(figures()))
    for name in ("destroy", "destroy_all", "destroy_fig"):
        _before(gcf, name, lambda *_: recorder.figure_leaves(figures()))
    _before(sys.modules["matplotlib.figure"].Figure, "savefig", lambda self, *_: recorder.figure_leaves([self]))


def _before(owner: Any, name: str, look: Callable[..., object]) -> None:
    """Calls `look` with the positional arguments before `owner.name` runs."""
    raw = vars(owner)[name]
    inner = raw.__func__ if isinstance(raw, classmethod) else raw
    inner = getattr(inner, MARK, inner)

    @functools.wraps(inner)
    def wrapper(*args: Any, **kwargs: Any) -> Any:
        __tracebackhide__ = True
        look(*args)
        return inner(*args, **kwargs)

    setattr(wrapper, MARK, inner)
    setattr(owner, name, classmethod(wrapper) if isinstance(raw, classmethod) else wrapper)
