"""However many curves and lines a notebook writes down, a plot is judged in seconds, and an honest one as before."""

from __future__ import annotations

import time

from grader.checks import figure
from grader.evidence import Axes, Evidence, Figure, Fit, Line


def _evidence(*, fits: int, keys: int, figures: int, lines: int) -> Evidence:
    history = {f"metric_{n}": [float(n), 2.0, 3.0] for n in range(keys)} | {"loss": [3.0, 2.0, 1.0]}
    drawn = tuple(Line(label="loss", x=[1.0, 2.0, 3.0], y=[0.0, 0.0, float(n)]) for n in range(lines))
    axes = Axes(xlabel="epoch", ylabel="value", legend=("loss",), lines=drawn)
    return Evidence(
        fits=tuple(Fit(fit=n, model=n, cell=0, history=history) for n in range(fits)),
        figures=tuple(Figure(figure=n, cell=0, axes=(axes,) * 10) for n in range(figures)),
    )


def test_a_flood_of_lines_and_curves_is_judged_in_bounded_time() -> None:
    flood = _evidence(fits=200, keys=60, figures=70, lines=100)
    begun = time.process_time()
    assert figure(shows=("loss",), lines=1).judge(flood, {}).score < 1
    assert time.process_time() - begun < 15


def test_the_newest_figure_counts_among_many() -> None:
    many = _evidence(fits=3, keys=2, figures=80, lines=4)
    line = Line(label="loss", x=[1.0, 2.0, 3.0], y=[3.0, 2.0, 1.0])
    right = Figure(figure=90, cell=3, axes=(Axes(xlabel="epoch", ylabel="loss", lines=(line,)),))
    found = figure(shows=("loss",), lines=1).judge(Evidence(fits=many.fits, figures=(*many.figures, right)), {})
    assert found.score == 1
    assert found.cell == 3
