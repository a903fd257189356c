"""The stated false-fail rate is kept: simulated calibrations with known distributions (docs/calibration.md)."""

from __future__ import annotations

import re
from pathlib import Path

import numpy as np
import pytest
from simulated_calibration import DISTRIBUTIONS, rates

from grader.rerun import Rerun
from grader.thresholds import FALSE_FAIL, threshold

LIGHT = [name for name in DISTRIBUTIONS if "normal" in name or "binomial" in name]
"""Distributions whose tails are no heavier than a normal one's: there the bound keeps its promise by itself."""
PAGE = Path(__file__).parents[1] / "docs/calibration.md"


@pytest.mark.parametrize("name", list(DISTRIBUTIONS))
@pytest.mark.parametrize("runs", [30, 50])
def test_the_rule_keeps_the_stated_rate(name: str, runs: int) -> None:
    found = rates(name, runs, 120)
    assert found.rule.mean() <= FALSE_FAIL
    assert np.mean(found.rule <= FALSE_FAIL) >= 0.95


@pytest.mark.parametrize("name", LIGHT)
def test_light_tails_need_no_second_run(name: str) -> None:
    found = rates(name, 30, 120)
    assert found.single.mean() <= FALSE_FAIL
    assert np.mean(found.single <= FALSE_FAIL) >= 0.95


def test_heavy_tails_and_stuck_runs_do_need_it() -> None:
    """Without the re-run rule the page would promise too much; this says where, so that nobody drops the rule."""
    for name in ("Student's t, 3 degrees", "one run of 30 stuck"):
        assert rates(name, 30, 120).single.mean() > 3 * FALSE_FAIL


def test_grading_a_simulated_class_fails_as_rarely_as_computed() -> None:
    """The arithmetic of `Rates`, against students graded one by one."""
    random = np.random.default_rng(1)
    draw, n = DISTRIBUTIONS["one run of 30 stuck"]
    bound = threshold("accuracy", np.full(30, 0.97) + random.normal(0, 0.004, 30), n=n).bound
    seeds = draw(random, 5 * 1_000_000).reshape(-1, 5) >= bound
    failed = ~seeds[:, 0] & (seeds.sum(axis=1) < Rerun().majority)
    assert failed.mean() == pytest.approx(Rerun().false_fail(1 - seeds.mean()), rel=0.2)
    assert failed.mean() < FALSE_FAIL < 1 - seeds[:, 0].mean()


@pytest.mark.slow
@pytest.mark.parametrize("name", list(DISTRIBUTIONS))
def test_the_page_tells_the_rates_as_they_are(name: str) -> None:
    rows = re.findall(rf"^\| {re.escape(name)} \| (\d+) \| (\S+) \| (\S+) \| (\S+) \|", PAGE.read_text(), re.MULTILINE)
    assert [int(runs) for runs, *_ in rows] == [10, 30, 50]
    for runs, *told in rows:
        found = rates(name, int(runs), 1000, seed=1)
        for part, text in zip((found.single, found.near, found.rule), told, strict=True):
            assert float(text) < 1e-5 or part.mean() / float(text) < 3, (runs, text, part.mean())
            assert part.mean() < 1e-5 or float(text) / part.mean() < 3, (runs, text, part.mean())
