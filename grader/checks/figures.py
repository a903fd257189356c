"""Checks of a plot: labels, legend, and lines that show the student's own training history."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass, replace
from typing import Unpack

import numpy as np

from grader.checks.build import Common, build
from grader.checks.check import Check, Expected, Wanted
from grader.checks.history import history_key
from grader.checks.subject import missing
from grader.evidence import Axes, Evidence, Figure, Line, Provenance
from grader.report import Outcome

_SLACK = 1e-3
"""Difference of plotted and recorded values that counts as none, relative to the values."""

_FIGURES, _AXES, _LINES, _KEYS = 60, 40, 100, 20
"""What is looked at at most: the newest figures, their first axes and lines, and the first keys of the history. Records
are written beside student code, and 600 histories against a million lines would keep the grader busy for hours."""
_COMPARISONS = 20_000
_GLANCES = 500_000
"""How often a line is compared with a curve, and how often their lengths are."""


class _Curves:
    """The curves of the recorded histories by key, and which lines show them."""

    def __init__(self, evidence: Evidence) -> None:
        self._curves: dict[str, list[list[float | None]]] = {}
        self._known: dict[tuple[int, str], bool] = {}
        self._comparisons, self._glances = _COMPARISONS, _GLANCES
        joined: dict[tuple[str, int], list[float | None]] = {}
        for fit in evidence.fits:
            for name, values in [*fit.history.items()][:_KEYS]:
                key = history_key(name)
                if key in self._curves or len(self._curves) < _KEYS:
                    self._curves.setdefault(key, []).append(values)
                    joined.setdefault((key, fit.model), []).extend(values)
        for (key, _), values in joined.items():
            self._curves[key].append(values)

    @property
    def keys(self) -> list[str]:
        """Every key, in the order of the history."""
        return list(self._curves)

    def shown(self, line: Line, key: str) -> bool:
        """Whether the line is a curve of this key: of a fit, or of several fits of a model one after another."""
        place = (id(line), history_key(key))
        if place not in self._known:
            self._known[place] = any(self._same(line.y, curve) for curve in self._curves.get(place[1], ()))
        return self._known[place]

    def _same(self, drawn: Sequence[float | None], curve: Sequence[float | None]) -> bool:
        """Whether plotted values are a recorded curve, as it is or in percent; its first epochs may be left out."""
        self._glances -= 1
        if self._glances < 0 or len(drawn) < max(1, len(curve) // 2) or len(drawn) > len(curve):
            return False
        self._comparisons -= 1
        if self._comparisons < 0:
            return False
        wanted = np.array([np.nan if v is None else v for v in curve[len(curve) - len(drawn) :]], float)
        had = np.array([np.nan if v is None else v for v in drawn], float)
        with np.errstate(over="ignore"):
            return any(np.allclose(had, wanted * f, rtol=_SLACK, atol=1e-6 * f, equal_nan=True) for f in (1.0, 100.0))


@dataclass(frozen=True, kw_only=True)
class _Seen:
    """How far one figure answers the question."""

    figure: Figure
    score: float
    problems: tuple[str, ...]
    shown: tuple[str, ...]
    """History keys that its lines show."""


def figure(
    *,
    lines: int = 2,
    labels: bool = True,
    legend: bool = True,
    shows: tuple[str, ...] = ("loss", "val_loss"),
    **common: Unpack[Common],
) -> Check:
    """Whether some figure shows the student's own history as asked; each aspect counts the same.

    The curves may stand in one plot or in several of one figure, or in several figures of one notebook.

    Args:
        lines: least number of lines over the figure.
        labels: whether every plot with lines needs labels on both axes.
        legend: whether every plot with more than one line needs a legend.
        shows: keys of the history that have to be drawn; empty for any lines.
        **common: as for every check.
    """

    def judge(evidence: Evidence, _expected: Expected) -> Outcome:
        drawn = [_bounded(f) for f in evidence.figures if any(a.lines for a in f.axes)][-_FIGURES:]
        curves = _Curves(evidence)
        if not drawn:
            what = "There is no plot with lines."
            if evidence.figures:
                what = f"None of the {len(evidence.figures)} figures has a line."
            return missing(evidence, what, hint="Draw the history with plt.plot.", expected=", ".join(shows))
        candidates = [*drawn, _together(drawn)] if len(drawn) > 1 else drawn
        best = max((_look(curves, f, lines, labels, legend, shows) for f in candidates), key=lambda seen: seen.score)
        return Outcome(
            score=best.score,
            message=" ".join(best.problems) or "The plot shows what was asked for.",
            expected=", ".join(shows) or f"{lines} lines",
            received=", ".join(best.shown) or "no curve of the history",
            cell=best.figure.cell,
            provenance=Provenance.CLAIMED,
            subject=f"The figure of cell {best.figure.cell}.",
        )

    asked = " and ".join(shows) if shows else "the curves"
    return build(
        name="figure",
        title=f"A plot shows {asked} with everything a reader needs.",
        hint="plt.xlabel, plt.ylabel, plt.plot(…, label=…), plt.legend().",
        judge=judge,
        wants=Wanted(),
        common=common,
    )


def _bounded(drawn: Figure) -> Figure:
    return replace(drawn, axes=tuple(replace(a, lines=a.lines[:_LINES]) for a in drawn.axes[:_AXES]))


def _together(figures: Sequence[Figure]) -> Figure:
    """All figures as one, for curves that were drawn one figure each."""
    return Figure(figure=0, cell=figures[-1].cell, axes=tuple(a for f in figures for a in f.axes if a.lines))


def _look(curves: _Curves, drawn: Figure, lines: int, labels: bool, legend: bool, shows: tuple[str, ...]) -> _Seen:  # noqa: FBT001
    plots = [a for a in drawn.axes if a.lines]
    shown = {key for key in shows if any(curves.shown(line, key) for a in plots for line in a.lines)}
    relevant = [a for a in plots if not shows or any(curves.shown(line, k) for line in a.lines for k in shows)] or plots
    parts: list[tuple[float, str]] = []
    for key in shows:
        good = key in shown
        parts.append((float(good), "" if good else f"No line shows {_name(key)}{_instead(curves, plots, key, shows)}."))
    count = sum(len(a.lines) for a in plots)
    if lines and (not shows or lines > len(shows)):
        parts.append((float(count >= lines), "" if count >= lines else f"There are {count} lines, expected {lines}."))
    if labels:
        parts.append(_labelled(relevant))
    if legend:
        parts.append(_legend(relevant))
    swapped = _swapped(curves, relevant)
    if swapped:
        parts.append((0.0, swapped))
    score = sum(value for value, _ in parts) / len(parts) if parts else 1.0
    if shows and not shown:
        score = 0.0
    problems = tuple(text for _, text in parts if text)
    return _Seen(figure=drawn, score=score, problems=problems, shown=tuple(k for k in shows if k in shown))


def _name(key: str) -> str:
    kind = "validation" if key.startswith("val_") else "training"
    return f"the {kind} {key.removeprefix('val_').replace('_', ' ')} ({key})"


def _instead(curves: _Curves, plots: Sequence[Axes], key: str, shows: tuple[str, ...]) -> str:
    """What the lines show in its place, when that explains something."""
    if history_key(key) not in curves.keys:
        return ", and the history has none" + (" (no validation data)" if key.startswith("val_") else "")
    others = [k for k in curves.keys if k not in {history_key(s) for s in shows}]
    drawn = [k for k in others if any(curves.shown(line, k) for a in plots for line in a.lines)]
    return f"; {_name(drawn[0])} is drawn instead" if drawn else ""


def _labelled(plots: Sequence[Axes]) -> tuple[float, str]:
    lacking = [
        w
        for w, text in (("x axis", "xlabel"), ("y axis", "ylabel"))
        if any(not getattr(a, text).strip() for a in plots)
    ]
    return (
        1.0 - len(lacking) / 2,
        f"The {' and the '.join(lacking)} {'has' if len(lacking) == 1 else 'have'} no label." if lacking else "",
    )


def _legend(plots: Sequence[Axes]) -> tuple[float, str]:
    bare = [a for a in plots if len(a.lines) > 1 and not a.legend]
    if not bare:
        return 1.0, ""
    named = all(line.label for line in bare[0].lines)
    return 0.0, "The legend is missing: call plt.legend()." if named else "The lines have no labels and no legend."


def _swapped(curves: _Curves, plots: Sequence[Axes]) -> str:
    """Names curves whose label says the other of training and validation, or another quantity."""
    keys = curves.keys
    for plot in plots:
        for i, line in enumerate(plot.lines):
            text = (line.label or (plot.legend[i] if i < len(plot.legend) else "")).lower()
            causes = [_mislabelled(text, key, keys) for key in keys if curves.shown(line, key)]
            # Two curves can be the same, in a network that learns nothing: one that fits the label is enough.
            if text and causes and all(causes):
                return causes[0]
    return ""


def _mislabelled(text: str, key: str, keys: Sequence[str]) -> str:
    """What is wrong with this label on the curve of this key; empty when it fits."""
    validates = any(word in text for word in ("val", "test"))
    trains = "train" in text and not validates
    if (validates and not key.startswith("val_") and f"val_{key}" in keys) or (trains and key.startswith("val_")):
        return f"Training and validation are swapped: the line labelled “{text}” shows {_name(key)}."
    if "loss" in text and "acc" not in text and "accuracy" in key:
        return f"The line labelled “{text}” shows the accuracy, not the loss."
    if "acc" in text and "loss" not in text and key.endswith("loss"):
        return f"The line labelled “{text}” shows the loss, not the accuracy."
    return ""
